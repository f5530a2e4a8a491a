import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { firstOf } from '../../src/page/client/first-of.ts'

interface Value {
  readonly rank: number
  readonly nth: number
}

const byRank = (a: Value, b: Value): number => a.rank - b.rank

test('returns what sorting all values and taking the first ones returns, also of equal ones', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 12 }), (ranks, limit) => {
      const values = ranks.map((rank, nth) => ({ rank, nth }))
      expect(firstOf(values, limit, byRank)).toEqual(values.toSorted(byRank).slice(0, limit))
    }),
  )
})

test('compares most values once', () => {
  const values = Array.from({ length: 20_000 }, (_, nth) => ({ rank: (nth * 7_919) % 20_011, nth }))
  let compared = 0
  const first = firstOf(values, 100, (a, b) => {
    compared += 1
    return byRank(a, b)
  })
  expect(first).toEqual(values.toSorted(byRank).slice(0, 100))
  expect(compared).toBeLessThan(2 * values.length)
})
