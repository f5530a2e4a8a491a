import { crc32 } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { ContentsCollector } from '../../src/layer/contents.ts'
import type { TreeLimits } from '../../src/layer/directory-tree.ts'
import type { EntryKind, LayerContents } from '../../src/layer/layer-index.ts'
import { stepCounter } from '../support/steps.ts'
import { contentsOf, header, payload, trailer } from '../support/tar-bytes.ts'

const countSteps = await stepCounter()

type Entry = readonly [path: string, fileBytes: number, kind?: EntryKind]

function collect(entries: Iterable<Entry>, limits?: TreeLimits): LayerContents {
  const collector = new ContentsCollector(limits)
  for (const [path, fileBytes, kind = 'file'] of entries) collector.add({ path, fileBytes, kind })
  return collector.contents()
}

/** The sums of the directories, computed in the simplest way. */
function directoriesOf(entries: readonly Entry[], depth = Infinity): LayerContents['directories'] {
  const sums = new Map<string, { fileBytes: number; files: number }>()
  for (const [path, fileBytes, kind = 'file'] of entries) {
    if (kind !== 'file') continue
    const parts = path.split('/')
    for (let length = 1; length < parts.length && length <= depth; length += 1) {
      const name = parts.slice(0, length).join('/')
      const { fileBytes: bytes = 0, files = 0 } = sums.get(name) ?? {}
      sums.set(name, { fileBytes: bytes + fileBytes, files: files + 1 })
    }
  }
  return [...sums]
    .filter(([, sum]) => sum.fileBytes > 0)
    .map(([path, sum]) => ({ path, ...sum }))
    .sort((a, b) => b.fileBytes - a.fileBytes || (a.path < b.path ? -1 : 1))
}

test('lists files and directories, the heaviest first, then by path', () => {
  const entries: Entry[] = [
    ['', 0, 'directory'],
    ['usr', 0, 'directory'],
    ['usr/lib/b', 30],
    ['usr/lib/a', 30],
    ['usr/bin/c', 50],
    ['root', 5],
    ['usr/empty', 0],
    ['etc/link', 0, 'symlink'],
    ['usr/bin/d', 0, 'hardlink'],
    ['usr/.wh.gone', 0, 'whiteout'],
    ['var/none', 0],
  ]
  expect(collect(entries)).toEqual({
    files: [
      { path: 'usr/bin/c', fileBytes: 50 },
      { path: 'usr/lib/a', fileBytes: 30 },
      { path: 'usr/lib/b', fileBytes: 30 },
      { path: 'root', fileBytes: 5 },
    ],
    directories: [
      { path: 'usr', fileBytes: 110, files: 4 },
      { path: 'usr/lib', fileBytes: 60, files: 2 },
      { path: 'usr/bin', fileBytes: 50, files: 1 },
    ],
    complete: true,
  })
})

test('counts only the last entry of a path among files, and all entries for directories', async () => {
  const bytes = Buffer.concat([
    header('./d/a', 700),
    payload(Buffer.alloc(700)),
    header('/d/b', 600),
    payload(Buffer.alloc(600)),
    header('d/c', 10),
    payload(Buffer.alloc(10)),
    header('d/link', 0, '1'),
    header('d/a', 20),
    payload(Buffer.alloc(20)),
    header('d/b', 0, '2'),
    trailer,
  ])
  expect(await contentsOf(bytes)).toEqual({
    files: [
      { path: 'd/a', fileBytes: 20, checksum: crc32(Buffer.alloc(20)) },
      { path: 'd/c', fileBytes: 10, checksum: crc32(Buffer.alloc(10)) },
    ],
    directories: [{ path: 'd', fileBytes: 1330, files: 4 }],
    complete: true,
  })
})

test('keeps directories with the same beginning apart', () => {
  const entries: Entry[] = [
    ['a/b', 1],
    ['ab/c', 2],
    ['a/b2', 4],
    ['a', 8],
    ['ab', 16],
    ['a/c/d', 32],
    ['a/e', 64],
    ['a/c', 128],
  ]
  expect(collect(entries).directories).toEqual(directoriesOf(entries))
})

describe('with more files than are listed', () => {
  const count = 20_000
  const inOrder = Array.from({ length: count }, (_, nth): Entry => [
    `d${nth % 700}/f${nth}`,
    1 + ((nth * 7919) % count),
  ])
  test.each([
    ['mixed', inOrder],
    ['growing', inOrder.toSorted((a, b) => a[1] - b[1])],
    ['shrinking', inOrder.toSorted((a, b) => b[1] - a[1])],
  ])('lists the heaviest, in %s order', (_, entries) => {
    const { files, directories, complete } = collect(entries)
    const sorted = entries.toSorted((a, b) => b[1] - a[1]).slice(0, 300)
    expect(files).toEqual(sorted.map(([path, fileBytes]) => ({ path, fileBytes })))
    expect(directories).toEqual(directoriesOf(entries).slice(0, 300))
    expect(complete).toBe(false)
  })

  test('lists equal ones by path', () => {
    const entries = Array.from({ length: 5000 }, (_, nth): Entry => [`f${String(nth).padStart(4, '0')}`, 9])
    for (const some of [entries, entries.toReversed()])
      expect(collect(some).files.map(({ path }) => path)).toEqual(entries.slice(0, 300).map(([path]) => path))
  })

  test('lists nothing lighter than what is left out, even if a listed file shrinks', () => {
    const later = inOrder.filter(([, fileBytes]) => fileBytes > count - 100).map(([path]): Entry => [path, 3])
    const { files } = collect([...inOrder, ...later])
    const sorted = inOrder.toSorted((a, b) => b[1] - a[1]).slice(100)
    expect(files.length).toBeGreaterThan(100)
    expect(files).toEqual(sorted.slice(0, files.length).map(([path, fileBytes]) => ({ path, fileBytes })))
  })
})

describe('with hostile paths', () => {
  test('counts directories below 64 levels for those above', () => {
    const entries: Entry[] = [
      [`${'d/'.repeat(200)}f`, 5],
      [`${'d/'.repeat(63)}f`, 7],
      [`${'d/'.repeat(64)}f`, 9],
    ]
    expect(collect(entries.slice(1)).complete).toBe(true)
    const { directories, complete } = collect(entries)
    expect(directories).toEqual(directoriesOf(entries, 64))
    expect(complete).toBe(false)
  })

  test.each([
    ['number', { directories: 500, text: Infinity, depth: 64 }],
    ['length', { directories: Infinity, text: 10_000, depth: 64 }],
  ])('drops the deepest directories beyond a limit on their %s, and keeps the other sums exact', (_, limits) => {
    const entries = Array.from({ length: 3000 }, (_, nth): Entry => [
      `a${nth % 3}/b${nth % 50}/c${nth % 900}/d${nth}/f`,
      nth,
    ])
    for (const some of [entries, entries.toReversed(), entries.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))]) {
      const { directories, complete } = collect(some, limits)
      const depth = Math.max(...directories.map(({ path }) => path.split('/').length))
      expect(depth).toBeGreaterThanOrEqual(1)
      expect(depth).toBeLessThan(4)
      expect(directories).toEqual(directoriesOf(entries, depth).slice(0, 300))
      expect(complete).toBe(false)
    }
  })

  test('lists no directories if even the top level has too many', () => {
    const entries = Array.from({ length: 3000 }, (_, nth): Entry => [`a${nth}/f`, nth])
    expect(collect(entries, { directories: 100, text: Infinity, depth: 64 })).toMatchObject({
      directories: [],
      complete: false,
    })
  })

  test('does not list paths longer than Linux allows, but counts them', () => {
    const { files, directories, complete } = collect([
      [`a/${'x'.repeat(5000)}`, 5],
      [`a/b/${'y'.repeat(5000)}/z`, 6],
      ['a/c', 7],
    ])
    expect(files).toEqual([{ path: 'a/c', fileBytes: 7 }])
    expect(directories).toEqual([
      { path: 'a', fileBytes: 18, files: 3 },
      { path: 'a/b', fileBytes: 6, files: 1 },
    ])
    expect(complete).toBe(false)
  })

  test('limits the lists in characters too', () => {
    const { files } = collect(Array.from({ length: 300 }, (_, nth): Entry => [`${nth}${'x'.repeat(4000)}`, 1000 - nth]))
    expect(files.length).toBe(24)
    expect(files[0]?.fileBytes).toBe(1000)
  })

  test('reads only the beginning of a path of a million characters, and only once for all its entries', async () => {
    const path = `${'d/'.repeat(250_000)}${'x'.repeat(500_000)}`
    const stepsFor = (entries: number): Promise<number> =>
      countSteps(() => {
        const collector = new ContentsCollector()
        for (let nth = 0; nth < entries; nth += 1) collector.add({ path, fileBytes: 1, kind: 'file' })
        expect(collector.contents().directories[0]).toEqual({ path: 'd', fileBytes: entries, files: entries })
      })
    const [first, many] = [await stepsFor(1), await stepsFor(10_001)]
    expect(first).toBeGreaterThan(64)
    expect(first).toBeLessThan(20_000)
    // Its 64 directories alone take more steps.
    expect((many - first) / 10_000).toBeLessThan(20)
  })
})
