import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { maxVarintBytes, VarintReader, writeVarint } from '../src/varint.ts'

const written = (value: number): Buffer => {
  const bytes = Buffer.alloc(maxVarintBytes)
  return bytes.subarray(0, writeVarint(bytes, 0, value))
}

// The examples are from the documentation of Protocol Buffers, "Base 128 Varints", and from Wikipedia, "LEB128".
test.each([
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '8001'],
  [150, '9601'],
  [300, 'ac02'],
  [624_485, 'e58e26'],
  [2 ** 32, '8080808010'],
  [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
])('writes %i as the bytes %s', (value, bytes) => {
  expect(written(value).toString('hex')).toBe(bytes)
  expect(new VarintReader(Buffer.from(bytes, 'hex')).next()).toBe(value)
})

test('reads numbers in the order in which they were written', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (values) => {
      const numbers = new VarintReader(Buffer.concat(values.map(written)))
      expect(values.map(() => numbers.next())).toEqual(values)
      expect(numbers.at).toBe(Buffer.concat(values.map(written)).length)
    }),
  )
})

test.each([
  ['is cut short', '80', 2],
  ['is missing', '', 1],
  ['is larger than 2^53 - 1', '8080808080808010', Infinity],
  ['has more digits than a number can hold', `${'ff'.repeat(400)}00`, Infinity],
  ['never ends', '80'.repeat(400), Infinity],
])('moves past the end if a number %s', (_, bytes, at) => {
  const numbers = new VarintReader(Buffer.from(bytes, 'hex'))
  expect(numbers.next()).toBe(0)
  expect(numbers.at).toBe(at)
})
