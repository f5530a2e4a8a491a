/** Files that moved within a layer are neither new nor removed. */
import { expect, test } from '@jest/globals'
import type { ContentLists } from '../../src/record/contents.ts'
import { movedPaths } from '../../src/compare/moved-files.ts'
import { pathGrowth } from '../../src/compare/path-growth.ts'

type File = ContentLists['files'][number]
const file = (path: string, fileBytes: number, checksum?: number): File =>
  checksum === undefined ? { path, fileBytes } : { path, fileBytes, checksum }

/** Returns the lists of a layer with these files, with all of their directories. */
function lists(files: readonly File[], complete = true): ContentLists {
  const directories = new Map<string, { fileBytes: number; files: number }>()
  for (const { path, fileBytes } of files)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const sum = directories.get(path.slice(0, end)) ?? { fileBytes: 0, files: 0 }
      directories.set(path.slice(0, end), { fileBytes: sum.fileBytes + fileBytes, files: sum.files + 1 })
    }
  return { files: [...files], directories: Array.from(directories, ([path, sums]) => ({ path, ...sums })), complete }
}

const explained = (before: ContentLists, after: ContentLists): unknown => {
  const bytes = ({ files }: ContentLists): number => files.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  return pathGrowth(before, after, bytes(after) - bytes(before), () => null).map(
    ({ kind, path, before: from, after: to, movedFrom }) => [kind, path, from, to, movedFrom ?? null],
  )
}

test('a file with the same content at another path has moved, also if nothing grew', () => {
  const before = lists([file('app/old/model.bin', 5_000_000, 7), file('app/a', 10, 1)])
  const after = lists([file('app/new/model.bin', 5_000_000, 7), file('app/a', 10, 1)])
  expect(explained(before, after)).toEqual([['file', 'app/new/model.bin', 5_000_000, 5_000_000, 'app/old/model.bin']])
})

test('what moved explains no growth, and what grew is named beside it', () => {
  const before = lists([file('app/old/model.bin', 5_000_000, 7), file('lib/x', 100_000, 1)])
  const after = lists([file('app/new/model.bin', 5_000_000, 7), file('lib/x', 400_000, 2)])
  expect(explained(before, after)).toEqual([
    ['file', 'lib/x', 100_000, 400_000, null],
    ['file', 'app/new/model.bin', 5_000_000, 5_000_000, 'app/old/model.bin'],
  ])
})

test('files that moved together are one item', () => {
  const of = (folder: string): ContentLists =>
    lists([file(`${folder}/a.js`, 40_000, 1), file(`${folder}/b/c.js`, 30_000, 2), file(`${folder}/d.js`, 20_000, 3)])
  expect(
    movedPaths(of('srv/one'), of('srv/two')).map(({ kind, from, to, fileBytes }) => [kind, from, to, fileBytes]),
  ).toEqual([['directory', 'srv/one', 'srv/two', 90_000]])
})

test.each([
  ['another content', file('b', 5_000, 2), true],
  ['another size', file('b', 5_001, 1), true],
  ['a content that is not known', file('b', 5_000), true],
  ['a list that may lack files', file('b', 5_000, 1), false],
])('a file with %s is new', (_name, to, complete) => {
  expect(movedPaths(lists([file('a', 5_000, 1)], complete), lists([to], complete))).toEqual([])
})

test('each file moved once, to the one with the same name if there are several', () => {
  const before = lists([file('x/a', 5_000, 1)])
  const after = lists([file('y/b', 5_000, 1), file('y/a', 5_000, 1)])
  expect(movedPaths(before, after).map(({ from, to }) => [from, to])).toEqual([['x/a', 'y/a']])
})
