/** The point that is made from a record and the record before it. */
import { describe, expect, test } from '@jest/globals'
import type { Footprint, Image, Layer, Stage } from '../../src/record/footprint.ts'
import { pointMaker } from '../../src/trend/make-points.ts'
import { lineOf } from '../../src/trend/point.ts'
import { digestOf } from '../support/footprints.ts'
import { day, hash, parsePoints, pointsOf, recordAt, start, type CommitOf } from '../support/trend-points.ts'

test('gives the first point the figures of the final stage and no growth', () => {
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

test('splits growth into change, base image, drift and unknown, to the byte', () => {
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

test('does not know the growth from gzip to zstd', () => {
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd'
  const [, point] = pointsOf([{ app: 2_000_000 }, { app: 1_000_000, mediaType: zstd }])
  expect(point?.pull).toBe(36_000_000)
  expect(point?.growth?.pull.includes(null)).toBe(true)
  expect(point?.growth?.unpacked).toEqual([-10_000_000, 0, 0, 0])
})

test('makes separate points for branches, images and platforms', () => {
  const maker = pointMaker([])
  expect(maker.add(recordAt(1, { app: 1_000 }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(2, { app: 9_000, branch: 'topic' }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(3, { app: 9_000, name: 'other' }))).toMatchObject([{ growth: null }])
  expect(maker.add(recordAt(4, { app: 1_500 }))).toMatchObject([{ growth: { pull: [500, 0, 0, 0] } }])
})

test('makes one point for a commit, however often it is weighed', () => {
  const maker = pointMaker([])
  expect(maker.add(recordAt(1, { app: 1_000 }))).toHaveLength(1)
  expect(maker.add(recordAt(1, { app: 1_000, time: start + 5 * day }))).toEqual([])
  expect(pointMaker(pointsOf([{ app: 1_000 }])).add(recordAt(1, { app: 1_000 }))).toEqual([])
})

test('finds causes with the record of a point that exists already', () => {
  const known = pointsOf([{ app: 1_000 }])
  const withRecord = pointMaker(known)
  withRecord.add(recordAt(1, { app: 1_000 }))
  expect(withRecord.add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([500, 0, 0, 0])
  expect(pointMaker(known).add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 500])
})

test('finds no causes with a record that weighs something else than its point', () => {
  const maker = pointMaker(pointsOf([{ app: 1_000 }]))
  maker.add(recordAt(1, { app: 1_001 }))
  expect(maker.add(recordAt(2, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 500])
})

test('compares with the latest point before, even if its record is gone', () => {
  const [first, second] = pointsOf([{ app: 1_000 }, { app: 1_400 }])
  const maker = pointMaker([first!, second!])
  maker.add(recordAt(1, { app: 1_000 }))
  expect(maker.add(recordAt(3, { app: 1_500 }))[0]?.growth?.pull).toEqual([0, 0, 0, 100])
})

describe('what grew', () => {
  const contents = (
    packages: readonly (readonly [name: string, version: string, bytes: number])[],
    files: readonly (readonly [path: string, bytes: number])[] = [],
  ): NonNullable<Layer['contents']> => {
    const others = { files: files.map(([path, fileBytes]) => ({ path, fileBytes })), directories: [], complete: true }
    return {
      ...others,
      packages: {
        packages: packages.map(([name, version, fileBytes]) => ({
          ...{ ecosystem: 'npm', name, version, fileBytes },
          ...{ path: `node_modules/${name}`, files: 1 },
        })),
        folded: { packages: 0, fileBytes: 0, files: 0 },
        complete: true,
        others,
      },
    }
  }

  /** The record of a commit whose last layer has these contents. */
  function recordOf(nth: number, commit: CommitOf, inside: NonNullable<Layer['contents']>): Footprint {
    const record = recordAt(nth, commit)
    const [image] = record.images as [Image]
    const [stage] = image.stages as [Stage]
    const layers = stage.layers.map((layer, at) =>
      at < stage.layers.length - 1 ? layer : { ...layer, contents: inside },
    )
    return { ...record, images: [{ ...image, stages: [{ ...stage, layers }] }] }
  }

  const first = recordOf(
    1,
    { app: 1_000_000 },
    contents([
      ['urllib3', '1.26.5', 1_000_000],
      ['six', '1.0', 9_000],
    ]),
  )

  test('is what the comparison found, the largest first', () => {
    const after = contents(
      [
        ['urllib3', '2.6.3', 1_870_000],
        ['new', '0.1', 50_500],
      ],
      [['app/model.bin', 7_088_500]],
    )
    const maker = pointMaker([])
    maker.add(first)
    const [point] = maker.add(recordOf(2, { app: 1_800_000 }, after))
    expect(point?.grown).toEqual([
      { cause: 'change', name: 'app/model.bin', before: null, after: null, growth: 7_088_500 },
      { cause: 'change', name: 'urllib3', before: '1.26.5', after: '2.6.3', growth: 870_000 },
      { cause: 'change', name: 'new', before: null, after: '0.1', growth: 50_500 },
    ])
    expect(parsePoints(lineOf(point!)).points).toEqual([point])
    expect(lineOf(point!).length).toBeLessThan(800)
  })

  test('is left out if nothing but small things grew, or if there is no record to compare with', () => {
    const maker = pointMaker([])
    const [known] = maker.add(first)
    const after = contents([
      ['urllib3', '1.26.5', 1_000_999],
      ['six', '1.0', 9_000],
    ])
    const second = recordOf(2, { app: 1_000_999 }, after)
    expect(maker.add(second)[0]).not.toHaveProperty('grown')
    expect(pointMaker([known!]).add(second)[0]).not.toHaveProperty('grown')
  })

  test('has names and versions of any length, shortened', () => {
    const long = '😀'.repeat(50)
    const maker = pointMaker([])
    maker.add(first)
    const after = contents([[long, long, 5_000]], [[`${long}/${long}/end.bin`, 9_000_000]])
    const points = maker.add(recordOf(2, { app: 1_799_600 }, after))
    expect(parsePoints(points.map(lineOf).join('')).points).toEqual(points)
    const names = points[0]!.grown!.map(({ name }) => name)
    expect(names.every((name) => name.isWellFormed())).toBe(true)
    expect(names[0]).toMatch(/^….*\/end\.bin$/)
  })
})

test('keeps the subject of the commit, shortened', () => {
  const record = recordAt(1, { app: 1_000 })
  const of = (subject: string | null): string | undefined =>
    pointMaker([]).add({ ...record, revision: { ...record.revision!, subject } })[0]?.subject
  expect(of('Add a model')).toBe('Add a model')
  expect(of('a'.repeat(101))).toBe(`${'a'.repeat(99)}…`)
  expect([of(null), of('')]).toEqual([undefined, undefined])
})

test('makes no points of a record without a revision', () => {
  expect(pointMaker([]).add({ ...recordAt(1, { app: 1_000 }), revision: undefined })).toEqual([])
})

test('reads a point as it was written, in less than 500 bytes', () => {
  const points = pointsOf([{ app: 2_000_000 }, { app: 2_000_123 }])
  const text = points.map(lineOf).join('')
  expect(parsePoints(text)).toEqual({ points, firstBadLine: null, badLines: 0 })
  expect(Math.max(...points.map((point) => lineOf(point).length))).toBeLessThan(500)
})

test('shortens names of the maximum length, so that the point can be read', () => {
  const long = '😀'.repeat(32_000)
  const points = pointMaker([]).add(recordAt(1, { app: 1_000, name: long, branch: long }))
  expect(parsePoints(points.map(lineOf).join('')).points).toEqual(points)
  expect(points[0]?.name.isWellFormed()).toBe(true)
})
