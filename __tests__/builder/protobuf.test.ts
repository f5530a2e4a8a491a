import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { boolField, bytesOf, fieldsOf, numberOf, stringField } from '../../src/builder/protobuf.ts'

test('writes and reads the examples of the encoding guide', () => {
  // protobuf.dev/programming-guides/encoding: `a: 150` in field 1, `b: "testing"` in field 2.
  expect(stringField(2, 'testing').toString('hex')).toBe('120774657374696e67')
  expect(fieldsOf(Buffer.from('089601', 'hex'))).toEqual([{ number: 1, value: 150n }])
  expect(boolField(3, true).toString('hex')).toBe('1801')
})

test('reads what it writes, takes the last value of a field, and skips fixed-width fields', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 15 }), (first, last, number) => {
      const fixed = Buffer.concat([
        Buffer.from([(number << 3) | 1]),
        Buffer.alloc(8),
        Buffer.from([(number << 3) | 5]),
        Buffer.alloc(4),
      ])
      const fields = fieldsOf(Buffer.concat([stringField(number, first), fixed, stringField(number, last)])) ?? []
      expect(bytesOf(fields, number)?.toString('utf8')).toBe(Buffer.from(last, 'utf8').toString('utf8'))
      expect([bytesOf(fields, 16), numberOf(fields, number)]).toEqual([null, null])
    }),
  )
})

test('parses or rejects any bytes without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const fields = fieldsOf(Buffer.from(bytes))
      for (const { number, value } of fields ?? [])
        expect(number >= 0 && (typeof value === 'bigint' || value.length <= bytes.length)).toBe(true)
    }),
  )
})

test.each([
  ['a number that does not end', 'ff'.repeat(11)],
  ['a length beyond the end', '0aff01'],
  ['a fixed-width field that is cut off', '0900'],
  ['a group, which is deprecated', '0b0c'],
])('rejects %s', (_, hex) => {
  expect(fieldsOf(Buffer.from(hex, 'hex'))).toBeNull()
})

test('rejects more fields than any real message has, because each takes memory', () => {
  expect(fieldsOf(Buffer.alloc(20_000, '0801', 'hex'))).toHaveLength(10_000)
  expect(fieldsOf(Buffer.alloc(16 * 1024 ** 2, '0801', 'hex'))).toBeNull()
})

test('reads a number beyond 53 bits as not known', () => {
  expect(numberOf(fieldsOf(Buffer.from('10ffffffffffffffff7f', 'hex')) ?? [], 2)).toBeNull()
})
