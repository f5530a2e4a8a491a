import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { OwnerRuns, ownersOf } from '../../src/packages/owner-runs.ts'

test('gives each file the owner that it was added with, by its position in the list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 300 }), { maxLength: 3_000 }), (owners) => {
      const runs = new OwnerRuns()
      for (const owner of owners) runs.add(owner)
      // Owners after the hundredth are not in the list.
      const packed = runs.packed((owner) => (owner < 100 ? 99 - owner : -1))
      const next = ownersOf(packed ?? '')
      expect(owners.map(() => next?.())).toEqual(owners.map((owner) => (owner < 0 || owner >= 100 ? -1 : 99 - owner)))
      expect(next?.()).toBe(-1)
    }),
  )
})

test('reads damaged data as null', () => {
  const runs = new OwnerRuns()
  runs.add(3)
  const packed = Buffer.from(runs.packed((owner) => owner) ?? '', 'base64')
  packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1
  expect(ownersOf(packed.toString('base64'))).toBeNull()
  expect(ownersOf('')).toBeNull()
  expect(ownersOf('no zstd')).toBeNull()
})
