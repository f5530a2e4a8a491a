/** What a point says of a record and the one before it. */
import { expect, test } from '@jest/globals'
import { pointMaker } from '../../src/trend/make-points.ts'
import { lineOf, parsePoints } from '../../src/trend/point.ts'
import { digestOf } from '../support/footprints.ts'
import { day, hash, pointsOf, recordAt, start } from '../support/trend-points.ts'

test('the first point has the figures of the final stage and no growth', () => {
  expect(pointsOf([{ app: 2_000_000 }])).toEqual([
    {
      schemaVersion: 1,
      time: start + day,
      commit: hash(1),
      branch: 'main',
      name: 'app',
      platform: 'linux/amd64',
      pull: 37_000_000,
      unpacked: 370_000_000,
      added: 7_000_000,
      layers: 3,
      base: { reference: 'python:3.13-slim', digest: digestOf('python-1') },
      growth: null,
    },
  ])
})

test('growth is split into change, base image, drift and unknown, to the byte', () => {
  const [, changed, moved, drifted, same] = pointsOf([
    { app: 2_000_000 },
    { app: 2_000_123 },
    { app: 2_000_123, base: ['python-2', 30_000_777] },
    { app: 2_000_123, base: ['python-2', 30_000_777], install: 5_000_005 },
    { app: 2_000_123, base: ['python-2', 30_000_777], install: 5_000_005 },
  ])
  expect(changed?.growth).toEqual({
    pull: [123, 0, 0, 0],
    unpacked: [1_230, 0, 0, 0],
    added: [123, 0, 0, 0],
    layers: [0, 0, 0, 0],
  })
  expect(moved?.growth).toEqual({
    pull: [0, 777, 0, 0],
    unpacked: [0, 7_770, 0, 0],
    added: [0, 0, 0, 0],
    layers: [0, 0, 0, 0],
  })
  expect(drifted?.growth?.pull).toEqual([0, 0, 5, 0])
  expect(same?.growth?.pull).toEqual([0, 0, 0, 0])
})

test('growth from gzip to zstd is not known', () => {
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd'
  const [, point] = pointsOf([{ app: 2_000_000 }, { app: 1_000_000, mediaType: zstd }])
  expect(point?.pull).toBe(36_000_000)
  expect(point?.growth?.pull.includes(null)).toBe(true)
  expect(point?.growth?.unpacked).toEqual([-10_000_000, 0, 0, 0])
})

test('branches, images and platforms have points of their own', () => {
  const maker = pointMaker([])
  expect(maker.add(recordAt(1, { app: 1_000 }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(2, { app: 9_000, branch: 'topic' }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(3, { app: 9_000, name: 'other' }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(4, { app: 1_500 }))).toMatchObject([{ growth: { pull: [500, 0, 0, 0] } }])
})

test('a commit has one point, however often it is weighed', () => {
  const maker = pointMaker([])
  expect(maker.add(recordAt(1, { app: 1_000 }))).toHaveLength(1)
  expect(maker.add(recordAt(1, { app: 1_000, time: start + 5 * day }))).toEqual([])
  expect(pointMaker(pointsOf([{ app: 1_000 }])).add(recordAt(1, { app: 1_000 }))).toEqual([])
})

test('the record of a point that is there already gives the causes of the next one', () => {
  const known = pointsOf([{ app: 1_000 }])
  const withRecord = pointMaker(known)
  withRecord.add(recordAt(1, { app: 1_000 }))
  expect(withRecord.add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([500, 0, 0, 0])
  expect(pointMaker(known).add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 500])
})

test('a record that weighs something else than its point gives no causes', () => {
  const maker = pointMaker(pointsOf([{ app: 1_000 }]))
  maker.add(recordAt(1, { app: 1_001 }))
  expect(maker.add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 500])
})

test('the latest point before it counts, also one whose record is gone', () => {
  const [first, second] = pointsOf([{ app: 1_000 }, { app: 1_400 }])
  const maker = pointMaker([first!, second!])
  maker.add(recordAt(1, { app: 1_000 }))
  expect(maker.add(recordAt(3, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 100])
})

test('a record that does not say its revision has no points', () => {
  expect(pointMaker([]).add({ ...recordAt(1, { app: 1_000 }), revision: undefined })).toEqual([])
})

test('a point is read as it was written, in less than 500 bytes', () => {
  const points = pointsOf([{ app: 2_000_000 }, { app: 2_000_123 }])
  const text = points.map(lineOf).join('')
  expect(parsePoints(text)).toEqual({ points, firstBadLine: null, badLines: 0 })
  expect(Math.max(...points.map((point) => lineOf(point).length))).toBeLessThan(500)
})

test('names as long as a record may have them are cut, and the point can be read', () => {
  const long = '😀'.repeat(32_000)
  const points = pointMaker([]).add(recordAt(1, { app: 1_000, name: long, branch: long }))
  expect(parsePoints(points.map(lineOf).join('')).points).toEqual(points)
  expect(points[0]?.name.isWellFormed()).toBe(true)
})
