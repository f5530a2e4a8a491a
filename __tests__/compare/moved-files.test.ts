/** Files that moved within a layer are neither new nor removed. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { explainGrowth } from '../../src/compare/explain-growth.ts'
import type { ContentLists } from '../../src/record/contents.ts'
import { movedPaths } from '../../src/compare/moved-files.ts'
import { pathGrowth } from '../../src/compare/path-growth.ts'
import type { PathGrowth } from '../../src/compare/comparison.ts'
import { pathWords } from '../../src/report/path-words.ts'
import { grownIn } from '../../src/trend/grown.ts'
import { layer } from '../support/footprints.ts'

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

test('a file that moved within a cache is not named', () => {
  const of = (name: string): ContentLists => lists([file(`root/.cache/uv/${name}/RECORD`, 90_000, 7)])
  expect(explained(of('one'), of('two'))).toEqual([])
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

const bytesOf = (files: readonly File[]): number => files.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
const growthOf = ({ before, after }: PathGrowth): number => (after ?? 0) - (before ?? 0)
const words = (paths: readonly PathGrowth[]): readonly string[] => paths.map((path) => pathWords(path, (text) => text))

/** The paths of a layer that has only these files. */
const pathsOf = (before: readonly File[], after: readonly File[]): readonly PathGrowth[] =>
  pathGrowth(lists(before), lists(after), bytesOf(after) - bytesOf(before), () => null)

const small = Array.from({ length: 10 }, (_, nth) => file(`app/n${nth}`, 100_000, 50 + nth))

test('a directory that got a moved file grew by its other files only', () => {
  const paths = pathsOf([file('old/x', 5_000_000, 1)], [file('app/x', 5_000_000, 1), ...small])
  expect(words(paths)).toEqual(['other files in app/ new, 1.00 MB', 'app/x moved here from old/x, 5.00 MB'])
  expect(paths.map(growthOf)).toEqual([1_000_000, 0])
})

test('a directory that lost a moved file shrank by its other files only', () => {
  const paths = pathsOf([file('app/x', 5_000_000, 1), ...small], [file('new/x', 5_000_000, 1)])
  expect(words(paths)).toEqual(['other files in app/ removed, −1.00 MB', 'new/x moved here from app/x, 5.00 MB'])
})

test('a move within a directory leaves its size as it is', () => {
  const kept = file('app/a/x', 5_000_000, 1)
  const paths = pathsOf(
    [kept, file('lib/y', 50_000, 2)],
    [{ ...kept, path: 'app/b/x' }, file('lib/y', 50_000, 2), ...small],
  )
  expect(words(paths)).toEqual(['app/ +1.00 MB (5.00 MB → 6.00 MB)', 'app/b/x moved here from app/a/x, 5.00 MB'])
})

const [one, two] = [file('a/x', 5_000_000, 1), file('a/y', 5_000_000, 2)]
const [movedOne, movedTwo] = [file('b/x', 5_000_000, 1), file('b/y', 5_000_000, 2)]
const other = (path: string): File => file(path, 9_000_000, 3)

test.each([
  ['all of a directory', [one, two], [movedOne, movedTwo], 'b/ moved here from a/, 10.0 MB'],
  ['a part', [one, two, other('a/z')], [movedOne, movedTwo, other('a/z')], '2 files moved from a/ to b/, 10.0 MB'],
  ['to others', [one, two, other('b/z')], [movedOne, movedTwo, other('b/z')], '2 files moved from a/ to b/, 10.0 MB'],
  ['beside a removed one', [one, two, other('a/z')], [movedOne, movedTwo], '2 files moved from a/ to b/, 10.0 MB'],
  ['beside a new one', [one, two], [movedOne, movedTwo, other('b/z')], '2 files moved from a/ to b/, 10.0 MB'],
])('the report says what moved: %s', (_name, before, after, expected) => {
  expect(words(pathsOf(before, after).filter(({ movedFrom }) => movedFrom !== undefined))).toEqual([expected])
})

/** A layer with a package in `app/node_modules/p` and these files. */
const withPackage = (others: readonly File[]): ReturnType<typeof layer> => {
  const ofPackage = file('app/node_modules/p/i.js', 1_000_000, 9)
  const found = {
    ecosystem: 'npm',
    name: 'p',
    version: '1',
    path: 'app/node_modules/p',
    fileBytes: 1_000_000,
    files: 1,
  }
  return layer({
    fileBytes: 1_000_000 + bytesOf(others),
    contents: {
      ...lists([ofPackage, ...others]),
      packages: {
        packages: [found],
        folded: { packages: 0, fileBytes: 0, files: 0 },
        complete: true,
        others: lists(others),
      },
    },
  })
}

test('a directory that moved beside packages is no growth, in the report and in the trend', () => {
  const at = (folder: string): readonly File[] => [
    file(`app/${folder}/a`, 3_000_000, 1),
    file(`app/${folder}/b`, 2_000_000, 2),
  ]
  const before = withPackage([...at('one'), file('app/c', 100_000, 3)])
  const renamed = explainGrowth(before, withPackage([...at('two'), file('app/c', 100_000, 3)]))
  const grown = explainGrowth(before, withPackage([...at('two'), file('app/c', 200_000, 4)]))
  const trendOf = (found: typeof grown): unknown =>
    grownIn({ layers: [{ cause: 'change', ...found }] as unknown as Parameters<typeof grownIn>[0]['layers'] }).map(
      ({ name, growth }) => [name, growth],
    )
  expect(words(renamed.paths)).toEqual(['app/two/ moved here from app/one/, 5.00 MB'])
  expect(trendOf(renamed)).toEqual([])
  expect(words(grown.paths)).toEqual(['app/c +100 kB (100 kB → 200 kB)', 'app/two/ moved here from app/one/, 5.00 MB'])
  expect(trendOf(grown)).toEqual([['app/c', 100_000]])
})

test('a directory whose packages stayed has not moved as a whole', () => {
  const at = (folder: string): readonly File[] => [file(`${folder}/a`, 3_000_000, 1), file(`${folder}/b`, 2_000_000, 2)]
  const { paths } = explainGrowth(withPackage(at('app')), withPackage(at('srv')))
  expect(words(paths)).toEqual(['2 files moved from app/ to srv/, 5.00 MB'])
})

test('the paths of a layer add up to what did not only move', () => {
  const paths = fc.uniqueArray(fc.constantFrom('a/x', 'a/y', 'a/s/x', 'b/x', 'b/y', 'b/s/x', 'c', 'a/s/z', 'b/z'))
  const files = paths.chain((all) =>
    fc
      .array(fc.integer({ min: 1, max: 6 }), { minLength: all.length, maxLength: all.length })
      .map((contents) => all.map((path, nth) => file(path, 10_000 * 3 ** (contents[nth] ?? 1), contents[nth] ?? 1))),
  )
  fc.assert(
    fc.property(files, files, (before, after) => {
      const growth = bytesOf(after) - bytesOf(before)
      const found = pathsOf(before, after)
      const named = found.filter(({ movedFrom }) => movedFrom === undefined)
      for (const { movedFrom, ...path } of found) if (movedFrom !== undefined) expect(growthOf(path)).toBe(0)
      const explained = named.reduce((sum, path) => sum + growthOf(path), 0)
      // The paths that are named come within a tenth of the growth, or within half of it.
      if (named.length > 0) expect(Math.abs(explained - growth)).toBeLessThanOrEqual(0.5 * Math.abs(growth))
      for (const { before: from, after: to } of found) expect(Math.min(from ?? 0, to ?? 0)).toBeGreaterThanOrEqual(0)
    }),
  )
})
