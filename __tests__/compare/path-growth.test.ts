import { describe, expect, test } from '@jest/globals'
import { explainGrowth } from '../../src/compare/explain-growth.ts'
import type { LayerContents } from '../../src/record/contents.ts'
import type { Layer } from '../../src/record/footprint.ts'
import { pathWords } from '../../src/report/path-words.ts'
import { layer } from '../support/footprints.ts'

type Sizes = Readonly<Record<string, number>>

/** A layer with these files, and all of its directories listed. */
function holding(files: Sizes, change: (contents: LayerContents) => LayerContents = (same) => same): Layer {
  const directories = new Map<string, { fileBytes: number; files: number }>()
  for (const [path, fileBytes] of Object.entries(files)) {
    const segments = path.split('/').slice(0, -1)
    for (let depth = 2; depth <= segments.length; depth++) {
      const directory = segments.slice(0, depth).join('/')
      const sums = directories.get(directory) ?? { fileBytes: 0, files: 0 }
      directories.set(directory, { fileBytes: sums.fileBytes + fileBytes, files: sums.files + 1 })
    }
  }
  return layer({
    fileBytes: Object.values(files).reduce((total, size) => total + size, 0),
    contents: change({
      files: Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes })),
      directories: [...directories].map(([path, sums]) => ({ path, ...sums })),
      complete: true,
    }),
  })
}

const many = (directory: string, size: number, count = 30): Sizes =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${directory}/f${n}.js`, size]))

/** `path before after package` */
const told = (before: Layer | null, after: Layer | null): readonly string[] =>
  explainGrowth(before, after).paths.map(
    (each) => `${each.kind} ${each.path} ${each.before ?? '-'} ${each.after ?? '-'} ${each.package ?? '-'}`,
  )

test('a file that was or is empty is neither new nor removed', () => {
  const [empty, full] = [holding({ 'app/b': 9 }, (all) => ({ ...all, bare: ['app/a', 'app/c/'] })), holding({ 'app/a': 5_000, 'app/b': 9 })] // prettier-ignore
  expect(told(empty, full)).toEqual(['file app/a 0 5000 -'])
  expect(told(full, empty)).toEqual(['file app/a 5000 0 -'])
  expect(told(holding({ 'app/b': 9 }), full)).toEqual(['file app/a - 5000 -'])
})

test('names the history of Git, and no file in it', () => {
  const path = 'app/.git/objects/pack/pack-6dfdf0c1a7a1c8e1.pack'
  const found = explainGrowth(
    holding({ 'app/main.js': 10, 'app/lib/a.js': 5 }),
    holding({ 'app/main.js': 10, 'app/lib/a.js': 5, [path]: 90_000, 'app/.git/index': 400 }),
  )
  expect(found.paths.map((one) => pathWords(one, (text) => text))).toEqual(['history of Git in app/.git/ new, 90.4 kB'])
})

describe('a layer on both sides', () => {
  test.each<[string, Sizes, Sizes, string[]]>([
    [
      'names one file that grew',
      { '/root/twist.pex': 3_400, '/root/other': 100 },
      { '/root/twist.pex': 6_700, '/root/other': 100 },
      ['file /root/twist.pex 3400 6700 -'],
    ],
    ['names a new file', { '/a/b/x': 5 }, { '/a/b/x': 5, '/a/b/y': 50 }, ['file /a/b/y - 50 -']],
    ['names a removed file', { '/a/b/x': 5, '/a/b/y': 50 }, { '/a/b/x': 5 }, ['file /a/b/y 50 - -']],
    [
      'names two files in two directories',
      { '/a/x': 1, '/b/y': 1 },
      { '/a/x': 101, '/b/y': 91 },
      ['file /a/x 1 101 -', 'file /b/y 1 91 -'],
    ],
    [
      'names only the large one of two files',
      { '/a/x': 1, '/b/y': 1 },
      { '/a/x': 1_001, '/b/y': 21 },
      ['file /a/x 1 1001 -'],
    ],
    [
      'names the directory of many small files of a package',
      { '/app/main.js': 10, ...many('/app/node_modules/foo', 10) },
      { '/app/main.js': 11, ...many('/app/node_modules/foo', 20) },
      ['directory /app/node_modules/foo 300 600 foo'],
    ],
    [
      'names the directory of two files of one package',
      { '/v/site-packages/foo/a.py': 10, '/v/site-packages/foo/b.py': 10 },
      { '/v/site-packages/foo/a.py': 60, '/v/site-packages/foo/b.py': 60 },
      ['directory /v/site-packages/foo 20 120 foo'],
    ],
    [
      'names two packages',
      { ...many('/app/node_modules/a', 1), ...many('/app/node_modules/b', 1) },
      { ...many('/app/node_modules/a', 4), ...many('/app/node_modules/b', 3) },
      ['directory /app/node_modules/a 30 120 a', 'directory /app/node_modules/b 30 90 b'],
    ],
    [
      'names the directory of many packages',
      {},
      Object.assign({}, ...Array.from({ length: 20 }, (_, n) => many(`/app/node_modules/p${n}`, 2))) as Sizes,
      ['directory /app/node_modules - 1200 -'],
    ],
    [
      'names both versions of a replaced package',
      { '/g/gems/rake-1.0/x': 1_000, '/g/gems/other-1.0/x': 7 },
      { '/g/gems/rake-2.0/x': 1_200, '/g/gems/other-1.0/x': 7 },
      ['file /g/gems/rake-2.0/x - 1200 rake', 'file /g/gems/rake-1.0/x 1000 - rake'],
    ],
    ['names nothing if nothing grew', { '/a/x': 10 }, { '/a/y': 10 }, []],
  ])('%s', (_, before, after, expected) => {
    expect(told(holding(before), holding(after))).toEqual(expected)
  })

  test('names at most five paths', () => {
    const spread = (size: number, count: number): Sizes =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`/d${n}/file`, size]))
    expect(told(holding(spread(1, 5)), holding(spread(100, 5)))).toHaveLength(5)
    // Five of eight are less than 90 %, but four are half.
    expect(told(holding(spread(1, 8)), holding(spread(100, 8)))).toEqual(
      [0, 1, 2, 3].map((n) => `file /d${n}/file 1 100 -`),
    )
    expect(
      told(
        holding({ '/a/f': 1 }),
        holding({ '/a/f': 1, ...Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`/a/n${n}`, 10])) }),
      ),
    ).toEqual(['directory /a 1 81 -'])
  })

  test('names nothing if growth is even and five paths are less than half of it', () => {
    const spread = (size: number): Sizes =>
      Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`/d${n}/file`, size]))
    expect(told(holding(spread(1)), holding(spread(100)))).toEqual([])
  })

  test('does not take a name with the same beginning for a subfolder', () => {
    expect(
      told(holding({ '/a/x': 1, '/a-b/x': 1, '/a.b/x': 1 }), holding({ '/a/x': 1, '/a-b/x': 100, '/a.b/x': 1 })),
    ).toEqual(['file /a-b/x 1 100 -'])
  })

  test('reads paths with and without a leading slash', () => {
    const bare = (size: number): Layer =>
      layer({
        fileBytes: size,
        contents: {
          files: [{ path: 'root/x', fileBytes: size }],
          directories: [{ path: 'root', fileBytes: size, files: 1 }],
          complete: true,
        },
      })
    expect(told(bare(10), bare(30))).toEqual(['file root/x 10 30 -'])
  })
})

describe('incomplete lists', () => {
  const partial = (contents: LayerContents): LayerContents => ({ ...contents, complete: false })

  test('name a path that one of them lacks if it explains the growth of its directory, else the directory', () => {
    const cut = (contents: LayerContents): LayerContents => partial({ ...contents, files: contents.files.slice(0, 1) })
    expect(told(holding({ '/a/x': 10, '/a/y': 1 }, cut), holding({ '/a/x': 10, '/a/y': 100 }))).toEqual([
      'file /a/y - 100 -',
    ])
    const before = holding({ '/a/x': 10, '/a/y': 1, '/a/z': 1 }, cut)
    expect(told(before, holding({ '/a/x': 10, '/a/y': 100, '/a/z': 100 }))).toEqual(['directory /a 12 210 -'])
  })

  test('name what must have grown, as what the list lacks is lighter than its last item', () => {
    const before = holding({ '/a/x': 10, '/a/y': 1 }, partial)
    const after = holding({ '/a/x': 10, '/a/y': 1, '/new/z': 100 })
    const { paths } = explainGrowth(before, after)
    expect(paths).toMatchObject([{ kind: 'file', path: '/new/z', before: null, after: 100, unlisted: true }])
    expect(paths.map((path) => pathWords(path, (text) => text))).toEqual([
      '/new/z 100 B (new, or too small before for the record)',
    ])
    expect(explainGrowth(after, before).paths.map((path) => pathWords(path, (text) => text))).toEqual([
      '/new/z 100 B before (gone, or too small now for the record)',
    ])
  })

  test('name nothing that may have had a good part of its size before', () => {
    const before = holding({ '/a/x': 10, '/a/y': 5 }, partial)
    expect(told(before, holding({ '/a/x': 10, '/new/z': 44 }))).toEqual([])
  })

  test('name nothing if no path is known on both sides', () => {
    const before = holding({ '/a/x': 10 }, () => ({ files: [], directories: [], complete: false }))
    expect(told(before, holding({ '/b/x': 100 }))).toEqual([])
  })

  test('name nothing if the contents were not read', () => {
    expect(told(layer({ fileBytes: 1 }), holding({ '/b/x': 100 }))).toEqual([])
    expect(told(layer({ fileBytes: 1, contents: null }), holding({ '/b/x': 100 }))).toEqual([])
  })
})

test('files beside the largest paths are named, if they are few and not negligible', () => {
  const large = { '/opt/tool': 1_000 }
  expect(told(null, holding({ ...large, '/etc/x': 30 }))).toEqual(['file /opt/tool - 1000 -', 'file /etc/x - 30 -'])
  expect(told(null, holding({ ...large, '/etc/x': 15 }))).toEqual(['file /opt/tool - 1000 -'])
  expect(told(null, holding({ ...large, '/etc/x': 30, '/etc/y': 40, '/etc/z': 15 }))).toEqual([
    'file /opt/tool - 1000 -',
    'file /etc/y - 40 -',
    'file /etc/x - 30 -',
  ])
  const some = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((each) => [`/etc/${each}`, 20]))
  expect(told(null, holding({ '/opt/tool': 900, ...some }))).toEqual(['file /opt/tool - 900 -'])
  expect(told(null, holding({ ...many('/opt/tool', 100), '/opt/tool/x': 30 }))).toEqual([
    'directory /opt/tool - 3030 -',
  ])
})

test('an added or removed layer names its files', () => {
  expect(told(null, holding({ '/opt/tool': 100, '/etc/x': 1 }))).toEqual(['file /opt/tool - 100 -'])
  expect(told(holding({ '/opt/tool': 100, '/etc/x': 1 }), null)).toEqual(['file /opt/tool 100 - -'])
})

test('contradictory lists are read without an error', () => {
  const odd: LayerContents = {
    files: [
      { path: '/a', fileBytes: Number.MAX_SAFE_INTEGER },
      { path: '/a', fileBytes: 5 },
      { path: '', fileBytes: 3 },
      { path: '//a//b', fileBytes: 9 },
    ],
    directories: [
      { path: '/a', fileBytes: 1, files: 1 },
      { path: '/', fileBytes: 7, files: 0 },
      { path: '/a/', fileBytes: 1, files: 1 },
    ],
    complete: true,
  }
  for (const [a, b] of [
    [null, odd],
    [odd, null],
  ] as const)
    expect(
      explainGrowth(a && layer({ contents: a, fileBytes: 10 }), b && layer({ contents: b, fileBytes: 10 })).paths
        .length,
    ).toBeLessThanOrEqual(5)
})

test('a directory names the file that is a large part of its growth', () => {
  const pages = (bytes: number): Readonly<Record<string, number>> => Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`/srv/p${at}`, bytes])) // prettier-ignore
  const largest = (before: Layer, after: Layer) => explainGrowth(before, after).paths[0]?.largest
  const [old, now] = [holding(pages(10_000)), holding({ ...pages(60_000), '/srv/a.bin': 1_000_000 })]
  expect(largest(old, now)).toEqual({ path: '/srv/a.bin', growth: 1_000_000 })
  expect(largest(now, old)).toEqual({ path: '/srv/a.bin', growth: -1_000_000 })
  expect(largest(old, holding(pages(60_000)))).toBeUndefined()
  const words = (before: Layer, after: Layer) => pathWords(explainGrowth(before, after).paths[0]!, (path) => path)
  expect(words(old, now)).toMatch(/^\/srv\/ \+1\.60 MB .*, of it \/srv\/a\.bin \+1\.00 MB$/)
  // Others shrank beside it.
  const smaller = holding({ ...pages(10_000), '/srv/a.bin': 1_000_000 })
  expect(words(holding(pages(50_000)), smaller)).toMatch(/^\/srv\/ \+520 kB .*, with \/srv\/a\.bin \+1\.00 MB$/)
})
