/** Changed packages, in both forms of the report. */
import { expect, test } from '@jest/globals'
import type { LayerChange } from '../../src/compare/comparison.ts'
import type { PackageChange, PackageSide } from '../../src/compare/packages.ts'
import { causeWords, mostCauses } from '../../src/report/cause-words.ts'
import { changeRows } from '../../src/report/growth-rows.ts'
import { name as inMarkdown } from '../../src/report/markdown/parts.ts'
import { name as inTerminal } from '../../src/report/terminal/styled-text.ts'
import { layerChange, stageChange } from '../support/comparisons.ts'
import { layer, stage } from '../support/footprints.ts'

const side = (fileBytes: number, ...versions: readonly string[]): PackageSide => ({
  versions,
  fileBytes,
  files: 1,
  places: [''],
})
const change = (
  name: string,
  before: PackageSide | null,
  after: PackageSide | null,
  more: Partial<PackageChange> = {},
): PackageChange => ({
  ecosystem: 'pypi',
  name,
  kind: before === null ? 'new' : after === null ? 'removed' : 'updated',
  before,
  after,
  growth: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0),
  parts: [],
  ...more,
})

/** Without the words about the layer. */
function words(
  packages: readonly PackageChange[],
  paths: LayerChange['paths'] = [],
  form = inTerminal,
): readonly string[] {
  const [from, to] = [layer({}), layer({ diffId: `sha256:${'9'.repeat(64)}` })]
  const [row] = changeRows(
    stageChange(stage({ layers: [from] }), stage({ layers: [to] }), [layerChange(from, to, { packages, paths })]),
  )
  if (!row) throw new Error('no row')
  return causeWords(row, form, mostCauses)
}

test('describes each kind of change in the same words in both forms', () => {
  const changes = [
    change('urllib3', side(1_100_000, '1.26.5'), side(1_970_000, '2.6.3')),
    change('openid-client', null, side(150_000, '6.1.0')),
    change('six', side(32_000, '1.16.0'), null),
    change('rebuilt', side(1_000, '1'), side(1_200, '1'), { kind: 'changed' }),
    change('unversioned', side(1_000), side(1_100), { kind: 'changed' }),
  ]
  expect(words(changes)).toEqual([
    'urllib3 1.26.5 → 2.6.3: 1.10 MB → 1.97 MB',
    'openid-client new, 6.1.0: 150 kB',
    'six 1.16.0 gone, was 32.0 kB',
    'rebuilt 1: 1.00 kB → 1.20 kB',
    'unversioned: 1.00 kB → 1.10 kB',
  ])
  expect(words(changes, [], inMarkdown).map((line) => line.replaceAll('`', ''))).toEqual(words(changes))
  expect(words(changes, [], inMarkdown)[0]).toBe('`urllib3 1.26.5 → 2.6.3`: 1.10 MB → 1.97 MB')
})

test('shows five and the number of others, with paths among them by their growth', () => {
  const many = Array.from({ length: 10 }, (_, nth) => change(`p${nth}`, null, side(1_000 - nth, '1')))
  const path = {
    kind: 'directory',
    path: 'app/static',
    before: 0,
    after: 998.5,
    package: null,
    besidePackages: true,
  } as const
  expect(words(many)).toEqual([
    ...[0, 1, 2, 3, 4].map((nth) => `p${nth} new, 1: ${nth === 0 ? '1.00 kB' : `${1_000 - nth} B`}`),
    'and 5 more',
  ])
  expect(words(many, [{ ...path, after: 2_000 }])).toEqual(
    expect.arrayContaining(['other files in app/static/ 0 B → 2.00 kB', 'p3 new, 1: 997 B', 'and 6 more']),
  )
  expect(words(many, [{ ...path, after: 2_000 }])[0]).toBe('other files in app/static/ 0 B → 2.00 kB')
})

test('shows at most three modules of a binary', () => {
  const parts = [
    { name: 'golang.org/x/net', before: 'v0.30.0', after: 'v0.47.0', kind: 'updated' },
    { name: 'gone', before: 'v1', after: null, kind: 'removed' },
    { name: 'made', before: null, after: 'v2', kind: 'new' },
    { name: 'stdlib', before: 'go1.25', after: 'go1.26', kind: 'updated' },
  ] as const
  expect(
    words([
      change('example.org/server', side(25_400_000), side(25_800_000), { ecosystem: 'golang', kind: 'changed', parts }),
    ]),
  ).toEqual([
    'example.org/server: 25.4 MB → 25.8 MB, with golang.org/x/net v0.30.0 → v0.47.0, gone v1 gone, made v2 new and 1 more',
  ])
})

test('shows several versions of copies, and cuts long names and versions', () => {
  expect(words([change('x', side(10, '1', '2', '3'), side(20, '3'))])).toEqual(['x 1, 2 and 1 more → 3: 10 B → 20 B'])
  const [line = ''] = words(
    [change('n'.repeat(200), side(10, 'v'.repeat(100)), side(20, 'w'.repeat(100)))],
    [],
    inMarkdown,
  )
  expect(line.length).toBeLessThan(130)
  expect(line).toContain('→')
})
