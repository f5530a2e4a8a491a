/** Lines from files that anybody may have written. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parsePoint } from '../../src/trend/parse-point.ts'
import { lineOf, partsThatAddUp, type Point } from '../../src/trend/point.ts'
import { hash, parsePoints, pointsOf } from '../support/trend-points.ts'

const [point, second] = pointsOf([{ app: 1_000 }, { app: 1_500 }]) as [Point, Point]

const grown = { cause: 'change', name: 'left-pad', before: null, after: '1.0.0', growth: 5 } as const

test.each<[string, unknown]>([
  ['a later version', { ...point, schemaVersion: 2 }],
  ['a negative size', { ...point, pull: -1 }],
  ['a fraction of a byte', { ...point, unpacked: 1.5 }],
  ['a size beyond exact numbers', { ...point, added: 2 ** 53 }],
  ['a missing size', { ...point, layers: undefined }],
  ['a commit that is no hash', { ...point, commit: 'main' }],
  ['a digest that is none', { ...point, base: { reference: 'a', digest: 'sha256:1' } }],
  ['a time beyond the year 9999', { ...point, time: 1e15 }],
  ['a name of 513 characters', { ...point, name: 'a'.repeat(513) }],
  ['too few parts', { ...point, growth: { ...second.growth, pull: [1, 2, 3] } }],
  ['a part that is text', { ...point, growth: { ...second.growth, pull: ['1', 0, 0, 0] } }],
  ['a subject of 101 characters', { ...point, subject: 'a'.repeat(101) }],
  ['a subject that is no text', { ...point, subject: null }],
  ['what grew, with another cause', { ...point, grown: [{ ...grown, cause: 'other' }] }],
  ['what grew, without bytes', { ...point, grown: [{ ...grown, growth: null }] }],
  ['what grew, with a name of 81 characters', { ...point, grown: [{ ...grown, name: 'a'.repeat(81) }] }],
  ['what grew, with a version of 61 characters', { ...point, grown: [{ ...grown, after: '1'.repeat(61) }] }],
  ['13 things that grew', { ...point, grown: Array(13).fill(grown) }],
  ['a list', []],
  ['null', null],
])('refuses %s', (_, value) => {
  expect(parsePoint(JSON.stringify(value))).toBeNull()
})

test('ignores unknown fields, and does not keep them', () => {
  expect(parsePoint(JSON.stringify({ ...point, later: 1, __proto__: { pull: 1 } }))).toEqual(point)
})

test('reads the subject of the commit and what grew', () => {
  const told: Point = { ...second, subject: 'Add left-pad', grown: [grown, { ...grown, after: null }] }
  expect(parsePoint(lineOf(told))).toEqual(told)
})

test('counts lines that are not points, and names the first', () => {
  const text = `\n${lineOf(second)}<<<<<<< ours\r\n${lineOf(point).trimEnd()}\r\n{\n`
  expect(parsePoints(text)).toEqual({ points: [second, point], firstBadLine: 3, badLines: 2 })
})

test('accepts a last line without a newline', () => {
  expect(parsePoints(lineOf(point).trimEnd()).points).toEqual([point])
})

test('keeps the first of two lines with the same commit, branch, image and platform', () => {
  const again = { ...point, time: point.time + 1, pull: 1 }
  expect(parsePoints(lineOf(point) + lineOf(again)).points).toEqual([point])
  const unnamed = { ...point, commit: null }
  expect(parsePoints(lineOf(unnamed) + lineOf({ ...unnamed, time: 1 })).points).toHaveLength(2)
})

test('skips a line that is too long, and reads the next one', () => {
  const text = `{"name":"${'a'.repeat(10_000_000)}"}\n${lineOf(point)}`
  expect(parsePoints(text)).toEqual({ points: [point], firstBadLine: 1, badLines: 1 })
})

test('reads any text without an error', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json(), fc.constant(lineOf(point)))), (lines) => {
      const read = parsePoints(lines.join('\n'))
      expect(read.points.length).toBeLessThanOrEqual(1)
    }),
  )
})

describe('parts of growth', () => {
  test.each([
    ['stay where they add up', [1, 2, 3, 4], 10, 20, [1, 2, 3, 4]],
    ['are unknown where they do not', [1, 2, 3, 4], 10, 21, [0, 0, 0, 11]],
    ['are unknown where there are none', null, 10, 7, [0, 0, 0, -3]],
    ['stay where one of them is not known', [1, null, 0, 0], 10, 20, [1, null, 0, 0]],
    ['are not known where a value is not', [1, 2, 3, 4], null, 20, [null, null, null, null]],
  ] as const)('%s', (_, parts, before, after, expected) => {
    expect(partsThatAddUp(parts && [...parts], before, after)).toEqual(expected)
  })
})

test('accepts full hashes of SHA-1 and SHA-256 as commits', () => {
  expect(parsePoint(lineOf({ ...point, commit: `${hash(1)}${'0'.repeat(24)}` }))).not.toBeNull()
  expect(parsePoint(lineOf({ ...point, commit: hash(1).slice(0, 12) }))).toBeNull()
})
