/** What two points that nobody compared tell about a base image that moved between them. */
import { expect, test } from '@jest/globals'
import { growthOfMovedBase } from '../../src/trend/moved-base.ts'
import { trendOf } from '../../src/trend/trend.ts'
import type { Point } from '../../src/trend/point.ts'
import { pointsOf } from '../support/trend-points.ts'

const python2 = ['python-2', 30_300_000] as const
/** The figures of the second commit, as if it was stored without a comparison. */
function uncompared(app: number): readonly [Point, Point] {
  const [before, after] = pointsOf([{ app: 2_000_000 }, { app, base: python2 }]) as [Point, Point]
  return [before, { ...after, growth: null }]
}

test('the bytes to pull of the base image are those that are not above it', () => {
  const [before, after] = uncompared(2_050_000)
  expect(growthOfMovedBase(before, after, 'pull')).toBe(300_000)
  expect(growthOfMovedBase(before, after, 'added')).toBe(0)
  // Something above the base image changed too.
  expect(growthOfMovedBase(before, after, 'unpacked')).toBeNull()
  expect(growthOfMovedBase(before, { ...after, added: null }, 'pull')).toBeNull()
})

test('all growth is from the base image if nothing above it changed', () => {
  const [before, after] = uncompared(2_000_000)
  expect(growthOfMovedBase(before, after, 'unpacked')).toBe(after.unpacked! - before.unpacked!)
})

test('a base image that is the same, another one or not known has not moved', () => {
  const [before, after] = uncompared(2_050_000)
  for (const base of [before.base, { ...after.base!, reference: 'other' }, { ...after.base!, digest: null }, null])
    expect(growthOfMovedBase(before, { ...after, base }, 'pull')).toBe(0)
})

test('a trend shows it as a step of its own, or that its growth is not known', () => {
  const points = uncompared(2_050_000)
  const stepsOf = (measure: 'pull' | 'unpacked'): readonly (readonly [string, number | null])[] =>
    trendOf(points, { measure, creepLimit: null }).series.flatMap(({ steps }) =>
      steps.map(({ cause, growth }) => [cause, growth] as const),
    )
  expect(stepsOf('pull')).toEqual(
    expect.arrayContaining([
      ['base-image', 300_000],
      ['unknown', 50_000],
    ]),
  )
  expect(stepsOf('unpacked')).toContainEqual(['base-image', null])
})
