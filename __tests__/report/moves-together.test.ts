/** Packages that only moved share a line, so that they do not hide what grew. */
import { expect, test } from '@jest/globals'
import type { PackageChange, PackageMove, PackageSide } from '../../src/compare/packages.ts'
import { movesTogether, type RowCause } from '../../src/report/moves-together.ts'

const side = (version: string, fileBytes: number): PackageSide => ({
  ...{ versions: [version], fileBytes, files: 1 },
  places: ['x'],
})
const change = (name: string, bytes: number, move?: Partial<PackageMove>): PackageChange => ({
  ...{ ecosystem: 'npm', name, kind: 'new', before: null, after: side('1', bytes), growth: bytes, parts: [] },
  ...(move === undefined
    ? {}
    : { move: { stage: null, base: false, line: 12, former: true, side: side('1', bytes), ...move } }),
})
const cause = (one: PackageChange): RowCause => ({
  ...{ growth: one.growth, weight: Math.abs(one.growth), change: one },
  words: () => one.name,
})
const wordsOf = (causes: readonly RowCause[]): readonly string[] => causes.map(({ words }) => words((text) => text))
const moved = ['a', 'b', 'c'].map((name, nth) => change(name, 1_000 * (nth + 1), {}))

test('share a line if there are more than a report shows', () => {
  const causes = [...moved, change('new', 500)].map(cause)
  expect(wordsOf(movesTogether(causes, new Set(), 2))).toEqual([
    '3 packages moved here from the former line 12, +6.00 kB',
    'new',
  ])
  expect(movesTogether(causes, new Set(), 3)).toBe(causes)
  expect(movesTogether(causes, new Set(), Infinity)).toBe(causes)
})

test('share one only with those from the same layer that are the same', () => {
  const others = [
    change('from another line', 1, { line: 11 }),
    change('from a stage', 2, { stage: { name: 'build', role: 'builder' } }),
    change('updated', 3, { side: side('2', 3) }),
    change('changed', 4, { side: side('1', 5) }),
  ]
  expect(wordsOf(movesTogether([...others, ...moved].map(cause), new Set(), 2))).toEqual([
    '3 packages moved here from the former line 12, +6.00 kB',
    ...others.map(({ name }) => name),
  ])
})

test('leave out the packages that the line asks for, which have words of their own', () => {
  expect(wordsOf(movesTogether(moved.map(cause), new Set(moved.slice(0, 1)), 1))).toEqual([
    '2 packages moved here from the former line 12, +5.00 kB',
    'a',
  ])
})

test('say where they went', () => {
  const gone = moved.map((one): PackageChange => ({ ...one, before: one.after, after: null, growth: -one.growth }))
  expect(wordsOf(movesTogether(gone.map(cause), new Set(), 2))[0]).toMatch(/^3 packages moved to .*line 12, −6\.00 kB$/)
})
