import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ShellPattern } from '../../src/dockerfile/shell-pattern.ts'

const inLine = '[^\\n\\r\\u2028\\u2029]'

/** A regular expression for the same pattern. It backtracks, so texts must be short. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|([\s\S])/gu, (_, escaped?: string, plain?: string) => {
    if (plain === '*') return `${inLine}*`
    return plain === '?' ? inLine : (escaped ?? plain ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  return new RegExp(`^(?:${source})$`, 'u')
}

/** Returns all offsets where a match ends that begins at `from`. */
function endsOf(pattern: string, text: string, from: number): readonly number[] {
  const expression = expressionOf(pattern)
  return Array.from({ length: text.length - from + 1 }, (_, nth) => from + nth).filter((end) =>
    expression.test(text.slice(from, end)),
  )
}

const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '*', '*', '?', '\\'), maxLength: 8 })
const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 10 })

test('finds the same shortest and longest matches as a regular expression', () => {
  fc.assert(
    fc.property(patterns, texts, fc.nat(3), (pattern, text, offset) => {
      const from = Math.min(offset, text.length)
      const all = endsOf(pattern, text, from)
      const expected = all.length === 0 ? null : { shortest: all[0], longest: all.at(-1) }
      expect(ShellPattern.parse(pattern).ends(Array.from(text), from)).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})

test('finds the same first place of a match as a regular expression', () => {
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      const starts = Array.from({ length: text.length + 1 }, (_, start) => start)
      const start = starts.find((each) => endsOf(pattern, text, each).length > 0)
      const expected = start === undefined ? null : { start, end: endsOf(pattern, text, start).at(-1) }
      expect(ShellPattern.parse(pattern).find(Array.from(text), 0)).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})

test('finds suffixes in a reversed text', () => {
  const reversed = Array.from('lib/a.tar.gz').toReversed()
  expect(ShellPattern.parseReversed('.*').ends(reversed, 0)).toEqual({ shortest: 3, longest: 7 })
})
