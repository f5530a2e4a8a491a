/** Colours and line breaks for text in a terminal. Pure. */
import { styleText } from 'node:util'
import { displayWidth, fit } from '../display-width.ts'
import { escapeTerminal, shorten } from '../escape.ts'
import { formatCount } from '../units.ts'

/** A style of text. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Applies a style to a text. */
export type Paint = (style: Style, text: string) => string

/** Returns a function that applies styles, or leaves text unchanged without colour. */
export function painter(color: boolean): Paint {
  // Whether there is colour was already decided for each stream.
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text)
}

/** Smallest width of a table in columns. In a narrower terminal, lines overflow. */
export const narrowest = 40

/** Formats an untrusted name for a terminal. */
export function name(text: string): string {
  return escapeTerminal(shorten(text, 100))
}

/** A space, except between a figure and its unit. */
const between = / (?!(?:[kMGT]?B|%)(?!\w))/

/** Breaks text into lines of a number of columns, between words. A longer word is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(between)) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((text) => fit(text, columns))
}

/** Breaks text into lines and applies a style to each. */
export function styled(paint: Paint, style: Style, text: string, columns: number): string[] {
  return wrap(text, columns).map((line) => paint(style, line))
}

/** Returns the style for growth: red if something grew, green if it shrank. */
export function growthStyle(bytes: number | null): Style | null {
  if (bytes === null || bytes === 0) return null
  return bytes > 0 ? 'red' : 'green'
}

/**
 * Applies a style to the start of a text.
 *
 * @param columns length of the start; it contains only figures, which take one column each
 */
export function paintStart(text: string, columns: number, style: Style, paint: Paint): string {
  return `${paint(style, text.slice(0, columns))}${text.slice(columns)}`
}

/** Says how to see what was left out. */
export const seeAll = (count: number): string => `(--all shows ${count === 1 ? 'it' : 'them'})`

/**
 * Returns how many rows were left out, and how to see them.
 *
 * @param noun what a row is
 */
export function leftWords(count: number, noun: string): string {
  return `and ${formatCount(count, `more ${noun}`)} ${seeAll(count)}`
}
