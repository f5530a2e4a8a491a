import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { pairFiles } from '../../src/page/pair-files.ts'

const sizes = (files: Readonly<Record<string, number>>): Map<string, number> => new Map(Object.entries(files))

test.each([
  ['the same path', { a: 1 }, { a: 2 }, [['a', 1, 2]]],
  [
    'a path with another version in it',
    { 'lib/python3.12/x.py': 5, 'lib/python3.12/y.py': 5 },
    { 'lib/python3.13/x.py': 6, 'lib/python3.13/y.py': 5 },
    [
      ['lib/python3.13/x.py', 5, 6],
      ['lib/python3.13/y.py', 5, 5],
    ],
  ],
  [
    'two that a number alone tells apart, of which one is gone',
    { 'font-1': 10, 'font-2': 20 },
    { 'font-2': 21 },
    [
      ['font-2', 20, 21],
      ['font-1', 10, null],
    ],
  ],
  [
    'numbers that leave a choice',
    { 'a-1': 10, 'a-2': 20 },
    { 'a-3': 30 },
    [
      ['a-3', null, 30],
      ['a-1', 10, null],
      ['a-2', 20, null],
    ],
  ],
  ['a file that moved', { 'old/logo.png': 7 }, { 'new/logo.png': 7 }, [['new/logo.png', 7, 7]]],
  [
    'a file of another size elsewhere',
    { 'old/logo.png': 7 },
    { 'new/logo.png': 8 },
    [
      ['new/logo.png', null, 8],
      ['old/logo.png', 7, null],
    ],
  ],
])('pairs or separates files: %s', (_, before, after, expected) => {
  const leaves = [...pairFiles(sizes(before), sizes(after))]
  expect(leaves.map(({ path, before: from, after: to }) => [path, from, to])).toEqual(expected)
})

test('loses and repeats no byte of either side', () => {
  const files = fc.dictionary(fc.stringMatching(/^[ab12/.]{1,6}$/), fc.integer({ min: 1, max: 3 }))
  const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, one) => all + (one ?? 0), 0)
  fc.assert(
    fc.property(files, files, (before, after) => {
      const leaves = [...pairFiles(sizes(before), sizes(after))]
      expect(sum(leaves.map((leaf) => leaf.before))).toBe(sum(Object.values(before)))
      expect(sum(leaves.map((leaf) => leaf.after))).toBe(sum(Object.values(after)))
      expect(leaves.filter((leaf) => leaf.before !== null)).toHaveLength(Object.keys(before).length)
      expect(leaves.filter((leaf) => leaf.after !== null)).toHaveLength(Object.keys(after).length)
    }),
  )
})
