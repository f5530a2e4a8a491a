import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatByteSize, parseByteSize } from '../../src/budget/byte-size.ts'

test.each([
  ['0', '', 0],
  ['1234567', '', 1_234_567],
  ['1_000_000', 'B', 1_000_000],
  ['12', 'bytes', 12],
  ['10', 'MB', 10_000_000],
  ['10', 'M', 10_000_000],
  ['10', 'mb', 10_000_000],
  ['500', 'kB', 500_000],
  ['500', 'KB', 500_000],
  ['500', 'K', 500_000],
  ['500', 'k', 500_000],
  ['9.5', 'MiB', 9_961_472],
  ['9.5', 'mib', 9_961_472],
  ['2', 'Ki', 2_048],
  // Rounded down from 1,288,490,188.8.
  ['1.2', 'GiB', 1_288_490_188],
  ['1.2', 'GB', 1_200_000_000],
  ['1', 'TiB', 1_099_511_627_776],
  ['9007.199254740991', 'TB', Number.MAX_SAFE_INTEGER],
])('reads %s %s as %d bytes', (number, unit, bytes) => {
  expect(parseByteSize(number, unit)).toEqual({ bytes })
})

test.each([
  ['10', 'Mb', 'unit', 'Mb means bits: write MB for bytes'],
  ['10', 'Kb', 'unit', 'Kb means bits: write kB for bytes'],
  ['10', 'Mib', 'unit', 'Mib means bits: write MiB for bytes'],
  ['10', 'Mbit', 'unit', 'Mbit means bits: write bytes, such as 10MB'],
  ['10', 'kbps', 'unit', 'kbps means bits: write bytes, such as 10MB'],
  ['10', 'MBs', 'unit', 'MBs is not a unit of bytes: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB'],
  ['10', 'i', 'unit', 'i is not a unit of bytes: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB'],
  ['10', 'ib', 'unit', 'ib is not a unit of bytes: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB'],
  ['1', 'e6', 'unit', 'exponents are not allowed: write 1000000, 1_000_000 or 1MB'],
  ['1.5', '', 'number', '1.5 has a fraction and no unit: write 1.5 MB, or whole bytes'],
  ['1.', 'MB', 'number', '1. is not a number: write one such as 12, 9.5 or 1_000_000'],
  ['1__0', 'MB', 'number', '1__0 is not a number: write one such as 12, 9.5 or 1_000_000'],
  ['NaN', 'MB', 'number', 'NaN is not a number: write one such as 12, 9.5 or 1_000_000'],
  ['-1', 'MB', 'number', '-1 is not a number: write one such as 12, 9.5 or 1_000_000'],
  ['9007199254740992', '', 'number', 'sizes go up to 9007199254740991 bytes (9 PB), and this is more'],
  ['9'.repeat(1_000), '', 'number', 'sizes go up to 9007199254740991 bytes (9 PB), and this is more'],
])('refuses %s %s', (number, unit, part, problem) => {
  expect(parseByteSize(number, unit)).toMatchObject({ part, problem })
})

describe('formatting a size', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1kB'],
    [80_000_000, '80MB'],
    [1_500_000, '1.5MB'],
    [1_048_576, '1MiB'],
    [9_961_472, '9.5MiB'],
    [1_234_567, '1234567'],
    [2_000_000_000_000, '2TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text)
  })

  test('is exact', () => {
    const sizes = fc.oneof(
      fc.maxSafeNat(),
      fc
        .tuple(fc.nat(9_999), fc.constantFrom(1, 1_000, 1_000_000, 128, 1_024, 131_072, 1_048_576))
        .map(([a, b]) => a * b),
    )
    fc.assert(
      fc.property(sizes, (bytes) => {
        const [, number = '', unit = ''] = /^([\d.]+)(.*)$/.exec(formatByteSize(bytes)) ?? []
        expect(parseByteSize(number, unit)).toEqual({ bytes })
      }),
    )
  })
})
