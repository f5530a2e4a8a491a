import { expect, test } from '@jest/globals'
import { countWithin, namesBeyond } from '../../src/cache/cache-folder.ts'

test.each<[string, readonly number[], { count: number; bytes: number }, number]>([
  ['nothing', [], { count: 1, bytes: 1 }, 0],
  ['as many as may be', [1, 1, 1], { count: 3, bytes: 3 }, 3],
  ['one too many', [1, 1, 1], { count: 2, bytes: 3 }, 2],
  ['one byte too many', [1, 1, 2], { count: 3, bytes: 3 }, 2],
  ['what follows a large one goes with it', [1, 5, 1], { count: 3, bytes: 3 }, 1],
  ['the first stays, however large it is', [9, 1], { count: 3, bytes: 3 }, 1],
  ['the first stays, however few may be', [1], { count: 0, bytes: 0 }, 1],
])('counts the results within the limits: %s', (_what, sizes, limits, expected) => {
  expect(countWithin(sizes, limits)).toBe(expected)
})

test('names the files beyond the limits, by their own sizes', () => {
  const file = (name: string, bytes: number) => ({ name, bytes, usedMs: 0, isFile: true })
  const files = [file('new', 2), file('older', 2), file('old', 1)]
  expect(namesBeyond(files, { count: 3, bytes: 5 })).toEqual([])
  expect(namesBeyond(files, { count: 3, bytes: 3 })).toEqual(['older', 'old'])
  expect(namesBeyond(files, { count: 2, bytes: 5 })).toEqual(['old'])
})
