/** Widths of characters, compared with Python's tables of the Unicode Character Database. */
import { expect, test } from '@jest/globals'
import { displayWidth } from '../../src/report/display-width.ts'
import { succeed } from '../support/program.ts'

/** The code of each assigned character with a width of its own, and whether Python calls it wide or fullwidth. */
const program = `
import unicodedata
for code in range(0x20, 0x110000):
    character = chr(code)
    if unicodedata.category(character)[0] not in 'CM':
        print(code, int(unicodedata.east_asian_width(character) in 'WF'))
`

/** Trigrams, hexagrams and counting rods: wide since Unicode 16, which older versions of Python do not know. */
const newlyWide = /[\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\u{1d300}-\u{1d376}]/u

test('is two columns for wide characters of Unicode and emoji, and one for others', async () => {
  const said = (await succeed('python3', ['-c', program]))
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number])
  expect(said.length).toBeGreaterThan(130_000)
  const differing = said.flatMap(([code, isWide]) => {
    const character = String.fromCodePoint(code)
    const isEmoji = /\p{Emoji_Presentation}/u.test(character)
    return newlyWide.test(character) || displayWidth(character) === (isWide === 1 || isEmoji ? 2 : 1)
      ? []
      : [code.toString(16)]
  })
  expect(differing).toEqual([])
})

test.each(['☰', '⚊', '䷀', '𝌀', '𝍠'])('is two columns for %s since Unicode 16', (character) =>
  expect(displayWidth(character)).toBe(2),
)
