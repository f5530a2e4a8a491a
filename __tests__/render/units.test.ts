import { expect, test } from '@jest/globals'
import { formatBytes, formatCount, formatShare } from '../../src/render/units.ts'

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
])('%p bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0.71, '71 %'],
  [0.0234, '2.3 %'],
  [0.9999, '99.9 %'],
  [0.995, '99.5 %'],
  [1, '100 %'],
  [0.0004, 'less than 0.1 %'],
  [-0.5, '50 %'],
  [-2.5, '250 %'],
])('a share of %p is %s', (share, text) => {
  expect(formatShare(share)).toBe(text)
})

test('counts have their noun', () => {
  expect([0, 1, 2, null].map((count) => formatCount(count, 'layer'))).toEqual([
    '0 layers',
    '1 layer',
    '2 layers',
    'an unknown number of layers',
  ])
})
