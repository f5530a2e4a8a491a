/** Colour and lines of text in a terminal. Pure. */
import { styleText } from 'node:util'
import { displayWidth, fit } from '../display-width.ts'
import { escapeTerminal, shorten } from '../escape.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

export type Paint = (style: Style, text: string) => string

export function painter(color: boolean): Paint {
  // Whether there is colour is decided already, for each stream.
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text)
}

/** Below this a table says nothing, so lines run over. Columns. */
export const narrowest = 40

export function name(text: string): string {
  return escapeTerminal(shorten(text, 100))
}

/** A blank, but for the one between a figure and its unit. */
const between = / (?!(?:[kMGT]?B|%)(?!\w))/

/** Lines of at most so many columns, broken between words; a word that is longer is cut. */
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

/** Wrapped, each line in the style. */
export function styled(paint: Paint, style: Style, text: string, columns: number): string[] {
  return wrap(text, columns).map((line) => paint(style, line))
}

/** Growth is red, shrinking green. */
export function growthStyle(bytes: number | null): Style | null {
  if (bytes === null || bytes === 0) return null
  return bytes > 0 ? 'red' : 'green'
}

/** @param columns of the start, which holds figures only: one column each character */
export function paintStart(text: string, columns: number, style: Style, paint: Paint): string {
  return `${paint(style, text.slice(0, columns))}${text.slice(columns)}`
}
