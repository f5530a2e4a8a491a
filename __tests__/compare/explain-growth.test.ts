/** Packages explain the growth of a layer before paths do, and no byte counts twice. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { explainGrowth, type Explanation } from '../../src/compare/explain-growth.ts'
import type { ContentLists, RecordedPackage, RecordedPackages } from '../../src/record/contents.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { layer } from '../support/footprints.ts'

type Sizes = Readonly<Record<string, number>>
interface One {
  readonly name: string
  readonly version: string | null
  readonly files: Sizes
  readonly parts?: RecordedPackage['parts']
}

const bytesOf = (files: Sizes): number => Object.values(files).reduce((sum, size) => sum + size, 0)

function listsOf(files: Sizes): ContentLists {
  const directories = new Map<string, { fileBytes: number; files: number }>()
  for (const [path, fileBytes] of Object.entries(files)) {
    const segments = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= segments.length; depth++) {
      const directory = segments.slice(0, depth).join('/')
      const sums = directories.get(directory) ?? { fileBytes: 0, files: 0 }
      directories.set(directory, { fileBytes: sums.fileBytes + fileBytes, files: sums.files + 1 })
    }
  }
  return {
    files: Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes })),
    directories: [...directories].map(([path, sums]) => ({ path, ...sums })),
    complete: true,
  }
}

/** A layer with these packages and other files. */
function holding(packages: readonly One[], others: Sizes = {}, change: Partial<RecordedPackages> = {}): Layer {
  const all: Sizes = Object.assign({}, others, ...packages.map(({ files }) => files)) as Sizes
  const recorded: RecordedPackages = {
    packages: packages.map(({ name, version, files, parts }) => ({
      ecosystem: 'pypi',
      name,
      version,
      path: name,
      fileBytes: bytesOf(files),
      files: Object.keys(files).length,
      ...(parts === undefined ? {} : { parts }),
    })),
    folded: { packages: 0, fileBytes: 0, files: 0 },
    complete: true,
    others: packages.length === 0 ? null : listsOf(others),
    ...change,
  }
  return layer({ fileBytes: bytesOf(all), contents: { ...listsOf(all), packages: recorded } })
}

const site = 'venv/site-packages'
const python = (name: string, version: string | null, size: number): One => ({
  name,
  version,
  files: { [`${site}/${name}/__init__.py`]: size - 10, [`${site}/${name}-${version}.dist-info/RECORD`]: 10 },
})

const withoutPackages = ({ contents, ...of }: Layer): Layer => {
  if (!contents) throw new Error('no contents')
  const { files, directories, complete } = contents
  return { ...of, contents: { files, directories, complete } }
}

const told = ({ packages, paths }: Explanation): readonly string[] => [
  ...packages.map(
    ({ kind, name, before, after, growth }) =>
      `${kind} ${name} ${before?.versions.join('+') ?? '-'} ${after?.versions.join('+') ?? '-'} ${growth}`,
  ),
  ...paths.map(
    (path) =>
      `${path.otherFiles ? 'other files in ' : ''}${path.path} ${path.before ?? '-'} ${path.after ?? '-'} ${path.package ?? '-'}`,
  ),
]

describe('if both sides know their packages', () => {
  test('lists updated, new and removed ones, the largest change first', () => {
    const before = holding([python('urllib3', '1.26.5', 1_100), python('six', '1.16', 400), python('same', '1', 50)])
    const after = holding([python('urllib3', '2.6.3', 1_970), python('rignore', '0.7', 2_540), python('same', '1', 50)])
    expect(told(explainGrowth(before, after))).toEqual([
      'new rignore - 0.7 2540',
      'updated urllib3 1.26.5 2.6.3 870',
      'removed six 1.16 - -400',
    ])
  })

  test('names a package of 5 MB among 400 small ones, although lists of files would not have it', () => {
    const small = Array.from({ length: 400 }, (_, nth) => python(`p${nth}`, '1', 20 + nth))
    expect(told(explainGrowth(holding(small), holding([...small, python('huge', '1', 5_000_000)])))).toEqual([
      'new huge - 1 5000000',
    ])
  })

  test('lists all packages of an added layer as new, and all of a removed layer as removed', () => {
    const some = holding([python('a', '1', 100), python('b', null, 40)])
    expect(told(explainGrowth(null, some))).toEqual(['new a - 1 100', 'new b -  40'])
    expect(told(explainGrowth(some, null))).toEqual(['removed a 1 - -100', 'removed b  - -40'])
  })

  test('does not list a package that only moved within the layer', () => {
    const elsewhere = { ...python('a', '1', 100), files: { 'opt/a/x': 90, 'opt/a/y': 10 } }
    expect(told(explainGrowth(holding([python('a', '1', 100)]), holding([elsewhere, python('b', '1', 30)])))).toEqual([
      'new b - 1 30',
    ])
  })

  test('lists a package with the same version and other bytes', () => {
    expect(told(explainGrowth(holding([python('a', '1', 100)]), holding([python('a', '1', 130)])))).toEqual([
      'changed a 1 1 30',
    ])
  })

  test('lists the modules of a binary whose versions differ, unless a side has too many', () => {
    const server = (size: number, version: string, change: Partial<One> = {}): Layer =>
      holding([
        {
          name: 'example.org/server',
          version: null,
          files: { 'bin/server': size },
          parts: [
            { name: 'stdlib', version },
            { name: 'x', version: 'v1' },
          ],
          ...change,
        },
      ])
    expect(explainGrowth(server(100, 'go1.25'), server(120, 'go1.26')).packages[0]?.parts).toEqual([
      { name: 'stdlib', before: 'go1.25', after: 'go1.26', kind: 'updated' },
    ])
    expect(explainGrowth(server(100, 'go1.25'), server(120, 'go1.26', { parts: null })).packages[0]?.parts).toEqual([])
  })
})

describe('files that belong to no package', () => {
  test('are listed by path, without the bytes of packages', () => {
    const before = holding([python('a', '1', 100)], { 'app/data': 10, [`${site}/loose.py`]: 5 })
    const after = holding([python('a', '2', 150)], { 'app/data': 510, [`${site}/loose.py`]: 5 })
    expect(told(explainGrowth(before, after))).toEqual(['updated a 1 2 50', 'app/data 10 510 -'])
  })

  test('are left out if they are small', () => {
    expect(
      told(explainGrowth(holding([python('a', '1', 100)], { log: 1 }), holding([python('a', '2', 1_000)], { log: 9 }))),
    ).toEqual(['updated a 1 2 900'])
  })

  test('include every cache of more than a hundredth, also beside a larger one that explains nearly all', () => {
    const apt = (lists: number, cache: number, log: number): Sizes => ({
      ...(lists === 0 ? {} : { 'var/lib/apt/lists/deb_Packages': lists, 'var/lib/apt/lists/deb_InRelease': 100 }),
      'var/cache/apt/pkgcache.bin': 47_000 + cache,
      'var/cache/apt/srcpkgcache.bin': 47_000 + cache,
      'var/cache/apt/archives/lock': 0,
      'var/log/dpkg.log': log,
    })
    const [curl, libcurl] = [python('curl', '8', 3_000), python('libcurl', '8', 10_000)]
    const before = holding([python('a', '1', 100)], apt(0, 0, 10))
    const grown = (lists: number, cache: number): readonly string[] =>
      told(explainGrowth(before, holding([python('a', '1', 100), curl, libcurl], apt(lists, cache, 900)))).slice(2)
    expect(grown(91_000, 3_000)).toEqual(['var/lib/apt/lists - 91100 -', 'var/cache/apt 94000 100000 -'])
    expect(grown(91_000, 400)).toEqual(['var/lib/apt/lists - 91100 -'])
    // A cache that shrank counts as well.
    expect(grown(91_000, -3_000)).toEqual(['var/lib/apt/lists - 91100 -', 'var/cache/apt 94000 88000 -'])
    // The same for layers without known packages.
    const all = (files: Sizes): Layer => withoutPackages(holding([], files))
    expect(told(explainGrowth(all(apt(0, 0, 10)), all(apt(91_000, 3_000, 10))))).toEqual([
      'var/lib/apt/lists - 91100 -',
      'var/cache/apt 94000 100000 -',
    ])
  })

  test('are named after a cache that is most of them, even if the other side does not list the cache', () => {
    const cut = (all: Layer): Layer => ({
      ...all,
      contents: all.contents && {
        ...all.contents,
        complete: false,
        directories: all.contents.directories.filter(({ path }) => !path.startsWith('var/lib/apt/lists')),
        files: [],
      },
    })
    const before = cut(holding([], { 'var/lib/apt/extended_states': 2_000 }))
    const grown = (lists: number, other: number): readonly (string | undefined)[] => {
      const files: Sizes = {
        'var/lib/apt/lists/x': lists,
        'var/lib/apt/extended_states': 2_000,
        'var/lib/apt/other': other,
      }
      const [found] = explainGrowth(before, holding([], files)).paths
      return [found?.path, found?.cache, found?.isMostlyCache === true ? 'mostly' : undefined]
    }
    expect(grown(90_000, 0)).toEqual(['var/lib/apt', 'apt package lists', 'mostly'])
    expect(grown(90_000, 20_000)).toEqual(['var/lib/apt', undefined, undefined])
  })

  test('are listed once if a cache is inside of a path that explains the growth', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, nth) => [`root/f${nth}`, 1_000]))
    const files: Sizes = { ...many, 'root/.cache/pip/x': 4_000 }
    const found = explainGrowth(null, holding([], files)).paths
    expect(found.reduce((sum, { after }) => sum + (after ?? 0), 0)).toBeLessThanOrEqual(24_000)
    expect(found.map(({ path }) => path)).toEqual(['root'])
  })

  test('share a directory with packages, and the directory says so and is not new', () => {
    const loose = (size: number): Sizes =>
      Object.fromEntries(Array.from({ length: 20 }, (_, nth) => [`${site}/loose/f${nth}`, size]))
    const [before, after] = [
      holding([python('a', '1', 100)]),
      holding(
        [python('a', '1', 100)],
        Object.fromEntries(Object.entries(loose(10)).map(([path, size]) => [path.replace('/loose', ''), size])),
      ),
    ]
    expect(told(explainGrowth(before, after))).toEqual([`other files in ${site} 0 200 -`])
    expect(told(explainGrowth(before, holding([python('a', '1', 100)], loose(10))))).toEqual([`${site}/loose - 200 -`])
  })

  test('are not new or removed if they belong to a package on the other side', () => {
    const asFile = holding([python('b', '1', 10)], { 'bin/tool': 1_000 })
    const asPackage = holding([python('b', '1', 10), { name: 'tool', version: '1', files: { 'bin/tool': 1_000 } }])
    expect(told(explainGrowth(asFile, asPackage))).toEqual(['new tool - 1 1000'])
  })

  test('may be in a folder that only looks like a package', () => {
    const files: Sizes = Object.fromEntries(Array.from({ length: 20 }, (_, nth) => [`app/node_modules/x/f${nth}`, 10]))
    expect(told(explainGrowth(holding([]), holding([], files)))).toEqual(['app/node_modules/x - 200 -'])
  })
})

describe('if not all packages are known', () => {
  const [before, after] = [
    holding([python('a', '1', 100), python('b', '1', 70)]),
    holding([python('a', '2', 300), python('b', '1', 70)]),
  ]
  const byPaths = [`${site}/a/__init__.py 90 290 a`]

  test('explains the growth by paths, for a record of an earlier release', () => {
    for (const [from, to] of [
      [withoutPackages(before), after],
      [before, withoutPackages(after)],
      [withoutPackages(before), withoutPackages(after)],
    ] as const) {
      expect(told(explainGrowth(from, to))).toEqual(byPaths)
    }
    // A layer that does not exist has no packages, and those of the other side are known.
    expect(told(explainGrowth(null, withoutPackages(after)))).toEqual([
      `${site}/a/__init__.py - 290 a`,
      `${site}/b/__init__.py - 60 b`,
    ])
  })

  test('lists no folded package as new or removed, and does not count its bytes as a path', () => {
    const folded = holding([python('a', '2', 300)], {}, { folded: { packages: 1, fileBytes: 70, files: 2 } })
    expect(told(explainGrowth(before, { ...folded, fileBytes: 370 }))).toEqual(['updated a 1 2 200'])
  })

  test('uses packages only if they explain half of the growth, if metadata was not read', () => {
    const unread = holding([python('a', '2', 300)], {}, { complete: false })
    const grown = holding([python('a', '2', 300), python('b', '1', 70), python('c', '1', 5_000)])
    expect(told(explainGrowth(before, { ...unread, fileBytes: 370 }))).toEqual(['updated a 1 2 200'])
    const asFiles = {
      ...grown,
      contents: grown.contents && { ...grown.contents, packages: unread.contents?.packages ?? null },
    }
    expect(told(explainGrowth(before, asFiles))).toEqual([`${site}/c/__init__.py - 4990 c`])
  })
})

test('the growth of packages and of all other files adds up to that of the layer', () => {
  const some = fc.record({
    packages: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        version: fc.constantFrom('1', '2'),
        size: fc.integer({ min: 11, max: 1_000 }),
      }),
      { selector: ({ name }) => name },
    ),
    other: fc.nat(2_000),
  })
  fc.assert(
    fc.property(some, some, (from, to) => {
      const side = ({ packages, other }: typeof from): Layer =>
        holding(
          packages.map(({ name, version, size }) => python(name, version, size)),
          other === 0 ? {} : { 'etc/other': other },
        )
      const [before, after] = [side(from), side(to)]
      const { packages, paths } = explainGrowth(before, after)
      const ofPackages = packages.reduce((sum, { growth }) => sum + growth, 0)
      const ofPaths = paths.reduce((sum, path) => sum + (path.after ?? 0) - (path.before ?? 0), 0)
      expect(ofPackages + to.other - from.other).toBe((after.fileBytes ?? 0) - (before.fileBytes ?? 0))
      expect([0, to.other - from.other]).toContain(ofPaths)
    }),
  )
})

test('packages begin with the one that grew most, or in a layer that shrank with the one that shrank most', () => {
  const [small, large] = [python('grew', '1', 2_000), python('gone', '1', 9_000)]
  const more = python('most', '1', 12_000)
  const namesOf = ({ packages }: Explanation): readonly string[] => packages.map(({ name }) => name)
  expect(namesOf(explainGrowth(holding([large]), holding([small, more])))).toEqual(['most', 'grew', 'gone'])
  expect(namesOf(explainGrowth(holding([small, more]), holding([large])))).toEqual(['most', 'grew', 'gone'])
  expect(namesOf(explainGrowth(holding([small]), holding([large])))).toEqual(['gone', 'grew'])
})
