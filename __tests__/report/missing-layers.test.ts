/** The report of an image with a layer that its source does not have: it says what is not known, and nothing wrong. */
import { expect, test } from '@jest/globals'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { Footprint, Layer } from '../../src/record/footprint.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { headlineOutputs } from '../../src/report/outputs.ts'
import { reportOf } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { compare } from '../support/compared.ts'
import { digestOf, footprintOf, image, layer, stage } from '../support/footprints.ts'

const missing: Layer = layer({
  diffId: digestOf('missing'),
  digest: digestOf('blob'),
  compressedSize: 2_000_000,
  uncompressedSize: null,
  fileBytes: null,
  entries: null,
  whiteouts: null,
  opaqueWhiteouts: null,
  instruction: { text: 'COPY windows /', line: 2, endLine: 2 },
  contents: null,
})
const own = (name: string, bytes: number): Layer =>
  layer({
    diffId: digestOf(name),
    digest: digestOf(`${name}-blob`),
    compressedSize: bytes,
    uncompressedSize: bytes * 2,
    fileBytes: bytes,
    instruction: { text: 'COPY app /', line: 3, endLine: 3 },
  })
const footprint = (...layers: readonly Layer[]): Footprint =>
  footprintOf([
    image({ stages: [stage({ layers: [...layers], fileSystem: null, waste: null, caches: null, savings: null })] }),
  ])

const shownOf = (before: Footprint | null, after: Footprint): string[] => {
  const report = before === null ? reportOf(after) : { ...reportOf(after), comparison: compare(before, after) }
  return [renderMarkdown(report), renderTerminal(report, { width: 100, color: false })]
}

test('without a baseline, the size to pull is known and the unpacked size is not', () => {
  const found = footprint(missing, own('a', 1_000))
  for (const shown of shownOf(null, found)) {
    expect(shown).not.toMatch(/\bnull\b|NaN|undefined/)
    expect(shown).toMatch(/2\.00\s*MB/)
    expect(shown).toContain('not known')
    expect(shown).not.toContain('What could be saved')
  }
  expect(headlineOutputs(found).get('final-compressed-bytes')).toBe('2001000')
  expect(headlineOutputs(found).get('final-uncompressed-bytes')).toBe('')
  expect(headlineOutputs(found).get('final-file-bytes')).toBe('')
})

test.each<[string, Footprint, Footprint, number | null, number | null]>([
  ['on both sides', footprint(missing, own('a', 1_000)), footprint(missing, own('b', 1_500)), 500, 1_000],
  [
    'on one side, unchanged',
    footprint(
      { ...missing, uncompressedSize: 9_000, fileBytes: 8_000, entries: 3, whiteouts: 0, opaqueWhiteouts: 0 },
      own('a', 1_000),
    ),
    footprint(missing, own('a', 1_000)),
    0,
    0,
  ],
  ['added', footprint(own('a', 1_000)), footprint(missing, own('a', 1_000)), 2_000_000, null],
  ['removed', footprint(missing, own('a', 1_000)), footprint(own('a', 1_000)), -2_000_000, null],
  [
    'with other content and an unknown size',
    footprint({ ...missing, compressedSize: null, digest: null }),
    footprint({ ...missing, compressedSize: null, digest: null, diffId: digestOf('another') }),
    null,
    null,
  ],
])('compared with a missing layer %s', (_, before, after, pull, unpacked) => {
  const { final } = compare(before, after).images[0]!
  expect([final.growth.total.compressedSize, final.growth.total.uncompressedSize]).toEqual([pull, unpacked])
  for (const shown of shownOf(before, after))
    expect(shown).not.toMatch(/\bnull\b|NaN|undefined|Changed contents of the same size/)
  if (pull === null)
    for (const shown of shownOf(before, after))
      expect(shown.replace(/\s+/g, ' ')).toContain('Growth not known: 1 layer')
})

test('budgets on unknown sizes are not judged, with the reason', () => {
  const { rules } = parseBudgets(
    [
      {
        kind: 'input',
        name: 'budgets',
        text: 'final unpacked <= 1MB\nfinal pull <= 1MB\nfinal unpacked growth <= 1kB',
      },
    ],
    new Map(),
  )
  const [before, after] = [footprint(own('a', 1_000)), footprint(missing, own('a', 1_000))]
  expect(
    judge(rules, 0, after, compare(before, after)).map(({ outcome, reason }) => [outcome, reason ?? null]),
  ).toEqual([
    ['not-known', 'this stage has layers that its source does not contain'],
    ['fail', null],
    ['not-known', 'this stage has layers that its source does not contain'],
  ])
})
