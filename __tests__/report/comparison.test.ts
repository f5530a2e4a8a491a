/** The report of a comparison: its content, which is the same in Markdown and in the terminal. */
import { describe, expect, test } from '@jest/globals'
import type { Cause, PathGrowth } from '../../src/compare/comparison.ts'
import type { Image, Layer, Stage } from '../../src/record/footprint.ts'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { displayWidth } from '../../src/report/display-width.ts'
import { changeRows, sumOfGrowth } from '../../src/report/growth-rows.ts'
import { grownAndShrunk } from '../../src/report/growth-tables.ts'
import { renderPage } from '../../src/page/page.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { lineOf } from '../../src/report/comment-line.ts'
import { nothingChanged, type Report } from '../../src/report/report.ts'
import { changedStageRows } from '../../src/report/stage-table.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import {
  compareStages,
  comparisonOf,
  imageComparison,
  layerChange,
  reportWith,
  result,
  rule,
  stageChange,
  verdictOf,
} from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const hash = (seed: number): string => `sha256:${seed.toString(16).padStart(64, '0')}`

const base = (bytes: number): Layer =>
  layer({ origin: 'base', instruction: null, diffId: hash(bytes), compressedSize: bytes, uncompressedSize: bytes * 3 })

const own = (text: string, line: number, bytes: number): Layer =>
  layer({
    instruction: { text, line, endLine: line },
    diffId: hash(bytes + line),
    compressedSize: bytes,
    uncompressedSize: bytes * 2,
  })

const finalOf = (layers: readonly Layer[], digest = 1, reference = 'python:3.13-slim'): Stage =>
  stage({ base: { reference, digest: hash(digest), layers: 1 }, layers: [...layers] })

const builder = (bytes: number, name = 'build'): Stage =>
  stage({
    name,
    index: 0,
    role: 'builder',
    base: { reference: 'python:3.13', digest: hash(9), layers: 1 },
    layers: [base(300_000_000), own('RUN make', 3, bytes)],
  })

type Why = Parameters<typeof compareStages>[2]

function reportOn(
  before: readonly Stage[],
  after: readonly Stage[],
  why?: Why,
  some: Parameters<typeof reportWith>[1] = {},
): Report {
  const changes = after.map((to, at) => (before[at] ? compareStages(before[at], to, why) : stageChange(null, to, [])))
  return reportWith(
    comparisonOf([imageComparison(image({ stages: [...before] }), image({ stages: [...after] }), changes)]),
    some,
  )
}

/** With ordinary spaces between a figure and its unit. */
const markdown = (report: Report): string => renderMarkdown(report).replaceAll('\u00a0', ' ')
const terminal = (report: Report): string => renderTerminal(report, { width: 300, color: false })

/** Both forms have each sentence; the terminal has no marks around code. */
function expectBoth(report: Report, sentence: string): void {
  expect(markdown(report)).toContain(sentence)
  expect(terminal(report).replaceAll(',\n', ', ')).toContain(sentence.replaceAll(/[`*]/g, ''))
}

const before = finalOf([base(75_000_000), own('COPY --from=build /x.pex /root', 14, 3_400_000)])
const grown = finalOf([base(75_000_000), own('COPY --from=build /x.pex /root', 14, 6_600_000)])

const path = (some: Partial<PathGrowth>): PathGrowth => ({
  kind: 'file',
  path: '/root/x.pex',
  before: 3_400_000,
  after: 6_600_000,
  package: null,
  otherFiles: false,
  ...some,
})

describe('the headline', () => {
  test('has before, after, growth and cause', () => {
    expectBoth(
      reportOn([before], [grown]),
      '**To pull: 78.4 MB → 81.6 MB (+3.20 MB, +4.1 %)**, all of it from this change.',
    )
  })

  test.each<[Cause, string]>([
    ['drift', '**, all of it from rebuild drift.'],
    // A note says why.
    ['unknown', '**, cause not known.'],
  ])('says so if all growth is from the cause %s', (cause, words) => {
    expectBoth(
      reportOn([before], [grown], () => ({ cause })),
      `(+3.20 MB, +4.1 %)${words}`,
    )
  })

  test('names the moved base image with both digests', () => {
    const moved = finalOf([base(76_000_000), own('COPY --from=build /x.pex /root', 14, 3_400_000)], 0xabc)
    const short = '`sha256:00000000…`'
    const report = reportOn(
      [finalOf(before.layers, 0xdef)],
      [{ ...moved, base: { reference: 'python:3.13-slim', digest: `sha256:${'f'.repeat(64)}`, layers: 1 } }],
    )
    expectBoth(report, `all of it from the moved base image \`python:3.13-slim\` (${short} → \`sha256:ffffffff…\`).`)
    expectBoth(report, `Base images: \`python:3.13-slim\` moved (${short} → \`sha256:ffffffff…\`).`)
  })

  test('splits several causes into parts that add up', () => {
    const after = finalOf(
      [base(76_000_000), own('COPY --from=build /x.pex /root', 14, 6_600_000), own('RUN apt update', 20, 2_003_000)],
      2,
    )
    const from = finalOf([...before.layers, own('RUN apt update', 20, 2_000_000)])
    const report = reportOn([from], [after], (to) =>
      to?.instruction?.text.startsWith('RUN') ? { cause: 'drift' } : {},
    )
    expectBoth(report, '(+4.20 MB, +5.2 %)**, of which +3.20 MB from this change, +1.00 MB from the moved base image')
    expectBoth(report, '+3.00 kB from rebuild drift.')
    expectBoth(report, 'Rebuild drift: +3.00 kB to pull, +6.00 kB unpacked.')
  })

  test('shows causes that cancel each other out', () => {
    const after = finalOf([base(75_000_001), own('COPY --from=build /x.pex /root', 14, 3_399_999)], 2)
    expectBoth(reportOn([before], [after]), 'To pull: 78.4 MB, as before; unpacked: 232 MB (+1 B, under 0.1 %)')
    expectBoth(reportOn([before], [after]), 'of which −1 B from this change, +1 B from the moved base image')
  })

  test('shows no percentage of nothing, and a minus sign for shrinking', () => {
    const nothing = stage({ base: { reference: 'scratch', digest: null, layers: 0 }, layers: [] })
    expectBoth(reportOn([nothing], [before]), 'To pull: 0 B → 78.4 MB (+78.4 MB)')
    expectBoth(reportOn([grown], [before]), 'To pull: 81.6 MB → 78.4 MB (−3.20 MB, −3.9 %)')
  })

  test('shows unknown sizes as not known', () => {
    const unknown = finalOf([
      base(75_000_000),
      { ...own('COPY --from=build /x.pex /root', 14, 3_400_000), compressedSize: null },
    ])
    expectBoth(
      reportOn([unknown], [grown]),
      'To pull: not known → 81.6 MB; unpacked: 232 MB → 238 MB (+6.40 MB, +2.8 %)',
    )
  })

  test('does not compare sizes across compressions', () => {
    const zstd = finalOf([
      base(75_000_000),
      {
        ...own('COPY --from=build /x.pex /root', 14, 2_000_000),
        uncompressedSize: 6_800_000,
        mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
      },
    ])
    const report = reportOn([before], [zstd])
    expectBoth(report, 'To pull: 78.4 MB → 77.0 MB, change not counted; unpacked: 232 MB, as before')
    expectBoth(
      report,
      'The compression of 1 layer changed from gzip to zstd, so its change in size to pull is not counted.',
    )
    expect(markdown(report)).not.toContain('What shrank')
    expect(markdown(report)).not.toContain('−1.40 MB')
  })
})

describe('the tables of growth', () => {
  const many = Array.from({ length: 12 }, (_, at) => own(`RUN step-${at} x`, 20 + at, 100_000 + at * 1_000))

  test('list the heaviest first, show eight, and fold the others', () => {
    const text = markdown(
      reportOn([before], [finalOf([...grown.layers, ...many])], undefined, { dockerfile: 'api/Dockerfile' }),
    )
    expect(text).toContain('| +3.20 MB | +6.40 MB | `api/Dockerfile:14` `COPY --from=build /x.pex /root`<br>')
    const seen = text.slice(text.indexOf('**What grew**'), text.indexOf('<details>'))
    expect([...seen.matchAll(/step-(\d+)/g)].map(([, at]) => Number(at))).toEqual([11, 10, 9, 8, 7, 6, 5])
    expect(seen).toContain('| +510 kB | +1.02 MB | 5 more rows |')
    expect(text).toContain('<details><summary>What grew: 5 more rows</summary>')
  })

  test('name the file, the directory and the package', () => {
    const paths = [
      path({}),
      path({ path: '/usr/lib/node_modules', kind: 'directory', before: null, after: 40 }),
      path({ package: 'numpy', after: null }),
      path({ path: '/y', before: 1, after: 9 }),
      path({ path: '/z', before: 1, after: 8 }),
    ]
    const report = reportOn([before], [grown], () => ({ paths }))
    for (const words of [
      '`/root/x.pex` +3.20 MB (3.40 MB → 6.60 MB)',
      'package `numpy` removed, −3.40 MB',
      'and 3 more paths, +55 B',
    ])
      expectBoth(report, words)
    // Beside megabytes, bytes are no cause.
    expect(markdown(report)).not.toContain('`/y`')
    expect(terminal(report)).not.toContain('/y')
  })

  test('list causes of a few bytes in one line after the larger ones', () => {
    const large = Array.from({ length: 9 }, (_, at) => path({ path: `/large${at}`, before: null, after: 100_000 - at }))
    const small = [1, 2, 3].map((bytes) => path({ path: `/small${bytes}`, before: null, after: bytes }))
    const report = markdown(reportOn([before], [grown], () => ({ paths: [...large, ...small] })))
    expect(report).toContain('<summary>Paths of line 14: 9 more</summary>')
    expect(report).toContain('- `/large8` new, 100 kB\n- 3 smaller paths, +6 B\n')
    expect(report).not.toContain('/small')
  })

  test('list removed layers among what shrank, with their former line', () => {
    const report = reportOn([finalOf([...before.layers, own('COPY docs /docs', 19, 800_000)])], [before])
    expect(markdown(report)).toContain('**What shrank**')
    expect(markdown(report)).toContain('| −800 kB | −1.60 MB | was line 19 `COPY docs /docs`<br>layer removed |')
    expect(terminal(report)).toContain('was line 19 COPY docs /docs')
    expect(markdown(report)).not.toContain('What grew')
  })

  test('name the layers whose bytes changed but not their size', () => {
    const other = finalOf([
      base(75_000_000),
      { ...own('COPY --from=build /x.pex /root', 14, 3_400_000), diffId: hash(77) },
    ])
    expect(markdown(reportOn([before], [other]))).toContain('Changed contents of the same size: 1 layer (line 14).')
  })

  test('fold growth below the noise, except the heaviest', () => {
    const few = (bytes: number): Layer[] =>
      [2, 3, 4].map((line) => ({
        ...own(`RUN step-${line}`, line, 1_000 + bytes * line),
        uncompressedSize: 4_096,
        diffId: hash(bytes * 100 + line),
      }))
    const [from, to] = [few(0), few(1)]
    const beside = (large: readonly [Layer, Layer]): Report =>
      reportOn([finalOf([base(75), ...from, large[0]])], [finalOf([base(75), ...to, large[1]])])
    const report = beside([own('COPY large /', 9, 100_000), own('COPY large /', 9, 105_000)])
    const summary = '<details><summary>And 3 smaller changes, 9 B together</summary>'
    expect(markdown(report)).toContain(`\n\n${summary}\n\n| to pull |`)
    expect(terminal(report)).toContain('And 3 smaller changes, 9 B together (--all shows them)')
    expect(markdown(report).indexOf('`RUN step-3`<br>')).toBeGreaterThan(markdown(report).indexOf(summary))
    // 9 B say nothing beside 620 kB.
    const huge = beside([before.layers[1]!, grown.layers[1]!])
    expect(markdown(huge)).not.toContain('smaller change')
    expect(terminal(huge)).not.toContain('smaller change')
  })

  test('sum up a whole table of growth below the noise beside larger rows of the other table', () => {
    const steps = (large: number, less: number): Stage =>
      finalOf([
        base(75),
        own('COPY large /', 2, large),
        ...[3, 4].map((line) => ({
          ...own(`RUN step-${line}`, line, 2_000 - less * line),
          uncompressedSize: 4_096,
          diffId: hash(less * 100 + line),
        })),
      ])
    const report = reportOn([steps(100_000, 0)], [steps(105_000, 1)])
    const [grew, shrank] = grownAndShrunk(report.comparison!.images[0]!.final).tables
    expect(grew).toMatchObject({ kind: 'grew', small: [] })
    expect(shrank).toMatchObject({ kind: 'shrank', rows: [] })
    expect(sumOfGrowth([...grew!.rows, ...shrank!.small].map(({ growth }) => growth)).compressedSize).toBe(4_993)
    const summary = '<details><summary>What shrank: 2 small changes, 7 B together</summary>'
    expect(markdown(report)).toContain(`\n\n${summary}\n\n| to pull |`)
    expect(markdown(report)).not.toContain('**What shrank**')
    expect(markdown(report).split('`RUN step-3`<br>')[0]).toContain(summary)
    expect(terminal(report)).toContain('\nWhat shrank: 2 small changes, 7 B together (--all shows them)\n')
    expect(renderTerminal(report, { width: 300, color: false, all: true })).toMatch(/What shrank\n.*\n +−4 B .*step-4/)
    // 7 B say nothing beside 3 MB.
    const huge = reportOn([steps(100_000, 0)], [steps(3_100_000, 1)])
    expect(markdown(huge)).not.toContain('What shrank')
    expect(terminal(huge)).not.toContain('What shrank')
    // And the other way round.
    const less = reportOn([steps(105_000, 1)], [steps(100_000, 0)])
    expect(terminal(less)).toContain('What grew: 2 small changes, 7 B together (--all shows them)')
  })

  test('sum up a few bytes of this change beside other causes or a replaced base image, and always mention them', () => {
    const of = (bytes: number, step: number, digest: number, reference?: string): Stage =>
      finalOf([base(bytes), { ...own('RUN make', 3, step), uncompressedSize: 4_096 }], digest, reference)
    const moved = reportOn([of(75_000_000, 2_000, 1)], [of(76_000_000, 1_999, 2)])
    const summary = 'What shrank through this change: 1 small change, 1 B'
    expect(markdown(moved)).toContain(`<summary>${summary}</summary>`)
    expect(markdown(moved)).not.toContain('**What shrank')
    expect(terminal(moved)).toContain(`${summary} (--all shows it)`)
    const replaced = reportOn([of(75_000_000, 2_000, 1)], [of(76_000_000, 1_999, 2, 'python:3.14')])
    expect(markdown(replaced)).toContain('<summary>What shrank: 1 small change, 1 B</summary>')
    // Above the noise, it has a table.
    const large = reportOn([of(75_000_000, 4_000, 1)], [of(76_000_000, 1_999, 2)])
    expect(markdown(large)).toContain('**What shrank through this change**')
  })

  test('have no row of a few bytes beside a replaced base image that grew too, and mention them', () => {
    const of = (bytes: number, step: number, reference: string): Stage =>
      finalOf([base(bytes), { ...own('RUN make', 3, step), uncompressedSize: 4_096 }], bytes, reference)
    const report = reportOn([of(75_000_000, 2_000, 'python:3.13')], [of(76_000_000, 2_002, 'python:3.14')])
    expect(terminal(report)).toContain('And 1 smaller change, 2 B (--all shows it)')
    expect(markdown(report)).toContain('<summary>And 1 smaller change, 2 B</summary>')
  })

  test('cut no words of a cause that needs several lines on a terminal', () => {
    const long = path({ path: '/a', before: null, after: 3_200_000, cache: 'words '.repeat(30).trim() })
    const report = reportOn([before], [grown], () => ({ paths: [long] }))
    for (let width = 60; width <= 120; width += 1) {
      const lines = renderTerminal(report, { width, color: false }).split('\n')
      const start = lines.findIndex((line) => line.includes('words words'))
      const cause = lines.slice(start, lines.indexOf('', start)).join(' ')
      expect(cause.match(/words/g)).toHaveLength(30)
      expect(cause).not.toContain('…')
    }
  })

  test('begin with what shrank if that is more', () => {
    const [small, large] = [own('COPY a /', 3, 90_000), own('COPY b /', 4, 900_000)]
    const report = reportOn(
      [finalOf([base(75), small, large])],
      [finalOf([base(75), own('COPY a /', 3, 120_000), own('COPY b /', 4, 700_000)])],
    )
    const titles = grownAndShrunk(report.comparison!.images[0]!.final).tables.map(({ kind }) => kind)
    expect(titles).toEqual(['shrank', 'grew'])
  })

  test('have one sentence instead of rows if all of them are a few bytes that say nothing', () => {
    const few = (bytes: number): Stage =>
      finalOf([
        base(75),
        ...[2, 3, 4].map((line) => ({
          ...own(`RUN step-${line}`, line, 1_000 + bytes * line),
          uncompressedSize: 4_096,
          diffId: hash(bytes * 100 + line),
        })),
      ])
    const alone = reportOn([few(0)], [few(1)])
    expectBoth(alone, 'Changes of at most 1 kB to pull: 3 layers (line 4; line 3; line 2).')
    expect(markdown(alone)).not.toContain('What grew')
    expect(terminal(alone)).not.toContain('What grew')
    // Together they are more than the noise, although each of them is not.
    const more = reportOn([few(0)], [few(150)])
    expect(markdown(more)).toContain('| +600 B | 0 B | line 4 `RUN step-4`')
    expect(markdown(more)).toContain('And 2 smaller changes, 750 B together')
    // A path says what changed.
    const told = reportOn([few(0)], [few(1)], (after) =>
      after?.instruction?.line === 3 ? { paths: [path({ path: 'app/a.js', before: 10, after: 13 })] } : {},
    )
    expect(markdown(told)).toContain('What grew')
  })

  test('leave out a few bytes of rebuild drift, which neither the first line nor the last one stresses', () => {
    const drifted = finalOf([base(75_000_000), own('COPY --from=build /x.pex /root', 14, 3_399_997)])
    const unpacked = { ...drifted.layers[1]!, uncompressedSize: 6_800_000 }
    const report = reportOn([before], [{ ...drifted, layers: [base(75_000_000), unpacked] }], () => ({
      cause: 'drift',
    }))
    expect(markdown(report)).toMatch(/^### Stage Footprint · .* · only rebuild drift, at most 1 kB\n/)
    expect(markdown(report)).not.toContain('What shrank')
    expect(markdown(report)).toContain('\n\nRebuild drift of at most 1 kB to pull: 1 layer (line 14).')
    expect(terminal(report)).toContain('Rebuild drift of at most 1 kB to pull: 1 layer (line 14).')
    expectBoth(report, 'about as before (−3 B)')
    expectBoth(report, 'Rebuild drift: at most 1 kB.')
    // A heading says nothing of builder stages that changed.
    const step = (bytes: number): Stage => ({ ...builder(0), layers: [own('RUN make', 3, bytes)] })
    const beside = reportOn(
      [before, step(10)],
      [{ ...drifted, layers: [base(75_000_000), unpacked] }, step(90)],
      (to) => ({
        cause: to?.instruction?.line === 3 ? 'change' : 'drift',
      }),
    )
    expect(markdown(beside)).toMatch(/ · final stage: only rebuild drift, at most 1 kB\n/)
    // Beside a change, the first line does not split off the drift.
    const two = finalOf([base(75), own('COPY a /a', 2, 5_000), own('COPY b /b', 3, 70_000)])
    const both = finalOf([base(75), own('COPY a /a', 2, 5_001), own('COPY b /b', 3, 90_000)])
    const mixed = reportOn([two], [both], (after) => ({
      cause: after?.instruction?.line === 2 ? 'drift' : 'change',
    }))
    expectBoth(mixed, 'nearly all of it from this change')
    expectBoth(mixed, 'Rebuild drift of at most 1 kB to pull: 1 layer (line 2).')
  })

  test('show rebuild drift that is small in each layer, but not in all together', () => {
    const lines = [2, 3, 4, 5]
    const stageWith = (more: number): Stage =>
      finalOf([base(75_000_000), ...lines.map((line) => own(`RUN step-${line}`, line, 100_000 + more))])
    const few = reportOn([stageWith(0)], [stageWith(250)], () => ({ cause: 'drift' }))
    expectBoth(few, 'Rebuild drift of at most 1 kB to pull: 4 layers')
    const many = reportOn([stageWith(0)], [stageWith(900)], () => ({ cause: 'drift' }))
    expect(markdown(many)).toContain('What grew')
    expect(markdown(many)).not.toContain('less than 1 kB')
    expect(terminal(many)).not.toContain('less than 1 kB')
  })

  test('have all rows, causes and parts on a terminal if they are requested, and otherwise say how to see them', () => {
    const paths = Array.from({ length: 7 }, (_, at) => path({ path: `/p${at}`, before: 1_000, after: 9_000 + at }))
    const small = own('RUN small', 60, 200)
    const report = reportOn([before], [finalOf([...grown.layers, ...many, small])], (after) =>
      after?.instruction?.line === 14 ? { paths } : {},
    )
    const all = renderTerminal(report, { width: 300, color: false, all: true })
    const part = (text: string): string => text.slice(text.indexOf('What grew'), text.indexOf('Final stage'))
    const shown = part(terminal(report))
    expect(shown).toContain('and 4 more paths, +32.0 kB (--all shows them)')
    expect(shown).toContain('and 5 more rows (--all shows them)')
    expect(shown).not.toContain('step-0 ')
    expect(all).not.toContain('more')
    expect(all).not.toContain('--all')
    expect(part(all).match(/\/p\d/g)).toHaveLength(7)
    expect(part(all).match(/step-\d+/g)).toHaveLength(12)
    expect(part(all)).toContain('RUN small')
  })

  test('say if the contents of a layer are not in the records', () => {
    const [from, to] = [before, grown].map((stage): Stage => ({
      ...stage,
      layers: stage.layers.map((layer) => ({ ...layer, contents: null })),
    })) as [Stage, Stage]
    expectBoth(reportOn([from], [to]), 'its contents are not in the records')
  })

  test('add up to the growth of the stage', () => {
    const change = compareStages(
      finalOf([...before.layers, own('RUN gone y', 4, 50)]),
      finalOf([base(76_000_000), ...grown.layers.slice(1), ...many], 2),
    )
    expect(sumOfGrowth(changeRows(change).map(({ growth }) => growth))).toEqual(change.growth.total)
    const { tables, level } = grownAndShrunk(change)
    const shown = tables.flatMap(({ rows, small }) => [...rows, ...small])
    expect(sumOfGrowth([...shown, ...level].map(({ growth }) => growth))).toEqual(change.growth.total)
    const rows = changedStageRows(change)
    expect(rows.at(-1)?.growth).toEqual(change.growth.total)
    expect(sumOfGrowth(rows.slice(0, -1).flatMap(({ growth }) => (growth ? [growth] : [])))).toEqual(
      change.growth.total,
    )
  })
})

describe('stages', () => {
  test.each([
    [[], 'is gone'],
    [[{ name: 'Docs', index: 9, line: 24 }], 'is no longer needed'],
  ])('are listed if they were renamed, are new, were removed or changed in size', (stagesNotBuilt, words) => {
    const comparison = comparisonOf([
      imageComparison(image(), image({ stages: [grown, builder(5), builder(7, 'test')], stagesNotBuilt }), [
        compareStages(before, grown),
        stageChange(builder(2_000, 'old'), builder(3_000, 'new'), [
          layerChange(own('RUN make', 3, 2_000), own('RUN make', 3, 3_000)),
        ]),
        stageChange(null, builder(7, 'test'), []),
        stageChange(builder(7, 'docs'), null, []),
      ]),
    ])
    const report = reportWith(comparison)
    expectBoth(report, `Stages: \`old\` is now \`new\`, \`test\` is new, \`docs\` ${words}.`)
    expectBoth(report, 'Builder stages, unpacked: `new` +2.00 kB, under 0.1 %.')
  })

  test('without names are not renamed if they move', () => {
    const comparison = comparisonOf([
      imageComparison(image(), image({ stages: [grown] }), [compareStages(before, { ...grown, name: '2' })]),
    ])
    expect(markdown(reportWith(comparison))).not.toContain('is now')
  })

  test('show before and after in the table of fat and slim only if they changed', () => {
    const text = markdown(reportOn([builder(5_000_000), before], [builder(5_000_000), grown]))
    expect(text).toContain('| Fat: stage `build` on `python:3.13` | 2 (1 base + 1 added) | not shipped | 910 MB |')
    expect(text).toContain('| **2 (1 base + 1 added)** | **78.4 MB → 81.6 MB** | **232 MB → 238 MB** |')
  })

  test('keep our own words about a layer in a narrow terminal', () => {
    const long = own(`RUN ${'install '.repeat(40)}`, 16, 5_000)
    const report = reportOn([before], [finalOf([...before.layers, long])])
    const lines = renderTerminal(report, { width: 80, color: false }).split('\n')
    expect(lines.filter((line) => /install in.*… \(new\)$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([])
  })

  test.each([
    [100, '16  COPY deps /usr/local/lib/pyt… (inherited, other contents)'],
    [80, '16  COPY deps … (inherited, other conte…)'],
    [60, '16  COPY de… (inher…)'],
    [40, '16  COPY deps … (inherited, other …)'],
  ])('keep the start of an instruction in %i columns', (width, shown) => {
    const at = (seed: number, origin: 'own' | 'inherited'): Layer => ({
      ...own('COPY deps /usr/local/lib/python3.13/site-packages/', 16, 5_000),
      ...{ diffId: hash(seed), timelessDigest: hash(0), origin },
    })
    const touched = (seed: number): Stage => finalOf([...before.layers, at(seed, 'inherited')])
    const report = reportOn([touched(1)], [touched(2)])
    const lines = renderTerminal(report, { width, color: false }).split('\n')
    expect(lines.filter((line) => line.includes('16  COPY')).map((line) => line.slice(line.indexOf('16')))).toEqual([
      shown,
    ])
    expect(lines.filter((line) => displayWidth(line) > width)).toEqual([])
  })

  test('name the file of their lines in every format', () => {
    const report = reportOn([before], [grown], undefined, { dockerfile: 'vote/other.Dockerfile' })
    expectBoth(report, '**Final stage on `python:3.13-slim` in `vote/other.Dockerfile`**')
    expectBoth(report, '`vote/other.Dockerfile:14` `COPY --from=build /x.pex /root`')
  })

  test('have a column for the change, which is empty without one', () => {
    const text = markdown(reportOn([builder(5_000_000), before], [builder(5_000_000), grown]))
    expect(text).toContain('| line | what | to pull | change | unpacked | change |')
    expect(text).toContain('|  | `python:3.13-slim`, base image, 1 layer | 75.0 MB |  | 225 MB |  |')
    expect(text).toContain('| 14 | `COPY --from=build /x.pex /root` | 6.60 MB | +3.20 MB | 13.2 MB | +6.40 MB |')
    expect(text).toContain('**Stage `build` on `python:3.13`**: as before')
  })
})

describe('what it was compared with', () => {
  test.each([
    [
      { kind: 'built', commit: '1a2b3c4d', reference: 'main' },
      'Compared with `main` at `1a2b3c4`, built by the same builder. Base images: the same. Rebuild drift: none.',
    ],
    // The base was not built.
    [
      { kind: 'built', commit: '1a2b3c4d', reference: 'main', isHead: true },
      'Compared with `main` at `1a2b3c4`. Base images: the same. Rebuild drift: none.',
    ],
    [
      { kind: 'built', commit: '1a2b3c4d', reference: 'slow', parted: true },
      'Compared with `1a2b3c4`, the last commit shared with `slow`, built by the same builder.',
    ],
    [{ kind: 'record', commit: '1a2b3c4d', reference: null }, 'Compared with the stored record of `1a2b3c4`.'],
    [
      { kind: 'record', commit: '1a2b3c4d', reference: 'slow', parted: true },
      'Compared with the stored record of `1a2b3c4`, the last commit shared with `slow`.',
    ],
    [
      { kind: 'newest-record', commit: null, reference: 'main' },
      'Compared with the newest stored record, of `main`. It is not of the base commit, so what others changed since then counts too.',
    ],
    [{ kind: 'given', commit: null, reference: 'docker://x' }, 'Compared with `docker://x`.'],
  ] as const)('is named for %j', (origin, sentence) => {
    const report = reportOn([before], [grown])
    expectBoth({ ...report, comparison: { ...report.comparison!, origin } }, sentence)
  })

  test('is nothing, with the reason', () => {
    const report = reportWith(null, { footprint: footprintOf([image()]), baselineNotes: ['No record is stored yet.'] })
    expectBoth(report, 'There is nothing to compare with, so this report stands on its own. No record is stored yet.')
    expect(markdown({ ...report, baselineNotes: [] })).not.toContain('nothing to compare')
  })

  test('says nothing about images that were not compared', () => {
    const alone = reportWith(comparisonOf([], { added: [image()] }), { footprint: footprintOf([image()]) })
    expectBoth(alone, 'Nothing could be compared with `main` at `1a2b3c4`.')
    for (const text of [markdown(alone), terminal(alone)])
      expect(text).not.toMatch(/the same|Drift|No layer changed|as before/)
  })

  test('includes what an update downloads', () => {
    expectBoth(
      reportOn([before], [grown]),
      'A client downloads 6.60 MB, whether it has the previous image or only the base image.',
    )
  })

  test('includes no download for somebody who has only scratch', () => {
    const onScratch = (stage: Stage): Stage => ({ ...stage, base: { reference: 'scratch', digest: null, layers: 0 } })
    expectBoth(
      reportOn([onScratch(before)], [onScratch(grown)]),
      'A client that has the previous image downloads 6.60 MB.',
    )
  })

  test('does not claim that a mounted image is the same if a record does not have its digest', () => {
    const mounting = (bytes: number, mount: string): Stage =>
      finalOf([base(1_000), own(`RUN --mount=from=${mount},target=/m cp /m/x /x`, 3, bytes)])
    const drifted = (mount: string): Report =>
      reportOn([mounting(10_000, mount)], [mounting(20_000, mount)], () => ({
        cause: 'drift',
        ...(mount.includes('/') ? { images: [{ reference: mount, via: 'mount', moved: null }] } : {}),
      }))
    const tagged = drifted('ghcr.io/astral-sh/uv:0.9')
    expectBoth(tagged, 'rebuild drift: same step, different bytes, or `ghcr.io/astral-sh/uv:0.9` moved')
    expectBoth(
      tagged,
      'Base images: the same; not known whether `ghcr.io/astral-sh/uv:0.9` moved, which a step takes files from.',
    )
    expectBoth(drifted(`tool@sha256:${'a'.repeat(64)}`), 'Base images: the same.')
    expectBoth(drifted('build'), 'Base images: the same.')
    const copied = (text: string, bytes: number): Stage => finalOf([base(1_000), own(text, 3, bytes)])
    expectBoth(
      reportOn(
        [copied('COPY --from=a.io/t:1 /x /x', 9_000)],
        [copied('COPY --chown=1 --from=a.io/t:1 /x /x', 19_000)],
        () => ({ cause: 'unknown', images: [{ reference: 'a.io/t:1', via: 'copy', moved: null }] }),
      ),
      'Base images: the same; not known whether `a.io/t:1` moved, which a step takes files from.',
    )
  })

  test('does not claim that there is no drift if that is not known', () => {
    const none = reportOn([before], [grown], () => ({ cause: 'unknown' }))
    expect(markdown(none)).not.toContain('Drift')
    expect(terminal(none)).not.toContain('Drift')
    const two = (bytes: number): Stage => finalOf([base(1_000), own('RUN a', 3, bytes), own('RUN b', 4, bytes)])
    const mixed = reportOn([two(10_000)], [two(20_000)], (layer) => ({
      cause: layer?.instruction?.line === 3 ? 'change' : 'unknown',
    }))
    expectBoth(mixed, 'Rebuild drift: not known.')
    expectBoth(mixed, 'this change, drift or a moved image, not known which')
    // Of builder stages too: a note says of how many layers it is not known why they differ.
    const inBuilder = (cause: Cause): Report =>
      reportOn([builder(5_000), before], [builder(6_000), before], () => ({ cause }))
    expectBoth(inBuilder('unknown'), 'Rebuild drift: none in the final stage, not known in builder stages.')
    expectBoth(inBuilder('drift'), 'Rebuild drift: in builder stages only.')
    expectBoth(
      reportOn([builder(5_000), before], [builder(5_400), before], () => ({ cause: 'drift' })),
      'Rebuild drift: none in the final stage.',
    )
    expectBoth(inBuilder('change'), 'Rebuild drift: none.')
    const [inOne] = inBuilder('unknown').comparison?.images ?? []
    const inTwo = comparisonOf(inOne ? [inOne, inOne] : [])
    expectBoth(
      reportWith(inTwo, { footprint: footprintOf(inTwo.images.map(({ after }) => after)) }),
      'Rebuild drift: none in the final stages, not known in builder stages.',
    )
  })
})

describe('a layer of the same size beside one that changed', () => {
  const first = { ...own('RUN a', 3, 0), compressedSize: null, uncompressedSize: 10_000 }
  const second = (seed: number): Layer => ({
    ...{ ...own('RUN b', 4, 0), compressedSize: null, uncompressedSize: 50_000, diffId: hash(seed) },
  })
  const report = (cause: Cause | null): Report =>
    reportOn(
      [finalOf([{ ...first, diffId: hash(1) }, second(2)])],
      [finalOf([{ ...first, diffId: hash(3), uncompressedSize: 20_000 }, second(4)])],
      (layer) => ({ cause: layer?.instruction?.line === 3 ? 'change' : cause }),
    )

  test('is no drift without a cause, as far as sizes are known', () => {
    expectBoth(report(null), '+10.0 kB')
    expectBoth(report(null), ', all of it from this change.')
    expectBoth(report(null), 'Rebuild drift: none unpacked, not known to pull.')
  })

  test('leaves open what the growth is from if its cause is not known', () => {
    expectBoth(
      report('unknown'),
      'of which +10.0 kB from this change, 0 B of unknown cause (this change, drift or a moved image)',
    )
    expectBoth(report('unknown'), 'Rebuild drift: not known.')
    expect(markdown(report('unknown'))).not.toContain('all from')
  })
})

test('other contents are not of the same size if the files grew by a few bytes', () => {
  const of = (seed: number, fileBytes: number): Stage =>
    finalOf([base(1_000), { ...own('RUN a', 3, 50_000), fileBytes, diffId: hash(seed) }])
  const shown = (cause: 'change' | 'drift'): Report => reportOn([of(1, 100)], [of(2, 103)], () => ({ cause }))
  expectBoth(shown('change'), 'Changed contents of almost the same size: 1 layer (line 3, +3 B of files).')
  expectBoth(shown('drift'), 'Rebuild drift: 1 layer (line 3, +3 B of files).')
  expectBoth(shown('drift'), 'Rebuild drift: at most 1 kB.')
})

test('one sentence tells all rebuild drift of a few bytes', () => {
  const of = (seed: number): Stage =>
    finalOf([
      base(1_000),
      { ...own('RUN a', 3, 50_000), diffId: hash(seed) },
      { ...own('RUN b', 4, 50_000 + seed), uncompressedSize: 100_000, diffId: hash(seed + 10) },
    ])
  const report = reportOn([of(1)], [of(2)], () => ({ cause: 'drift' }))
  expectBoth(report, 'Rebuild drift of at most 1 kB to pull: 2 layers (line 4; line 3).')
  expect(markdown(report)).not.toContain('Rebuild drift with')
})

test('a row that shrank although its only file grew says why', () => {
  const shrunk = (before: Partial<Layer>, after: Partial<Layer>): Report => {
    const of = (some: Partial<Layer>): Stage => finalOf([base(1_000), { ...own('COPY . .', 3, 9_000), ...some }])
    const path: PathGrowth = {
      ...{ kind: 'file', path: 'README.md', before: 10, after: 12, package: null, otherFiles: false },
    }
    return reportOn([of(before)], [of({ ...after, diffId: hash(77) })], () => ({ cause: 'change', paths: [path] }))
  }
  const better = shrunk({ compressedSize: 90_000, fileBytes: 500_000 }, { compressedSize: 80_000, fileBytes: 500_002 })
  expectBoth(better, 'the layer compresses better than before')
  const others = shrunk({ compressedSize: 90_000, fileBytes: 500_000 }, { compressedSize: 80_000, fileBytes: 499_900 })
  expectBoth(others, 'everything else, −102 B')
})

test('drift of a few bytes names the files whose size changed', () => {
  const of = (bytes: number): Stage => finalOf([base(1_000), own('RUN date > /var/id', 3, bytes)])
  const path: PathGrowth = {
    ...{ kind: 'file', path: 'var/id', before: 400, after: 160, package: null, otherFiles: false },
  }
  const report = reportOn([of(450)], [of(200)], () => ({ cause: 'drift', paths: [path] }))
  expectBoth(report, 'Rebuild drift of at most 1 kB to pull: 1 layer (line 3: `var/id` −240 B (400 B → 160 B)).')
})

test('a layer with other bytes of the same size does not look unchanged', () => {
  const same = (seed: number): Stage => finalOf([base(1_000), { ...own('RUN a', 3, 50_000), diffId: hash(seed) }])
  const drifted = reportOn([same(1)], [same(2)], () => ({ cause: 'drift' }))
  expectBoth(drifted, 'Rebuild drift: different bytes of the same size in 1 layer.')
  expectBoth(drifted, 'Rebuild drift of the same size: 1 layer (line 3).')
  expect(markdown(drifted)).toContain('| 3 | `RUN a`, other contents |')
  expectBoth(
    reportOn([same(1)], [same(2)], () => ({ cause: 'change' })),
    'Changed contents of the same size: 1 layer (line 3).',
  )
  const editsElsewhere = [{ stage: 'build', line: 7, kind: 'edited' as const }]
  const behind = reportOn([same(1)], [same(2)], () => ({ cause: 'change', editsElsewhere }))
  expect(terminal(behind)).toContain('Changed contents of the same size: 1 layer (line 3: stage build: line 7 edited).')
})

describe('budgets', () => {
  const failed = result({
    outcome: 'fail',
    measured: 3_200_000,
    measuredPercent: 4.1,
    line: 14,
    rule: rule({ limit: { amount: null, percent: 2 } }),
  })
  const compared = reportOn([before], [grown])

  test('have their result in the first line, and the reasons below', () => {
    const text = markdown({ ...compared, verdict: verdictOf([result(), failed]) })
    expect(text.split('\n')[0]).toBe('### Stage Footprint · `app` · +3.20 MB to pull · ❌ over budget')
    expect(text.indexOf('❌ **Budget failed:**')).toBeLessThan(text.indexOf('✅ **Budget passed:**'))
    expect(text.indexOf('❌ **Budget failed:**')).toBeGreaterThan(0)
  })

  test('name who set which label, for which budget, if overridden', () => {
    const override = { label: 'size-ok', by: 'octocat', headSha: '9f8e7d6c5b4a' }
    const report = { ...compared, verdict: verdictOf([{ ...failed, overridden: true }], { override }) }
    expectBoth(report, 'Budget failed, accepted by label `size-ok` that `octocat` set on `9f8e7d6`:')
    const [title, ...below] = markdown(report).split('\n')
    expect(title).toContain('⚠️ over budget, accepted by a label')
    expect(below.join('\n').split('accepted by')).toHaveLength(2)
    const page = renderPage(report, null, { script: '', style: '' }).replaceAll(/<[^>]*>/g, '')
    expect(page).toContain('Budget failed, accepted by label size-ok that octocat set on 9f8e7d6.')
    expect(page).toContain('Over budget, accepted by a label')
    expect(page.slice(page.indexOf('Budgets')).split('accepted by')).toHaveLength(2)
    const warned = { ...compared, verdict: verdictOf([{ ...failed, outcome: 'warn' }]) }
    expect(markdown(warned).split('\n')[0]).toContain('⚠️ over budget, only a warning')
    expect(renderPage(warned, null, { script: '', style: '' })).toContain('Over budget, only a warning')
  })

  test('are shown with what was added and removed if edited', () => {
    const rules = { added: ['pull 50 %'], removed: ['pull 5 %'] }
    const edited = { file: '.github/budgets', judgedBy: 'base' as const, ...rules, fault: null }
    const report = { ...compared, verdict: verdictOf([failed], { edited }) }
    expect(markdown(report)).toContain(
      '> [!WARNING]\n> This change edits the budgets in `.github/budgets`. It is judged by the budgets of the base commit.\n>\n> - removed `pull 5 %`\n> - added `pull 50 %`',
    )
    expect(terminal(report)).toContain(
      'Warning: This change edits the budgets in .github/budgets: it adds pull 50 % and removes pull 5 %. It is judged by the',
    )
  })

  test('are shown even if the image has another name', () => {
    const verdict = verdictOf([{ ...failed, image: { name: 'renamed', platform: 'linux/amd64', position: 9 } }])
    expectBoth({ ...compared, verdict }, 'Budget failed:')
  })

  test('are shown with the reason if they could not be judged, and do not pass', () => {
    const report = {
      ...compared,
      verdict: verdictOf([result({ outcome: 'not-known', measured: null, reason: 'there is no baseline' })]),
    }
    expectBoth(report, '**Budget not judged:** final stage: growth is not known, as there is no baseline')
    expect(markdown(report).split('\n')[0]).toContain('⚠️ budget not judged')
    expect(lineOf(report)).toContain('1 budget not judged')
    expect(budgetAnnotations(report.verdict, { images: [image({ dockerfile: 'Dockerfile' })] })).toEqual([
      {
        file: 'Dockerfile',
        line: null,
        level: 'warning',
        title: 'Budget not judged',
        message: 'Budget not judged: final stage: growth is not known, as there is no baseline (pull growth 5 %)',
      },
    ])
  })

  test('of a bake are annotated in the Dockerfile of each image', () => {
    const of = (name: string, position: number): ReturnType<typeof result> => ({
      ...failed,
      image: { name, platform: 'linux/amd64', position },
    })
    const found = budgetAnnotations(verdictOf([of('api', 0), of('web', 1), of('inline', 2)]), {
      images: [image({ dockerfile: 'api/Dockerfile' }), image({ dockerfile: 'web/Dockerfile' }), image()],
    })
    expect(found.map(({ file, line }) => [file, line])).toEqual([
      ['api/Dockerfile', 14],
      ['web/Dockerfile', 14],
      [null, null],
    ])
  })

  test('that are exceeded are annotated at their line', () => {
    const warned = { ...failed, outcome: 'warn' as const, line: 3 }
    const found = budgetAnnotations(verdictOf([result(), warned, failed, { ...failed, line: null }]), {
      images: [image({ dockerfile: 'Dockerfile' })],
    })
    expect(found.map(({ level, line }) => ({ level, line }))).toEqual([
      { level: 'warning', line: 3 },
      { level: 'error', line: 14 },
      { level: 'error', line: null },
    ])
  })
})

describe('an unchanged image', () => {
  const report = reportOn([builder(5), before], [builder(5), before])

  test('has a report of one line', () => {
    expect(nothingChanged(report)).toBe(true)
    expect(lineOf(report)).toBe(
      'Stage Footprint · `app`: **no layer changed**, still 78.4 MB to pull and 232 MB unpacked, in 2 layers. Compared with `main` at `1a2b3c4`, built by the same builder.',
    )
  })

  test('has a line that does not say so if something changed, or nothing was compared', () => {
    expect(lineOf(reportOn([before], [grown]))).toMatch(
      /^Stage Footprint · `app`: \*\*\+[^*]+ to pull\*\*, now [\d.]+ MB/,
    )
    expect(lineOf({ ...report, comparison: null })).toMatch(
      /^Stage Footprint · `app`: \*\*nothing was compared\*\*, [\d.]+ MB to pull/,
    )
  })

  test('is mentioned in the report, without tables of growth', () => {
    expectBoth(report, 'No layer changed.')
    expect(markdown(report)).not.toMatch(/What grew|What shrank|→/)
  })

  test('is one that was compared, and neither changed nor removed', () => {
    expect(nothingChanged(reportOn([before], [grown]))).toBe(false)
    expect(nothingChanged({ ...report, comparison: { ...report.comparison!, removed: [image()] } })).toBe(false)
    expect(nothingChanged({ ...report, comparison: null })).toBe(false)
  })

  test('shows a failed budget nevertheless', () => {
    expect(lineOf({ ...report, verdict: verdictOf([result({ outcome: 'fail' }), result()]) })).toContain(
      '❌ 1 budget failed, 1 passed.',
    )
  })
})

describe('several images', () => {
  const pair = (name: string, to: Stage) =>
    imageComparison(image({ name, stages: [before] }), image({ name, stages: [to] }), [compareStages(before, to)])
  const pairs = [pair('api', grown), pair('web', before)]
  const report = reportWith(comparisonOf(pairs), {
    title: 'all',
    reportedByFork: true,
    footprint: footprintOf([...pairs.map(({ after }) => after), image({ name: 'new', stages: [before] })]),
    verdict: verdictOf([
      result({ image: { name: 'api', platform: 'linux/amd64', position: 0 }, outcome: 'fail' }),
      result({ image: { name: 'web', platform: 'linux/amd64', position: 1 } }),
      result({ image: { name: 'other', platform: 'x', position: 9 }, outcome: 'warn' }),
    ]),
  })

  test('have a table of all, then a section each', () => {
    const text = markdown(report)
    expect(text).toContain('❌ **1 budget failed, 1 warned, 1 passed.** 3 images.')
    expect(text).toContain('| `api` | `linux/amd64` | 78.4 MB → 81.6 MB | **+3.20 MB, +4.1 %** | ❌ fail |')
    expect(text).toContain('| `web` | `linux/amd64` | 78.4 MB | none | ✅ pass |')
    expect(text).toContain('| `new` | `linux/amd64` | 78.4 MB | new |  |')
    for (const name of ['api', 'web', 'new']) expect(text).toContain(`#### \`${name}\` · \`linux/amd64\``)
    expect(text).toContain("> These figures are as reported by the fork's run.")
    expect(text).toContain('⚠️ **Budget exceeded:**')
    expect(terminal(report)).toContain('Budget exceeded:')
    expect(terminal(report)).toContain('Verdict over 3 images: 1 budget failed, 1 warned, 1 passed.')
  })

  test('of which one was removed have a row for it', () => {
    const removed = [image({ name: 'gone', stages: [before] })]
    const text = markdown(reportWith(comparisonOf(pairs, { removed }), { footprint: footprintOf(pairs.map(({ after }) => after)) })) // prettier-ignore
    expect(text).toContain('| `gone` | `linux/amd64` | removed | −78.4 MB |')
  })
})

test('several images together count a layer that they share once, and the worst of them comes first', () => {
  const named = (one: Layer, seed: number): Layer => ({
    ...one,
    digest: hash(seed),
    diffId: hash(seed),
  })
  const [old, moved] = [named(base(100_000_000), 1), named(base(364_000_000), 2)]
  const own = (seed: number): Layer => named(before.layers[1]!, seed)
  const pair = (name: string, seed: number) => {
    const [from, to] = [finalOf([old, own(seed)], 1), finalOf([moved, own(seed)], 2)]
    return imageComparison(image({ name, stages: [from] }), image({ name, stages: [to] }), [compareStages(from, to)])
  }
  const same = imageComparison(image({ name: 'same', stages: [before] }), image({ name: 'same', stages: [before] }), [
    compareStages(before, before),
  ])
  const pairs = [same, pair('api', 3), pair('web', 4)]
  const report = reportWith(comparisonOf(pairs), {
    footprint: footprintOf(pairs.map(({ after }) => after)),
    verdict: verdictOf([
      result({ image: { name: 'web', platform: 'linux/amd64', position: 2 }, outcome: 'fail' }),
      result({ image: { name: 'same', platform: 'linux/amd64', position: 0 } }),
    ]),
  })
  const text = markdown(report)
  expect(text.slice(0, text.indexOf('\n'))).toContain('+264 MB to pull')
  const places = ['web', 'same', 'api'].map((name) => text.indexOf(`#### \`${name}\``))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

test('several images have the same size together if one takes over a layer that another one has', () => {
  const seeded = (bytes: number, seed: number): Layer => ({
    ...base(bytes),
    digest: hash(seed),
    diffId: hash(seed),
  })
  const [small, large] = [finalOf([seeded(100, 1)]), finalOf([seeded(100, 1), seeded(5_000_000, 2)])]
  const pair = (name: string, from: Stage, to: Stage) =>
    imageComparison(image({ name, stages: [from] }), image({ name, stages: [to] }), [compareStages(from, to)])
  const pairs = [pair('api', small, large), pair('web', large, large)]
  const text = markdown(reportWith(comparisonOf(pairs), { footprint: footprintOf(pairs.map(({ after }) => after)) }))
  expect(text.slice(0, text.indexOf('\n'))).toContain('same size together')
})

test('several images say that they shared a layer before, if together they need more than one by one', () => {
  const seeded = (seed: number): Layer => ({ ...base(2_000_000), digest: hash(seed), diffId: hash(seed) })
  const pair = (name: string, from: Stage, to: Stage) =>
    imageComparison(image({ name, stages: [from] }), image({ name, stages: [to] }), [compareStages(from, to)])
  const told = (api: Stage): string => {
    const pairs = [pair('api', finalOf([seeded(1)]), api), pair('web', finalOf([seeded(1)]), finalOf([seeded(1)]))]
    return markdown(reportWith(comparisonOf(pairs), { footprint: footprintOf(pairs.map(({ after }) => after)) }))
  }
  const words = 'The images no longer share layers of 2.00 MB, so together they need that much more to pull.'
  expect(told(finalOf([seeded(2)]))).toContain(words)
  // What one of them grew by is in its own figure.
  expect(told(finalOf([seeded(2), { ...base(500_000), digest: hash(3), diffId: hash(3) }]))).toContain(words)
  expect(told(finalOf([seeded(1)]))).not.toContain('no longer share')
})

test.each([
  ['grew', 100, 5_000_000, '+10.0 MB', '+5.00 MB'],
  ['shrank', 5_000_000, 100, '−10.0 MB', '−5.00 MB'],
])('several images say that a layer counts once if one that they share %s', (_, from, to, sum, together) => {
  const seeded = (bytes: number): Layer => ({ ...base(bytes), digest: hash(bytes), diffId: hash(bytes) })
  const pair = (name: string, before: number, after: number) => {
    const [old, now] = [finalOf([seeded(before)]), finalOf([seeded(after)])]
    return imageComparison(image({ name, stages: [old] }), image({ name, stages: [now] }), [compareStages(old, now)])
  }
  const told = (...pairs: readonly ReturnType<typeof pair>[]): string =>
    markdown(reportWith(comparisonOf(pairs), { footprint: footprintOf(pairs.map(({ after }) => after)) }))
  expect(told(pair('api', from, to), pair('web', from, to))).toContain(
    `These changes add up to ${sum}. For all images together, it is ${together}, because a layer that several of them have, or had, counts once.`,
  )
  expect(told(pair('api', from, to), pair('web', 7, 7))).not.toContain('counts once')
})

describe('the first line about several images', () => {
  const seeded = (bytes: number, seed: number): Layer => ({ ...base(bytes), digest: hash(seed), diffId: hash(seed) })
  const [small, large] = [finalOf([seeded(100, 1)]), finalOf([seeded(100, 1), seeded(5_000_000, 2)])]
  const larger = finalOf([seeded(100, 1), seeded(6_000_000, 3)])
  const pair = (name: string, from: Stage, to: Stage, platform: Image['platform'] = amd64) =>
    imageComparison(image({ name, platform, stages: [from] }), image({ name, platform, stages: [to] }), [
      compareStages(from, to),
    ])
  const [amd64, arm64] = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ] as const
  const [same, grown] = [pair('api', small, small), pair('web', small, large)]
  const only = image({ name: 'jobs', stages: [large] })
  const onArm = image({ name: 'api', platform: arm64, stages: [large] })

  test.each<[string, Parameters<typeof comparisonOf>[0], Parameters<typeof comparisonOf>[1] & object, string]>([
    ['a new image', [same], { added: [only] }, '+5.00 MB to pull, 1 new image'],
    ['a new image that shares its layers', [grown], { added: [only] }, '+5.00 MB to pull, 1 new image'],
    ['an image that is gone', [same], { removed: [only] }, '−5.00 MB to pull, 1 image removed'],
    ['a renamed image', [same], { added: [{ ...only, name: 'x' }], removed: [only] }, 'same size, 1 new image, 1 image removed'], // prettier-ignore
    ['a new platform', [same], { added: [onArm] }, 'same size, 1 new platform'],
    ['a platform in place of another one', [grown], { added: [onArm], removed: [{ ...onArm, platform: amd64 }] }, '+5.00 MB to pull, 1 new platform, 1 platform removed'], // prettier-ignore
    ['a platform that is gone', [pair('api', small, large)], { removed: [onArm] }, '`api` · +5.00 MB to pull, 1 platform removed'], // prettier-ignore
    [
      'platforms that grew alike',
      [pair('api', small, large), pair('api', small, large, arm64)],
      {},
      '+5.00 MB to pull on each of 2 platforms',
    ],
    [
      'platforms that grew differently',
      [pair('api', small, large), pair('api', small, larger, arm64), pair('web', small, small)],
      {},
      'between +5.00 MB and +6.00 MB to pull on 2 platforms',
    ],
    [
      'images for other platforms',
      [pair('api', small, large), pair('web', small, larger, arm64)],
      {},
      '+11.0 MB to pull',
    ],
  ])('counts %s', (_, pairs, some, expected) => {
    const comparison = { ...comparisonOf(pairs), ...some }
    const after = [...pairs.map((one) => one.after), ...(some.added ?? [])]
    const text = markdown(reportWith(comparison, { footprint: footprintOf(after) }))
    expect(text.slice(0, text.indexOf('\n')).replaceAll('\u00a0', ' ')).toBe(`### Stage Footprint · ${expected}`)
  })

  test('says that a target was not weighed, which is no unchanged image', () => {
    const report = (unweighedTargets: readonly string[], one = same): string => {
      const footprint = { ...footprintOf([one.after]), unweighedTargets: [...unweighedTargets] }
      const text = markdown(reportWith(comparisonOf([one]), { footprint }))
      return text.slice(0, text.indexOf('\n')).replaceAll('\u00a0', ' ')
    }
    expect(report(['b'])).toBe('### Stage Footprint · same size, 1 target not weighed')
    expect(report(['b', 'c'], grown)).toBe('### Stage Footprint · +5.00 MB to pull, 2 targets not weighed')
    // One of its platforms was weighed.
    expect(report(['api'])).not.toContain('not weighed')
  })
})

test('the shortest form does not add up the platforms of an image, also if one of them is new', () => {
  const of = (architecture: string): Image =>
    image({ name: 'api', platform: { os: 'linux', architecture }, stages: [finalOf([base(5_000_000)])] })
  const [amd64, arm64] = [of('amd64'), of('arm64')]
  const pair = imageComparison(amd64, amd64, [compareStages(amd64.stages[0]!, amd64.stages[0]!)])
  const comparison = { ...comparisonOf([pair]), added: [arm64] }
  const report = reportWith(comparison, { footprint: footprintOf([amd64, arm64]) })
  const shown = renderMarkdown(report, { maxBytes: 400 })
  expect(shown).toContain('nearly everything but the verdict')
  expect(shown).not.toContain('together')
})

describe('the terminal', () => {
  const rich = reportOn(
    [builder(5_000_000), before],
    [builder(5_000_000), grown],
    () => ({ paths: [path({ path: `/${'long/'.repeat(50)}` })] }),
    {
      verdict: verdictOf([result({ outcome: 'fail' })], {
        edited: { judgedBy: 'base', file: 'x'.repeat(300), added: [], removed: [], fault: null },
      }),
    },
  )

  test.each([40, 46, 60])('cuts no figure in %i columns', (width) => {
    const figures = (columns: number): readonly string[] =>
      renderTerminal(rich, { width: columns, color: false }).match(/[+−]?\d[\d.]* [kMG]?B/g) ?? []
    const narrow = new Set(figures(width))
    expect(renderTerminal(rich, { width, color: false })).not.toMatch(/\d(?:\.\d*)? ?…/)
    expect(figures(300).filter((figure) => !narrow.has(figure))).toEqual([])
  })

  test.each([40, 60, 100])('has no line wider than %i columns', (width) => {
    for (const line of renderTerminal(rich, { width, color: false }).split('\n'))
      expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })

  test('shows growth in red and shrinking in green, but only on request', () => {
    expect(renderTerminal(rich, { width: 100, color: false })).not.toContain('\u001b')
    const red = renderTerminal(rich, { width: 100, color: true })
    expect(red).toContain('\u001b[31m  +3.20 MB')
    expect(red.replace(/\u001b\[\d+m/g, '')).toBe(renderTerminal(rich, { width: 100, color: false }))
    expect(renderTerminal(reportOn([grown], [before]), { width: 100, color: true })).toContain('\u001b[32m  −3.20 MB')
  })
})
