/** The order of points of a branch. */
import { expect, test } from '@jest/globals'
import { inBranchOrder, isBefore, momentOf } from '../../src/trend/order.ts'

const point = (commit: string | null, time: number, committed?: number): Parameters<typeof momentOf>[0] => ({
  commit,
  time,
  ...(committed === undefined ? {} : { committed }),
})
const commits = (points: readonly { readonly commit: string | null }[]): string =>
  points.map((one) => one.commit ?? '-').join('')
const none = new Map<string, number>()

test('is that of commit times if the history is not known', () => {
  expect(commits(inBranchOrder([point('c', 10, 3), point('a', 30, 1), point('b', 20, 2)], none))).toBe('abc')
})

test('is that of weighing if commit times are not known', () => {
  expect(commits(inBranchOrder([point('c', 3), point(null, 2), point('a', 1)], none))).toBe('a-c')
})

test('is that of weighing for commits of the same second', () => {
  expect(commits(inBranchOrder([point('b', 9, 3), point('a', 8, 3), point('c', 7, 4)], none))).toBe('abc')
  const placed = new Map([['p', 0], ['q', 1]]) // prettier-ignore
  expect(commits(inBranchOrder([point('q', 9, 3), point('x', 8, 3), point('p', 7, 3)], placed))).toBe('pxq')
  expect(isBefore(point('a', 8, 3), point('b', 9, 3), none)).toBe(true)
  expect(isBefore(point('b', 9, 3), point('a', 8, 3), none)).toBe(false)
})

test('is that of the branch, with other commits among them by time', () => {
  const positions = new Map([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ])
  const points = [point('c', 30), point('x', 25), point('b', 20), point('a', 40), point('y', 50), point('w', 5)]
  expect(commits(inBranchOrder(points, positions))).toBe('wxabcy')
  expect(isBefore(point('a', 40), point('b', 20), positions)).toBe(true)
  expect(isBefore(point('a', 40), point('b', 20), none)).toBe(false)
})

test('does not believe that a commit is younger than its weighing', () => {
  expect(momentOf(point('a', 10, 99))).toBe(10)
})
