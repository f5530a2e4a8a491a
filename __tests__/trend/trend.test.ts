/** Steps and creep of a history whose growth is known. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Point } from '../../src/trend/point.ts'
import { largestSteps, trendOf, type Series } from '../../src/trend/trend.ts'
import { hash, pointsOf, type CommitOf } from '../support/trend-points.ts'

const pull = { measure: 'pull', creepLimit: null } as const

function seriesOf(commits: readonly CommitOf[], creepLimit: number | null = null): Series {
  const [series, ...others] = trendOf(pointsOf(commits), { measure: 'pull', creepLimit }).series
  if (!series || others.length > 0) throw new Error('there is more than one series')
  return series
}

const told = ({ steps }: Series): readonly (readonly [string, string, number | null])[] =>
  steps.map(({ cause, growth, point }) => [point.commit ?? '', cause, growth])

describe('steps', () => {
  test('are separate for each cause of a commit', () => {
    const series = seriesOf([
      { app: 2_000_000 },
      { app: 2_100_000 },
      { app: 2_150_000, base: ['python-2', 31_000_000], install: 5_200_000 },
    ])
    expect(told(series)).toEqual([
      [hash(2), 'change', 100_000],
      [hash(3), 'change', 50_000],
      // The step ran again because its base moved, so this is not drift.
      [hash(3), 'base-image', 1_200_000],
    ])
    expect(series.byCause).toEqual({ change: 150_000, 'base-image': 1_200_000, drift: 0, unknown: 0 })
  })

  test('do not include growth up to 4 KiB', () => {
    expect(told(seriesOf([{ app: 100_000 }, { app: 104_096 }]))).toEqual([])
    expect(told(seriesOf([{ app: 100_000 }, { app: 104_097 }]))).toEqual([[hash(2), 'change', 4_097]])
  })

  test('do not include growth up to 0.01 % of the value before', () => {
    const base = ['python-1', 94_000_000] as const
    // With the base image and the step of 5 MB, this is 100 MB.
    expect(
      told(
        seriesOf([
          { app: 1_000_000, base },
          { app: 1_010_000, base },
        ]),
      ),
    ).toEqual([])
    expect(
      told(
        seriesOf([
          { app: 1_000_000, base },
          { app: 1_010_001, base },
        ]),
      ),
    ).toHaveLength(1)
  })

  test('do not include growth up to three times the deviation of drift', () => {
    const installs = [5_000_000, 5_010_000, 5_000_000, 5_010_000, 5_000_000]
    const drifting = installs.map((install) => ({ app: 1_000_000, install }))
    const last = { app: 1_000_000, install: 5_000_000 }
    expect(told(seriesOf([...drifting, { ...last, app: 1_030_000 }]))).toEqual([])
    expect(told(seriesOf([...drifting, { ...last, app: 1_030_001 }]))).toEqual([[hash(6), 'change', 30_001]])
  })

  test('include a moved base image even if its size is the same', () => {
    const series = seriesOf([{ app: 1_000 }, { app: 1_000, base: ['python-2', 30_000_000] }])
    expect(told(series)).toEqual([[hash(2), 'base-image', 0]])
  })

  test('have an unknown cause if a point is lost', () => {
    const [first, , third] = pointsOf([{ app: 1_000 }, { app: 500_000 }, { app: 800_000 }])
    const [series] = trendOf([first!, third!], pull).series
    expect(series?.steps).toEqual([{ cause: 'unknown', growth: 799_000, point: third, previous: first }])
  })

  test('include images that shrank', () => {
    expect(told(seriesOf([{ app: 900_000 }, { app: 100_000 }]))).toEqual([[hash(2), 'change', -800_000]])
  })

  test('include any change of the number of layers', () => {
    const [first, second] = pointsOf([{ app: 1_000 }, { app: 1_000 }]) as [Point, Point]
    const more: Point = { ...second, layers: 4, growth: { ...second.growth!, layers: [1, 0, 0, 0] } }
    const [series] = trendOf([first, more], { measure: 'layers', creepLimit: null }).series
    expect(series?.steps).toMatchObject([{ cause: 'change', growth: 1 }])
    expect(series?.creep.count).toBe(0)
  })

  test('are sorted by size, with unknown sizes last', () => {
    const series = seriesOf([{ app: 0 }, { app: 10_000 }, { app: 100_000 }, { app: 50_000 }])
    const unknown = { ...series.steps[0]!, growth: null }
    expect(largestSteps([unknown, ...series.steps], 3).map(({ growth }) => growth)).toEqual([90_000, -50_000, 10_000])
    expect(largestSteps([unknown, ...series.steps], 9).at(-1)).toBe(unknown)
  })
})

describe('creep', () => {
  const commits = [{ app: 1_000_000 }, { app: 1_004_000 }, { app: 1_003_000 }, { app: 1_503_000 }, { app: 1_503_700 }]

  test('is the sum of all changes that are not steps', () => {
    expect(seriesOf(commits).creep).toMatchObject({ net: 3_700, gross: 5_700, count: 3 })
    expect(seriesOf(commits).creep.changes.map(({ point }) => point.commit)).toEqual([hash(2), hash(3), hash(5)])
  })

  test('is the sum of all changes within a given budget', () => {
    expect(seriesOf(commits, 500_000).creep).toMatchObject({ net: 503_700, gross: 505_700, count: 4 })
    expect(seriesOf(commits, 999).creep).toMatchObject({ net: 700, gross: 700, count: 1 })
  })

  test('does not include moved bases and drift', () => {
    const others = [
      { app: 1_000, base: ['python-2', 30_000_100] as const },
      { app: 1_000, install: 5_000_100 },
    ]
    expect(seriesOf([{ app: 1_000 }, ...others]).creep).toEqual({
      ...{ net: 0, gross: 0, count: 0, changes: [] },
      unknown: { net: 0, count: 0 },
    })
  })

  /** Points without the growth by cause, as if each was made without the record before it. */
  const unexplained = (some: readonly CommitOf[]): readonly Point[] =>
    pointsOf(some).map((point) => ({ ...point, growth: null }))

  test('includes growth of an unknown cause, which may be from a change', () => {
    const [{ creep } = { creep: null }] = trendOf(unexplained(commits), pull).series
    expect(creep).toMatchObject({ net: 3_700, gross: 5_700, count: 3, unknown: { net: 3_700, count: 3 } })
    const within = trendOf(unexplained(commits), { measure: 'pull', creepLimit: 500_000 }).series
    expect(within[0]?.creep).toMatchObject({ net: 503_700, count: 4, unknown: { net: 503_700, count: 4 } })
  })

  test('says how much of it is of unknown cause', () => {
    const points = pointsOf(commits).map((point, nth) => (nth === 2 ? { ...point, growth: null } : point))
    const [{ creep } = { creep: null }] = trendOf(points, pull).series
    expect(creep).toMatchObject({ net: 3_700, gross: 5_700, count: 3, unknown: { net: -1_000, count: 1 } })
  })

  test('does not include what is known to be of a moved base in growth of an unknown cause', () => {
    const moved = unexplained([{ app: 1_000 }, { app: 3_000, base: ['python-2', 30_000_500] as const }])
    const [{ creep } = { creep: null }] = trendOf(moved, pull).series
    expect(creep).toMatchObject({ net: 2_000, count: 1, unknown: { net: 2_000, count: 1 } })
  })
})

test('counts every byte of growth in one cause of one point', () => {
  const commit = fc.record({
    app: fc.integer({ min: 0, max: 1_000_000 }),
    base: fc.constantFrom(['python-1', 30_000_000] as const, ['python-2', 30_000_700] as const),
    install: fc.constantFrom(5_000_000, 5_000_005),
  })
  fc.assert(
    fc.property(fc.array(commit, { minLength: 1, maxLength: 12 }), (commits) => {
      const { points, byCause, notKnown } = seriesOf(commits)
      const { change, 'base-image': base, drift, unknown } = byCause
      expect(change + base + drift + unknown).toBe(points.at(-1)!.pull! - points[0]!.pull!)
      expect(notKnown).toBe(0)
    }),
  )
})

test('groups points by branch, image and platform, in any order of lines', () => {
  const points = pointsOf([{ app: 1 }, { app: 2, branch: null }, { app: 3, name: 'b' }, { app: 4 }])
  const trend = trendOf(points.toReversed(), pull)
  expect(trend.series.map(({ branch, name, points: { length } }) => [branch, name, length])).toEqual([
    ['main', 'app', 2],
    ['main', 'b', 1],
    [null, 'app', 1],
  ])
})

test('has no series without points', () => {
  expect(trendOf([], pull).series).toEqual([])
})
