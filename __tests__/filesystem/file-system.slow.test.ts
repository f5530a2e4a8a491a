/** Layers are stacked as a plain model of the engines does it, and rule by rule. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { findWaste, type FilesAndWaste } from '../../src/filesystem/waste.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import type { LayerEntry } from '../../src/layer/layer-index.ts'
import type { Cache } from '../../src/record/footprint.ts'
import { findCaches } from '../../src/savings/caches.ts'
import { layer } from '../support/footprints.ts'

const digest = `sha256:${'0'.repeat(64)}` as const

const dir = (path: string): LayerEntry => ({ path, kind: 'directory', fileBytes: 0 })
const file = (path: string, fileBytes: number): LayerEntry => ({ path, kind: 'file', fileBytes })
const link = (path: string, linkTarget: string): LayerEntry => ({ path, kind: 'symlink', fileBytes: 0, linkTarget })
const hard = (path: string, linkTarget: string): LayerEntry => ({ path, kind: 'hardlink', fileBytes: 0, linkTarget })
const gone = (path: string): LayerEntry => ({ path: path.replace(/[^/]*$/, '.wh.$&'), kind: 'whiteout', fileBytes: 0 })
const opaque = (path: string): LayerEntry => ({
  path: `${path === '' ? '' : `${path}/`}.wh..wh..opq`,
  kind: 'opaque-whiteout',
  fileBytes: 0,
})

/** Each link leads through the one before it. */
const chained = (count: number): LayerEntry[] =>
  Array.from({ length: count - 1 }, (_, nth) => link(`l${nth + 1}`, `l${nth}`))

/** Each link leads through the one before it twice, so that following the last one takes twice as many steps. */
const doubled = (count: number): LayerEntry[] =>
  Array.from({ length: count }, (_, nth) => link(`l${nth + 1}`, `l${nth}/../l${nth}`))

interface Merged {
  readonly files: Readonly<Record<string, number>>
  readonly savings: FilesAndWaste & { readonly caches: readonly Cache[] }
}

/** Uses the packed list, as it is stored. Null if an engine would refuse a layer. */
function merge(layers: readonly (readonly LayerEntry[])[], baseLayers: number | null = 0): Merged | null {
  const fileSystem = new FileSystem()
  for (const entries of layers) {
    const writer = new EntryListWriter()
    for (const entry of entries) writer.add(entry)
    fileSystem.beginLayer()
    expect(readEntryList(writer.list(digest)!, digest, (entry) => fileSystem.add(entry))).toBe(true)
    fileSystem.endLayer()
  }
  if (!fileSystem.isValid) return null
  const sums = layers.map((entries) => layer({ fileBytes: entries.reduce((sum, { fileBytes }) => sum + fileBytes, 0) }))
  const savings = { ...findWaste(fileSystem, sums, baseLayers)!, caches: findCaches(fileSystem) }
  const files: Record<string, number> = {}
  for (let node = 0; node < fileSystem.tree.count; node += 1) {
    const found = fileSystem.fileAt(node)
    if (found !== -1) files[fileSystem.tree.path(node)] = fileSystem.files.sizeOf(found)
  }
  expect(savings.fileSystem.files).toBe(Object.keys(files).length)
  expect(savings.waste.fileBytes).toBe(
    sums.reduce((sum, { fileBytes }) => sum + fileBytes!, 0) - savings.fileSystem.fileBytes,
  )
  return { files, savings }
}

describe('stacks layers as Docker does with overlay2 and the containerd store', () => {
  const d = [dir('d'), file('d/x', 10)]
  const real = [dir('real'), file('real/x', 10)]
  test.each<[string, LayerEntry[][], Record<string, number> | null]>([
    [
      'a parent that is a link of a lower layer becomes a directory',
      [[...real, link('a', 'real')], [file('a/b', 20)]],
      { 'a/b': 20, 'real/x': 10 },
    ],
    [
      'a parent that is a link of the same layer is followed',
      [real, [dir('real'), link('a', 'real'), file('a/b', 20)]],
      { 'real/b': 20, 'real/x': 10 },
    ],
    [
      'an absolute link of the same layer is followed',
      [real, [dir('real'), link('a', '/real'), file('a/b', 20)]],
      { 'real/b': 20, 'real/x': 10 },
    ],
    [
      'a link to nothing in the same layer is followed',
      [real, [link('a', 'real'), file('a/b', 20)]],
      { 'real/b': 20, 'real/x': 10 },
    ],
    [
      'a link that leads above the root ends there',
      [[dir('r'), link('r/a', '../../../q'), file('r/a/x', 3)]],
      { 'q/x': 3 },
    ],
    ['links in a circle are refused', [[link('a', 'b'), link('b', 'a'), file('a/x', 3)]], null],
    [
      'links that lead through each other many times are refused',
      [[dir('d'), link('l0', 'd'), ...doubled(20), file('l20/x', 3)]],
      null,
    ],
    [
      'a path may lead through forty links',
      [[dir('d'), link('l0', 'd'), ...chained(40), file('l39/x', 3)]],
      { 'd/x': 3 },
    ],
    ['a path through more links is refused', [[dir('d'), link('l0', 'd'), ...chained(41), file('l40/x', 3)]], null],
    [
      'a directory replaces a link of the same layer',
      [[dir('r'), file('r/a', 10), link('s', 'r'), dir('s'), file('s/q', 2)]],
      { 'r/a': 10, 's/q': 2 },
    ],
    [
      'a directory after its whiteout is merged with the one below',
      [d, [gone('d'), dir('d'), file('d/y', 5)]],
      { 'd/x': 10, 'd/y': 5 },
    ],
    ['a whiteout after an entry that it names is refused', [d, [dir('d'), file('d/y', 5), gone('d')]], null],
    ['an entry below a whiteout is refused', [d, [gone('d'), file('d/y', 5)]], null],
    ['a file may follow its whiteout', [d, [gone('d'), file('d', 5)]], { d: 5 }],
    [
      "an opaque whiteout at the end of a layer keeps the layer's own files",
      [d, [dir('d'), file('d/y', 5), opaque('d')]],
      { 'd/y': 5 },
    ],
    ['an opaque whiteout needs no directory entry', [d, [opaque('d'), file('d/y', 5)]], { 'd/y': 5 }],
    [
      'an opaque whiteout hides lower directories',
      [
        [...d, dir('d/e'), file('d/e/z', 3)],
        [dir('d'), dir('d/e'), file('d/e/n', 1), opaque('d')],
      ],
      { 'd/e/n': 1 },
    ],
    [
      'an opaque whiteout at the root hides everything below',
      [
        [...d, file('r', 3)],
        [opaque(''), file('y', 5)],
      ],
      { 'd/x': 10, r: 3, y: 5 },
    ],
    ['an opaque whiteout in a file removes the file', [[file('d', 10)], [opaque('d')]], {}],
    [
      'an opaque whiteout follows a link',
      [
        [dir('r'), file('r/x', 5), file('r/y', 6)],
        [dir('r'), link('s', 'r'), opaque('s')],
      ],
      {},
    ],
    [
      'a whiteout follows a link',
      [
        [dir('r'), file('r/x', 5), file('r/y', 6)],
        [dir('r'), link('s', 'r'), gone('s/x')],
      ],
      { 'r/y': 6 },
    ],
    [
      'a whiteout follows no link of a lower layer',
      [[dir('r'), file('r/a', 10), link('s', 'r')], [gone('s/a')]],
      { 'r/a': 10 },
    ],
    ['a whiteout in a file hides nothing', [[file('r', 3)], [gone('r/a')]], {}],
    ['a directory replaces a file', [[file('a', 10)], [dir('a'), file('a/b', 2)]], { 'a/b': 2 }],
    ['a directory without an entry of its own replaces a file', [[file('a', 10)], [file('a/b', 2)]], { 'a/b': 2 }],
    [
      'a file between two directories hides the lower one',
      [[dir('a'), file('a/b', 10)], [file('a', 2)], [dir('a'), file('a/c', 4)]],
      { 'a/c': 4 },
    ],
    [
      'a fifo between two directories hides the lower one',
      [d, [{ path: 'd', kind: 'fifo', fileBytes: 0 }], [dir('d'), file('d/y', 1)]],
      { 'd/y': 1 },
    ],
    ['the last entry of a path counts', [[file('a', 10), file('a', 2)]], { a: 2 }],
    ['a file replaces a directory of the same layer', [[dir('a'), file('a/b', 10), file('a', 2)]], { a: 2 }],
    ['a directory replaces a file of the same layer', [[file('a', 10), dir('a'), file('a/b', 2)]], { 'a/b': 2 }],
    [
      'a directory that replaces a file of its layer is merged with the one below',
      [d, [file('d', 3), dir('d'), file('d/y', 4)]],
      { 'd/x': 10, 'd/y': 4 },
    ],
    [
      'a directory that replaces a file is merged even after an opaque whiteout',
      [d, [dir('d'), opaque('d'), file('d', 3), dir('d'), file('d/y', 4)]],
      { 'd/x': 10, 'd/y': 4 },
    ],
    ['an entry below a file of the same layer is refused', [[file('a', 10), file('a/b', 2)]], null],
    ['removing one of two hard links keeps the other', [[file('a', 10), hard('b', 'a')], [gone('a')]], { b: 10 }],
    ['a hard link to a file of a lower layer is refused', [[file('a', 10)], [hard('b', 'a')]], null],
    [
      'a hard link keeps the file that its target was',
      [[file('a', 10), hard('b', 'a'), file('a', 3)]],
      { a: 3, b: 10 },
    ],
    ['a hard link to a link is a link', [[file('a', 10), link('s', 'a'), hard('b', 's')]], { a: 10 }],
    [
      'a hard link follows a link to its directory',
      [[dir('r'), file('r/a', 10), link('s', 'r'), hard('b', './s/a')]],
      { 'r/a': 10, b: 10 },
    ],
    ['a hard link before its target is refused', [[hard('b', 'a'), file('a', 10)]], null],
    ['a hard link to itself is refused', [[file('a', 10), hard('a', 'a')]], null],
    [
      'a hard link may replace what a whiteout removed',
      [[file('a', 7)], [file('b', 3), gone('c'), hard('c', 'b')]],
      { a: 7, b: 3, c: 3 },
    ],
    [
      'metadata files of AUFS are ignored, but not those in its folders',
      [[file('b', 1)], [{ ...dir('.wh..wh.plnk') }, file('.wh..wh.plnk/1', 10), file('.wh..wh.aufs', 4), file('a', 3)]],
      { '.wh..wh.plnk/1': 10, a: 3, b: 1 },
    ],
    ['a whiteout without a name is refused', [d, [{ path: 'd/.wh.', kind: 'whiteout', fileBytes: 0 }]], null],
    ['a whiteout of the directory itself is refused', [d, [{ path: 'd/.wh..', kind: 'whiteout', fileBytes: 0 }]], null],
    [
      'names may contain any characters',
      [[dir('d'), file('d/\u00e9\u{1f600}', 10), file('d/\\377', 2)], [gone('d/\u00e9\u{1f600}')]],
      { 'd/\\377': 2 },
    ],
  ])('%s', (_name, layers, expected) => {
    expect(merge(layers)?.files ?? null).toEqual(expected)
  })
})

describe('waste', () => {
  test('names the files, the layer that added them and the layer that hides them', () => {
    const merged = merge([
      [file('a', 10), file('b', 20)],
      [dir('d'), file('d/x', 300), file('b', 20)],
      [gone('a'), gone('d')],
    ])!
    expect(merged.savings.waste).toEqual({
      fileBytes: 330,
      baseFileBytes: 0,
      items: [
        { path: 'd/x', kind: 'file', files: 1, fileBytes: 300, sameSizeBytes: 0, addedBy: 1, hiddenBy: 2 },
        { path: 'b', kind: 'file', files: 1, fileBytes: 20, sameSizeBytes: 20, addedBy: 0, hiddenBy: 1 },
        { path: 'a', kind: 'file', files: 1, fileBytes: 10, sameSizeBytes: 0, addedBy: 0, hiddenBy: 2 },
      ],
    })
  })

  test('within the base image is only a sum', () => {
    const layers = [[file('a', 10), file('b', 20), file('c', 30)], [gone('a')], [gone('b')]]
    expect(merge(layers, 2)!.savings.waste).toMatchObject({ fileBytes: 30, baseFileBytes: 10, items: [{ path: 'b' }] })
    expect(merge(layers, null)!.savings.waste).toMatchObject({
      fileBytes: 30,
      baseFileBytes: null,
      items: [{ path: 'b' }, { path: 'a' }],
    })
  })

  test('of many files is listed by directory, and of a few by file', () => {
    const many = Array.from({ length: 30 }, (_, nth) => file(`var/lists/f${nth}`, 100 + nth))
    const merged = merge([
      [...many, file('var/big', 90_000), file('x', 1)],
      [gone('var/lists'), gone('var/big'), gone('x')],
    ])!
    expect(
      merged.savings.waste.items.map(({ path, kind, files, fileBytes }) => [path, kind, files, fileBytes]),
    ).toEqual([
      ['var/big', 'file', 1, 90_000],
      ['var/lists', 'directory', 30, 3_435],
      ['x', 'file', 1, 1],
    ])
  })

  test('includes the bytes of a hard link once its last name is gone', () => {
    const layers = [[file('a', 10), hard('b', 'a')], [gone('a')], [gone('b')]]
    expect(merge(layers.slice(0, 2))!.savings.waste.fileBytes).toBe(0)
    expect(merge(layers)!.savings).toMatchObject({
      fileSystem: { files: 0, fileBytes: 0 },
      waste: { fileBytes: 10, items: [{ path: 'a', hiddenBy: 2 }] },
    })
  })

  test('of a directory with more files than a call has arguments', () => {
    const many = Array.from({ length: 200_000 }, (_, nth) => file(`cache/f${nth}`, 1))
    expect(merge([many, [gone('cache')]])!.savings.waste.items).toEqual([
      {
        path: 'cache',
        kind: 'directory',
        files: 200_000,
        fileBytes: 200_000,
        sameSizeBytes: 0,
        addedBy: 0,
        hiddenBy: 1,
      },
    ])
    const few = [file('cache/g', 1_000_000), ...many]
    expect(merge([few, [gone('cache')]])!.savings.waste.items).toHaveLength(20)
  })

  test('is not known if the sums do not agree', () => {
    expect(findWaste(new FileSystem(), [layer({ fileBytes: 1 })], 0)).toBeNull()
  })
})

test('links with long targets are followed only for a limited time', () => {
  const target = 'd/../'.repeat(800)
  const below = (count: number): LayerEntry[] =>
    Array.from({ length: count }, (_, nth) => [file(`s/a${nth}/x`, 1), file(`t/a${nth}/x`, 1)]).flat()
  const linked = [dir('d'), link('s', target), link('t', target)]
  expect(Object.keys(merge([[...linked, ...below(1_000)]])!.files)).toHaveLength(1_000)
  expect(merge([[...linked, ...below(4_000)]])).toBeNull()
})

test('caches of the final file system are listed by the layer that put the files there', () => {
  const merged = merge([
    [
      file('var/lib/apt/lists/a', 10),
      file('var/lib/apt/lists/b', 20),
      file('root/.cache/pip/x', 5),
      file('root/.cache/y', 7),
      file('home/u/.npm/z', 3),
    ],
    [
      gone('var/lib/apt/lists/a'),
      file('var/lib/apt/lists/c', 40),
      file('app/__pycache__/m', 2),
      file('app/sub/__pycache__/m', 4),
      file('__pycache__x', 9),
    ],
  ])!
  expect(merged.savings.caches.map(({ path, files, fileBytes, addedBy }) => [path, files, fileBytes, addedBy])).toEqual(
    [
      ['var/lib/apt/lists', 1, 40, 1],
      ['var/lib/apt/lists', 1, 20, 0],
      ['root/.cache', 1, 7, 0],
      ['__pycache__', 2, 6, 1],
      ['root/.cache/pip', 1, 5, 0],
      ['home/u/.npm', 1, 3, 0],
    ],
  )
})

/** What engines do, the slow way: each layer by itself, then on top of those below. Null if they refuse it. */
function model(layers: readonly (readonly LayerEntry[])[]): Record<string, number> | null {
  type Node = { kind: string; inode?: { bytes: number }; target?: string; opaque?: boolean }
  let below = new Map<string, Node>()
  for (const entries of layers) {
    const own = new Map<string, Node>()
    const within = (path: string, other: string): boolean => other.startsWith(`${path}/`)
    const resolve = (parts: readonly string[], at: readonly string[], hops: number): readonly string[] | null => {
      let now = at
      for (const part of parts) {
        if (part === '' || part === '.') continue
        if (part === '..') now = now.slice(0, -1)
        else {
          const path = [...now, part].join('/')
          const node = own.get(path)
          if (!node) own.set(path, { kind: 'directory' })
          if (!node || node.kind === 'directory') now = [...now, part]
          else if (node.kind === 'symlink' && hops < 40) {
            const led = resolve(node.target!.split('/'), node.target!.startsWith('/') ? [] : now, hops + 1)
            if (!led) return null
            now = led
          } else return null
        }
      }
      return now
    }
    for (const { path, kind, fileBytes, linkTarget = '' } of entries) {
      const parts = path.split('/')
      const name = parts.pop()!
      const parent = resolve(parts, [], 0)
      if (!parent) return null
      const full = [...parent, name].join('/')
      const remove = (): void => {
        for (const other of [...own.keys()]) if (other === full || within(full, other)) own.delete(other)
      }
      if (kind === 'opaque-whiteout') {
        if (parent.length > 0) own.get(parent.join('/'))!.opaque = true
      } else if (kind === 'whiteout') {
        const hidden = [...parent, name.slice(4)].join('/')
        if (own.has(hidden)) return null
        own.set(hidden, { kind })
      } else if (kind === 'directory') {
        if (own.get(full)?.kind !== 'directory') {
          remove()
          own.set(full, { kind })
        }
      } else if (kind === 'hardlink') {
        const to = linkTarget.split('/')
        const last = to.pop()!
        const at = resolve(to, [], 0)
        const target = at && [...at, last].join('/')
        if (!target || target === full) return null
        remove()
        const node = own.get(target)
        if (!node || node.kind === 'directory' || node.kind === 'whiteout') return null
        own.set(full, { ...node })
      } else {
        remove()
        own.set(full, { kind, target: linkTarget, ...(kind === 'file' ? { inode: { bytes: fileBytes } } : {}) })
      }
    }
    const next = new Map<string, Node>()
    for (const [path, node] of below) {
      const hidden = [...own].some(([over, { kind, opaque: all }]) =>
        kind === 'directory' ? all === true && within(over, path) : over === path || within(over, path),
      )
      if (!hidden && !(own.get(path) && node.kind !== 'directory')) next.set(path, node)
    }
    for (const [path, node] of own) if (node.kind !== 'whiteout') next.set(path, node)
    below = next
  }
  return Object.fromEntries([...below].flatMap(([path, { inode }]) => (inode ? [[path, inode.bytes]] : [])))
}

const names = ['a', 'b', 'c']
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(path, fc.integer({ min: 0, max: 300 })).map(([at, bytes]) => file(at, bytes)) },
  { weight: 3, arbitrary: path.map(dir) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        path,
        fc.oneof(
          path,
          path.map((to) => `/${to}`),
          path.map((to) => `../${to}`),
        ),
      )
      .map(([at, to]) => link(at, to)),
  },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, to]) => hard(at, to)) },
  { weight: 2, arbitrary: path.map(gone) },
  { weight: 1, arbitrary: fc.oneof(path, fc.constant('')).map(opaque) },
  { weight: 1, arbitrary: path.map((at): LayerEntry => ({ path: at, kind: 'fifo', fileBytes: 0 })) },
)

test('random layers are stacked as in the model', () => {
  let clear = 0
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), (layers) => {
      const expected = model(layers)
      const merged = merge(layers)
      expect(merged?.files ?? null).toEqual(expected)
      if (!merged) return
      clear += 1
      expect(
        merged.savings.waste.items.length > 19 ||
          merged.savings.waste.items.reduce((sum, { fileBytes }) => sum + fileBytes, 0) ===
            merged.savings.waste.fileBytes,
      ).toBe(true)
    }),
    { numRuns: 2_000 },
  )
  expect(clear).toBeGreaterThan(300)
})
