/**
 * A small change on a base image that moved by megabytes. What the change did must be as easy to see as if the base
 * were the same.
 */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judge } from '../../src/budget/judge.ts'
import type { Comparison } from '../../src/compare/comparison.ts'
import { renderPage } from '../../src/page/page.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { grownAndShrunk } from '../../src/report/growth-tables.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf, type Report } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { compare } from '../support/compared.ts'
import { rule, verdictOf } from '../support/comparisons.ts'
import { footprintOf, imageOf, stageOf, type Step } from '../support/footprints.ts'

interface Content {
  readonly version: string
  readonly fileBytes: number
}

/** A step whose layer has one Python package and nothing else. */
function install(text: string, name: string, { version, fileBytes }: Content): Step {
  const lists = { files: [], directories: [], complete: true }
  const one = { ecosystem: 'pypi', name, version, path: name, fileBytes, files: 9 }
  const some: Partial<Layer> = {
    compressedSize: Math.round(fileBytes / 3),
    uncompressedSize: fileBytes + 512,
    fileBytes,
    contents: {
      ...lists,
      packages: {
        packages: [one],
        folded: { packages: 0, fileBytes: 0, files: 0 },
        complete: true,
        others: lists,
      },
    },
  }
  return [text, `${name} ${version} ${fileBytes}`, some]
}

/** The final stage of one side. Its base has one layer of this size. */
function side(baseBytes: number, ...steps: readonly Step[]): Stage {
  const made = stageOf({ role: 'final', base: ['python:3.13-slim', String(baseBytes), `base ${baseBytes}`], steps })
  const sizes = { compressedSize: baseBytes, uncompressedSize: 3 * baseBytes, fileBytes: 3 * baseBytes }
  const layers = made.layers.map((layer) => (layer.origin === 'base' ? { ...layer, ...sizes } : layer))
  const sum = (of: (layer: Layer) => number | null): number => layers.reduce((all, layer) => all + (of(layer) ?? 0), 0)
  return {
    ...made,
    layers,
    totals: {
      ...made.totals,
      compressedSize: sum(({ compressedSize }) => compressedSize),
      uncompressedSize: sum(({ uncompressedSize }) => uncompressedSize),
      fileBytes: sum(({ fileBytes }) => fileBytes),
    },
  }
}

const dockerfile = 'Dockerfile'
const compared = (before: Stage, after: Stage): Comparison =>
  compare(footprintOf([imageOf([before], { dockerfile })]), footprintOf([imageOf([after], { dockerfile })]))

function reportOn(before: Stage, after: Stage): Report {
  const comparison = compared(before, after)
  return { ...reportOf(footprintOf(comparison.images.map((one) => one.after))), comparison }
}

const pip = 'RUN pip install -r requirements.txt'
const copy = (content: string): Step => ['COPY requirements.txt .', content]
const gunicorn = (fileBytes: number): Step =>
  install('RUN pip install gunicorn', 'gunicorn', { version: '23.0.0', fileBytes })
const old = side(
  45_000_000,
  gunicorn(400_000),
  copy('Flask==3.1.0'),
  install(pip, 'flask', { version: '3.1.0', fileBytes: 900_000 }),
)
const now = side(
  50_000_000,
  gunicorn(600_000),
  copy('Flask==3.1.1'),
  install(pip, 'flask', { version: '3.1.1', fileBytes: 900_630 }),
)
const flask = 'flask 3.1.0 → 3.1.1 +630 B'

test('has rows of its own, before those of the base image, in every format', () => {
  const report = reportOn(old, now)
  const markdown = renderMarkdown(report).replaceAll('\u00a0', ' ').replaceAll('`', '')
  const [mine = '', theirs = ''] = markdown.split('**What grew through the moved base image**')
  expect(mine).toContain('**What grew through this change**')
  expect(mine).toContain(`| +210 B | +630 B | Dockerfile:4 ${pip}<br>${flask}`)
  expect(theirs).toContain('Dockerfile:2 RUN pip install gunicorn<br>ran again on the moved base image')
  expect(theirs).toContain('| +5.00 MB | +15.0 MB | base image python:3.13-slim')
  expect(mine).not.toContain('base image python:3.13-slim<br>')

  const lines = renderTerminal(report, { width: 100, color: false }).split('\n')
  const at = (text: string): number => lines.findIndex((line) => line.includes(text))
  expect(at('What grew through this change')).toBeGreaterThan(0)
  expect(at(flask)).toBeGreaterThan(at('What grew through this change'))
  expect(at('What grew through the moved base image')).toBeGreaterThan(at(flask))

  const page = renderPage(report, null, { script: '', style: '' })
  const section = page.slice(page.indexOf('id="growth-0"'), page.indexOf('id="dockerfile-0"'))
  expect(section).toContain('flask 3.1.0 → 3.1.1')
  expect(section.indexOf('flask')).toBeLessThan(section.indexOf('base image'))
})

test('is beside the packages of the base image that differ', () => {
  const withPackages = (stage: Stage, version: string, fileBytes: number): Stage => {
    const one = { ecosystem: 'deb', name: 'libssl3t64', version, fileBytes, files: 5 }
    const packages = { packages: [one], folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true }
    return { ...stage, base: stage.base && { ...stage.base, line: 1, packages } }
  }
  const report = reportOn(withPackages(old, '3.5.1-1', 7_000_000), withPackages(now, '3.5.4-1', 9_500_000))
  const markdown = renderMarkdown(report).replaceAll('\u00a0', ' ').replaceAll('`', '')
  const [, theirs = ''] = markdown.split('**What grew through the moved base image**')
  expect(theirs).toMatch(
    /Dockerfile:1 base image python:3\.13-slim<br>moved \([^)]*\)<br>libssl3t64 3\.5\.1-1 → 3\.5\.4-1 \+2\.50 MB \(7\.00 MB → 9\.50 MB\)<br>everything else, \+12\.5 MB/,
  )
  for (const text of [
    renderTerminal(report, { width: 100, color: false }),
    renderPage(report, null, { script: '', style: '' }),
  ])
    expect(text).toContain('libssl3t64 3.5.1-1 → 3.5.4-1')
  expect(renderTerminal(report, { width: 100, color: false })).toContain('Dockerfile:1 base image python:3.13-slim')
})

test('is named in the first line, however small it is', () => {
  expect(renderMarkdown(reportOn(old, now))).toContain(
    'of which +210 B from this change, +5.07 MB from the moved base image',
  )
})

test('is where an exceeded budget is annotated', () => {
  const comparison = compared(old, now)
  const footprint = footprintOf(comparison.images.map((one) => one.after))
  const limit = rule({ limit: { amount: 100, percent: null }, text: 'final pull growth <= 100 B' })
  const verdict = verdictOf(judge([limit], 0, footprint, comparison))
  const annotations = budgetAnnotations(verdict, footprint)
  expect(annotations.map(({ file, line }) => [file, line])).toEqual([['Dockerfile', 4]])
  expect(annotations[0]?.message).toContain('grew by 210 B to pull')
})

test('has no row of its own if nothing else grew', () => {
  const report = reportOn(
    old,
    side(
      45_000_000,
      gunicorn(400_000),
      copy('Flask==3.1.1'),
      install(pip, 'flask', { version: '3.1.1', fileBytes: 900_630 }),
    ),
  )
  expect(renderTerminal(report, { width: 100, color: false })).not.toContain('through')
})

test('has a row beside a base image that the change itself replaced', () => {
  const after = { ...now, base: { ...now.base!, reference: 'python:3.14-slim' } }
  const [table] = grownAndShrunk(
    compared(old, { ...after, layers: after.layers.toSpliced(1, 1, old.layers[1]!) }).images[0]!.final,
  ).tables
  expect([table?.through, ...(table?.rows ?? []).map(({ kind, line }) => `${kind} ${line}`)]).toEqual([
    null,
    'base null',
    'layer 4',
  ])
})

test('a base image whose name has a build argument differs, and it is not known why', () => {
  const on = (of: Stage): Stage => ({ ...of, base: { ...of.base!, reference: 'python:$V' } })
  const report = reportOn(on(old), on(now))
  const words = /`?python:\$V`? differs \(`?sha256:\w{8}…`? → `?sha256:\w{8}…`?\), not known why/g
  for (const text of [renderMarkdown(report), renderTerminal(report, { width: 200, color: false })])
    expect(text.match(words)).toHaveLength(1)
  expect(renderMarkdown(report)).toContain('base image `python:$V`<br>differs (')
})

test('a package of another version in a layer of the same size is named', () => {
  const after = side(
    50_000_000,
    gunicorn(400_000),
    copy('Flask==3.1.1'),
    install(pip, 'flask', { version: '3.1.1', fileBytes: 900_000 }),
  )
  const words = 'Dockerfile:4: flask 3.1.0 → 3.1.1 same size (900 kB)'
  const report = reportOn(old, after)
  expect(renderMarkdown(report).replaceAll('`', '')).toContain(words)
  expect(renderTerminal(report, { width: 200, color: false })).toContain(words)
})

test('whatever the base does, the rows of the change are the same', () => {
  const bytes = fc.integer({ min: 0, max: 3_000_000 })
  const rowsOf = (before: Stage, after: Stage): unknown =>
    grownAndShrunk(compared(before, after).images[0]!.final)
      .tables.filter(({ rows, small }) => [...rows, ...small].every(({ cause }) => cause === 'change'))
      .map(({ kind, rows, small }) => [kind, [...rows, ...small].map(({ foreign, growth }) => [foreign, growth])])
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, bytes), { minLength: 1, maxLength: 12 }), bytes, (packages, moved) => {
      const steps = (at: 0 | 1): readonly Step[] => [
        copy(String(at)),
        ...packages.map((sizes, nth) =>
          install(`RUN pip install p${nth}`, `p${nth}`, { version: String(at), fileBytes: sizes[at] }),
        ),
      ]
      const before = side(45_000_000, ...steps(0))
      expect(rowsOf(before, side(45_000_000 + moved + 1, ...steps(1)))).toEqual(
        rowsOf(before, side(45_000_000, ...steps(1))),
      )
    }),
  )
})

test.each([
  [
    'that of the only builder stage whose base moved',
    ['golang:1', 'golang:1'],
    'nearly all of it from the moved base image golang:1',
  ],
  ['none if the bases of several moved', ['golang:1', 'node:24'], 'nearly all of it from moved base images.'],
])("a move of a builder stage's base names %s, and not the base of the final stage", (_, [one, two], expected) => {
  const sideOf = (version: string, bytes: number): readonly Stage[] => [
    stageOf({ name: 'a', base: [one!, version, `a ${version}`] }),
    stageOf({ name: 'b', index: 1, base: [two!, version, `b ${version}`] }),
    stageOf({
      ...{ index: 2, role: 'final', base: ['distroless', 'same', 'same'] },
      steps: [
        ['COPY --from=a /x /x', `x ${version}`, { compressedSize: bytes, uncompressedSize: bytes, fileBytes: bytes }],
      ],
    }),
  ]
  const [before, after] = [sideOf('1', 1_000_000), sideOf('2', 9_000_000)]
  const comparison = compare(footprintOf([imageOf(before)]), footprintOf([imageOf(after)]))
  const report = { ...reportOf(footprintOf(comparison.images.map((each) => each.after))), comparison }
  const text = renderTerminal(report, { width: 500, color: false })
  expect(text).toContain(expected.replace('nearly ', ''))
  expect(text).not.toContain('moved base image distroless')
})

test.each([
  ['its own base, if only layers of it differ', 'same', 'all of it from the moved base image python:3.13-slim'],
  ['none, if files of a builder stage differ too', 'other', 'all of it from moved base images.'],
])('a final stage whose base moved with that of a builder stage names %s', (_, copied, expected) => {
  const sideOf = (version: string, bytes: number): readonly Stage[] => {
    const copy: Step = ['COPY --from=build /x /x', copied === 'same' ? copied : `x ${version}`]
    return [
      stageOf({ name: 'build', base: ['python:3.13', version, `full ${version}`] }),
      { ...side(bytes, copy), index: 1 },
    ]
  }
  const [before, after] = [sideOf('1', 1_000_000), sideOf('2', 9_000_000)]
  const comparison = compare(footprintOf([imageOf(before)]), footprintOf([imageOf(after)]))
  const report = { ...reportOf(footprintOf(comparison.images.map((each) => each.after))), comparison }
  expect(renderTerminal(report, { width: 500, color: false })).toContain(expected)
})
