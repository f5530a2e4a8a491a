import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { comparePackages, type PackageComparison, type PlacedPackages } from '../../src/compare/packages.ts'
import type { LayerPackage, LayerPackages, PackagePart } from '../../src/packages/package.ts'

const one = (
  name: string,
  version: string | null,
  fileBytes: number,
  more: Partial<LayerPackage> = {},
): LayerPackage => ({ ecosystem: 'pypi', name, version, path: name, fileBytes, files: 1, parts: [], ...more })
const layer = (
  place: string,
  packages: readonly LayerPackage[],
  more: Partial<LayerPackages> = {},
): PlacedPackages => ({
  place,
  packages: { packages, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, ...more },
})
const told = ({ changes }: PackageComparison): unknown =>
  changes.map(({ kind, name, before, after, growth }) => [kind, name, before?.versions, after?.versions, growth])

test('lists updated, new, removed and changed packages, the largest growth first', () => {
  const before = [
    layer('a', [
      one('sentry-sdk', '1.0', 5_000),
      one('urllib3', '2.0', 700),
      one('gone', '1', 300),
      one('same', '1', 50),
      one('rebuilt', '1', 10),
    ]),
  ]
  const after = [
    layer('a', [
      one('sentry-sdk', '2.0', 7_000),
      one('urllib3', '2.1', 600),
      one('rignore', '0.7', 2_500),
      one('same', '1', 50),
      one('rebuilt', '1', 11),
    ]),
  ]
  expect(told(comparePackages(before, after))).toEqual([
    ['new', 'rignore', undefined, ['0.7'], 2_500],
    ['updated', 'sentry-sdk', ['1.0'], ['2.0'], 2_000],
    ['changed', 'rebuilt', ['1'], ['1'], 1],
    ['updated', 'urllib3', ['2.0'], ['2.1'], -100],
    ['removed', 'gone', ['1'], undefined, -300],
  ])
})

test.each([
  ['PyYAML', 'pyyaml', 'pypi', ['updated']],
  ['ruamel.yaml', 'ruamel-yaml', 'pypi', ['updated']],
  ['typing_extensions', 'typing--extensions', 'pypi', ['updated']],
  ['JSONStream', 'jsonstream', 'npm', ['new', 'removed']],
] as const)('compares %s and %s of %s by the rules of its names', (before, after, ecosystem, kinds) => {
  const [old, now] = [one(before, '1', 10, { ecosystem }), one(after, '2', 10, { ecosystem })]
  const { changes } = comparePackages([layer('a', [old])], [layer('a', [now])])
  expect(changes.map(({ kind }) => kind).toSorted()).toEqual(kinds)
  expect(changes.at(-1)?.name).toBe(kinds.length === 1 ? after : before)
})

test('lists a package in another layer as moved, and one in two layers with twice its bytes', () => {
  const [alone, both] = [one('numpy', '2.0', 40), one('pandas', '3.0', 70)]
  const { changes } = comparePackages(
    [layer('a', [alone, both])],
    [layer('b', [alone]), layer('a', [both]), layer('c', [both])],
  )
  expect(changes).toEqual([
    {
      ecosystem: 'pypi',
      name: 'pandas',
      kind: 'changed',
      before: { versions: ['3.0'], fileBytes: 70, files: 1, places: ['a'] },
      after: { versions: ['3.0'], fileBytes: 140, files: 2, places: ['a', 'c'] },
      growth: 70,
      parts: [],
    },
    {
      ecosystem: 'pypi',
      name: 'numpy',
      kind: 'moved',
      before: { versions: ['2.0'], fileBytes: 40, files: 1, places: ['a'] },
      after: { versions: ['2.0'], fileBytes: 40, files: 1, places: ['b'] },
      growth: 0,
      parts: [],
    },
  ])
})

test('adds up copies of one name with all their versions, and keeps ecosystems apart', () => {
  const before = [
    layer('a', [
      one('x', '1', 10, { path: 'p' }),
      one('x', '2', 10, { path: 'q' }),
      one('x', '1', 5, { ecosystem: 'npm' }),
    ]),
  ]
  const after = [layer('a', [one('x', '2', 20), one('x', '1', 5, { ecosystem: 'npm' })])]
  expect(told(comparePackages(before, after))).toEqual([['updated', 'x', ['1', '2'], ['2'], 0]])
})

test('keeps the version of a replaced copy apart, and counts its bytes', () => {
  const replaced = { ...one('npm', '11.19.1', 12), isReplaced: true }
  const { changes } = comparePackages([layer('a', [one('npm', '11.19.1', 12)])], [layer('a', [replaced, one('npm', '11.6.0', 13)])]) // prettier-ignore
  expect(changes.map(({ kind, after, growth }) => [kind, after?.versions, after?.replaced, growth])).toEqual([
    ['updated', ['11.6.0'], ['11.19.1'], 13],
  ])
  const unknown = comparePackages([], [layer('a', [replaced, one('npm', null, 13)])]).changes
  expect(unknown.map(({ after }) => [after?.versions, after?.replaced])).toEqual([[['11.19.1'], undefined]])
})

test('knows of a package that a base image has only deleted copies of it', () => {
  const deleted = { ...one('jq', '1.7', 30), isDeleted: true }
  const sideOf = (packages: readonly LayerPackage[]): unknown =>
    comparePackages([], [layer('a', packages)]).changes.map(({ after }) => [after?.versions, after?.isDeleted])
  expect(sideOf([deleted])).toEqual([[['1.7'], true]])
  expect(sideOf([deleted, one('jq', '1.8', 40)])).toEqual([[['1.8'], undefined]])
})

test('lists the modules of a binary whose versions differ', () => {
  const modules = (versions: Readonly<Record<string, string | null>>): PackagePart[] =>
    Object.entries(versions).map(([name, version]) => ({ name, version, fileBytes: null }))
  const server = (versions: Readonly<Record<string, string | null>>): PlacedPackages =>
    layer('a', [one('example.org/server', null, 100, { ecosystem: 'golang', parts: modules(versions) })])
  const { changes } = comparePackages(
    [server({ stdlib: 'go1.25', same: 'v1', gone: 'v1', local: null })],
    [server({ stdlib: 'go1.26', same: 'v1', made: 'v2', local: null })],
  )
  expect(changes).toMatchObject([
    {
      kind: 'changed',
      growth: 0,
      parts: [
        { name: 'gone', kind: 'removed', before: 'v1', after: null },
        { name: 'made', kind: 'new', before: null, after: 'v2' },
        { name: 'stdlib', kind: 'updated', before: 'go1.25', after: 'go1.26' },
      ],
    },
  ])
})

test.each<[string, PlacedPackages]>([
  ['packages were folded', layer('b', [], { folded: { packages: 1, fileBytes: 1, files: 1 } })],
  ['metadata was not read', layer('b', [], { complete: false })],
  ['a layer is not known', { place: 'b', packages: null }],
])('lists nothing as new or removed if %s on the other side', (_, unsure) => {
  const [old, now] = [
    layer('a', [one('a', '1', 1), one('gone', '1', 1)]),
    layer('a', [one('a', '2', 2), one('made', '1', 1)]),
  ]
  expect(told(comparePackages([old, unsure], [now]))).toEqual([
    ['updated', 'a', ['1'], ['2'], 1],
    ['removed', 'gone', ['1'], undefined, -1],
  ])
  expect(told(comparePackages([old], [now, unsure]))).toEqual([
    ['updated', 'a', ['1'], ['2'], 1],
    ['new', 'made', undefined, ['1'], 1],
  ])
  expect([comparePackages([old, unsure], [now]).complete, comparePackages([old], [now]).complete]).toEqual([
    false,
    true,
  ])
})

test('has a total growth that is that of all packages, and is negated if the sides are swapped', () => {
  const some = fc.array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'hasOwnProperty'),
      fc.constantFrom('1', '2', null),
      fc.nat(1_000),
      fc.constantFrom('x', 'y'),
    ),
    { maxLength: 12 },
  )
  const placed = some.map((list) =>
    ['x', 'y'].map((place) =>
      layer(
        place,
        list.filter(([, , , its]) => its === place).map(([name, version, bytes]) => one(name, version, bytes)),
      ),
    ),
  )
  const bytesOf = (layers: readonly PlacedPackages[]): number =>
    layers.flatMap(({ packages }) => packages?.packages ?? []).reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  fc.assert(
    fc.property(placed, placed, (before, after) => {
      const { changes } = comparePackages(before, after)
      expect(changes.reduce((sum, { growth }) => sum + growth, 0)).toBe(bytesOf(after) - bytesOf(before))
      expect(changes.map(({ growth }) => growth)).toEqual(changes.map(({ growth }) => growth).toSorted((a, b) => b - a))
      const back = comparePackages(after, before).changes.map(({ name, growth }) => [name, -growth])
      expect(back.toSorted()).toEqual(changes.map(({ name, growth }) => [name, growth === 0 ? -0 : growth]).toSorted())
      expect(comparePackages(after, after).changes).toEqual([])
    }),
  )
})
