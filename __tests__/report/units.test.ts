import { expect, test } from '@jest/globals'
import {
  formatBytes,
  formatChange,
  formatCount,
  formatGrowth,
  formatGrowthShare,
  formatShare,
} from '../../src/report/units.ts'

test.each([
  [null, 'not known'],
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9_994, '9.99 kB'],
  [9_995, '10.0 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [78_400_000, '78.4 MB'],
  [1_234_567_890_123, '1.23 TB'],
])('writes %p bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0.71, '71 %'],
  [0.0234, '2.3 %'],
  [0.9999, '99.9 %'],
  [0.995, '99.5 %'],
  [1, '100 %'],
  [0.0004, 'under 0.1 %'],
  [-0.5, '50 %'],
  [-2.5, '250 %'],
])('writes a share of %p as %s', (share, text) => {
  expect(formatShare(share)).toBe(text)
})

test('writes counts with their noun', () => {
  expect([0, 1, 2, null].map((count) => formatCount(count, 'layer'))).toEqual([
    '0 layers',
    '1 layer',
    '2 layers',
    'an unknown number of layers',
  ])
})

test.each([
  [3_200_000, '+3.20 MB'],
  [-1_200_000, '−1.20 MB'],
  [1, '+1 B'],
  [0, '0 B'],
  [-0, '0 B'],
  [null, 'not known'],
])('writes growth of %p bytes as %s', (bytes, text) => {
  expect(formatGrowth(bytes)).toBe(text)
})

test.each([
  [41, 1_000, '+4.1 %'],
  [-120, 1_000, '−12 %'],
  [100, 1_000, '+10 %'],
  [2_500, 1_000, '+250 %'],
  [1, 1_000_000, 'under 0.1 %'],
  [-1, 1_000_000, 'under 0.1 %'],
  [0, 1_000, '0 %'],
  [-0, 1_000, '0 %'],
  [5, 0, null],
  [0, 0, null],
  [null, 1_000, null],
  [5, null, null],
])('writes growth of %p from %p as %p', (growth, before, text) => {
  expect(formatGrowthShare(growth, before)).toBe(text)
})

test('writes both sides of a change only if they look different', () => {
  expect(formatChange(78_400_000, 81_600_000)).toBe('78.4 MB → 81.6 MB')
  expect(formatChange(78_400_000, 78_400_001)).toBe('78.4 MB')
  expect(formatChange(null, 1)).toBe('not known → 1 B')
  expect(formatChange(null, null)).toBe('not known')
})
