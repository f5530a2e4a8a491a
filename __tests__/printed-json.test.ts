/** Printed JSON has the same value, and nothing in it that a terminal or a runner acts on. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { printedJson, printedJsonParts } from '../src/printed-json.ts'
import { nasty } from './support/nasty.ts'

/** Control characters except line breaks, bidirectional controls, and others without a visible shape. */
const unseen = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u

test.each([
  ['a control character of eight bits', '\u009b31m', '"\\u009b31m"'],
  ['the delete character', '\u007f', '"\\u007f"'],
  ['a mark that reorders text', 'a\u202eb', '"a\\u202eb"'],
  ['a character outside of the basic plane', '\u{e0041}', '"\\udb40\\udc41"'],
  ['letters and emoji', '\u00e9 \u{1f600}', '"\u00e9 \u{1f600}"'],
])('writes only invisible characters as escapes: %s', (_, text, expected) => {
  expect(printedJson([text])).toBe(`[${expected}]`)
})

test('any text keeps its value, and is printed without characters that cannot be seen', () => {
  const text = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 40 }))
  fc.assert(
    fc.property(fc.dictionary(text, text), fc.constantFrom(0, 2), (value, indent) => {
      const printed = printedJson(value, indent)
      expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(printed).not.toMatch(unseen)
      expect(printed).not.toContain('##[')
    }),
  )
})

test('in parts, any value is printed as in one text, and no part is long', () => {
  const text = fc.oneof(fc.constantFrom(...nasty, 'toString', '##[x'), fc.string({ unit: 'binary', maxLength: 20 }))
  const values = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 7 },
      text,
      fc.integer(),
      fc.constantFrom(null, true, undefined),
      tie('list'),
      tie('fields'),
    ),
    list: fc.array(tie('any'), { maxLength: 4 }),
    fields: fc.dictionary(text, tie('any'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(fc.oneof(values.list, values.fields), fc.constantFrom(0, 2), (value, indent) => {
      expect([...printedJsonParts(value, indent)].join('')).toBe(printedJson(value, indent))
    }),
  )
  const many = { lists: [{ points: Array.from({ length: 10_000 }, (_, nth) => ({ nth, name: 'point' })) }] }
  const parts = [...printedJsonParts(many, 2)]
  expect(parts.join('')).toBe(printedJson(many, 2))
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(70_000)
})
