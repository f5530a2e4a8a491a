/** The estimated width of labels in a treemap. A browser's test compares it with what is drawn. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fitted, textWidth } from '../../src/page/text-width.ts'

test('a text that fits is left as it is, and another one ends with an ellipsis', () => {
  expect(fitted('COPY', textWidth('COPY'))).toBe('COPY')
  expect(fitted('COPY docs', textWidth('COPY…'))).toBe('COPY…')
  expect(fitted('COPY', 1)).toBe('…')
  expect(fitted('', 1)).toBe('')
})

test('what is left fits, and has no half characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 11, max: 300 }), (text, width) => {
      const shown = fitted(text, width)
      expect(textWidth(shown)).toBeLessThanOrEqual(width)
      expect(shown.isWellFormed()).toBe(text.isWellFormed())
      if (shown !== text) expect(shown).toBe(`${text.slice(0, shown.length - 1)}…`)
    }),
  )
})
