/** Names that are too long for their space: those that differ look different. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { shortNames } from '../../src/page/short-names.ts'
import { textWidth } from '../../src/page/text-width.ts'

const width = 134
const shown = (names: readonly string[], startShare = 0.4): readonly string[] => [
  ...shortNames(
    names.map((name) => ({ name, startShare })),
    width,
  ).values(),
]

test('a name that fits is shown in full, and one that does not keeps its start and its end', () => {
  expect(shown(['final', 'build-frontend-production-assets'])).toEqual(['final', 'build-fr…ction-assets'])
  expect(shown(['registry.example.com/team/python:3.13-slim'], 0.2)).toEqual(['regi…ython:3.13-slim'])
})

test.each([
  ['begin alike', (nth: number) => `the-application-of-our-team-built-for-${nth}`],
  ['end alike', (nth: number) => `${nth}-is-the-stage-that-makes-the-application`],
  ['begin and end alike', (nth: number) => `the-application-of-our-team-${nth}-built-for-production-use`],
  ['differ in length alone', (nth: number) => 'stage-'.repeat(nth + 4)],
  ['differ in case and accents', (nth: number) => `${'é'.repeat(nth)}${'E'.repeat(70 - nth)}`],
])('sixty names that %s all look different, and fit', (_, nameOf) => {
  const names = Array.from({ length: 60 }, (_, nth) => nameOf(nth))
  expect(new Set(shown(names)).size).toBe(60)
  expect(Math.max(...shown(names).map(textWidth))).toBeLessThanOrEqual(width)
})

test('what a name differs in is shown, if both its start and its end are the same as those of others', () => {
  const parts = ['amd64', 'arm64', 'riscv64']
  const names = shown(parts.map((part) => `the-application-of-our-team-${part}-built-for-production-use`))
  expect(names.map((name, nth) => name.includes(parts[nth]!.slice(1, 4)))).toEqual([true, true, true])
})

test('whatever the names are, those that differ look different, and fit', () => {
  const names = fc.uniqueArray(
    fc.oneof(
      fc.string({ maxLength: 60, unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 20, maxLength: 40 }),
      fc.constantFrom('a'.repeat(50), `${'a'.repeat(7)}…${'a'.repeat(10)}`, `${'a'.repeat(14)}… (1)`),
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(names, (some) => {
      expect(new Set(shown(some)).size).toBe(some.length)
      for (const name of shown(some)) expect(textWidth(name)).toBeLessThanOrEqual(width)
    }),
  )
})
