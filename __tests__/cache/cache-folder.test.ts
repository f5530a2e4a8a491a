import { expect, test } from '@jest/globals'
import { countWithin } from '../../src/cache/cache-folder.ts'

test.each<[string, readonly number[], { most: number; bytes: number }, number]>([
  ['nothing', [], { most: 1, bytes: 1 }, 0],
  ['as many as may be', [1, 1, 1], { most: 3, bytes: 3 }, 3],
  ['one too many', [1, 1, 1], { most: 2, bytes: 3 }, 2],
  ['one byte too many', [1, 1, 2], { most: 3, bytes: 3 }, 2],
  ['what follows a large one goes with it', [1, 5, 1], { most: 3, bytes: 3 }, 1],
  ['the first stays, however large it is', [9, 1], { most: 3, bytes: 3 }, 1],
  ['the first stays, however few may be', [1], { most: 0, bytes: 0 }, 1],
])('counts the results within the limits: %s', (_what, sizes, limits, expected) => {
  expect(countWithin(sizes, limits)).toBe(expected)
})
