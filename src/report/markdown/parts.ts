/** The pieces of Markdown that every part of the report is made of. Pure. */
import { htmlCode, markdownCode, shorten } from '../escape.ts'
import type { Mark } from '../verdict-lines.ts'

/** A name of the repository under test, as text that does nothing. */
export function name(text: string): string {
  return markdownCode(shorten(text, 100))
}

/** The same in the title of what is folded, where GitHub reads no Markdown. */
export function summaryName(text: string): string {
  return htmlCode(shorten(text, 100))
}

/** Where every byte counts. */
export function shortName(text: string): string {
  return markdownCode(shorten(text, 20))
}

export function instruction(text: string): string {
  return markdownCode(shorten(text, 120))
}

/** @param titles with `:` at the end of those whose cells are figures */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(titles.map((title) => title.replace(/:$/, ''))),
    line(titles.map((title) => (title.endsWith(':') ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map((cell, at) => (titles[at]?.endsWith(':') === true ? unbroken(cell) : cell)))),
  ].join('\n')
}

/** Figures that stay with their unit where a table gets narrow. */
function unbroken(text: string): string {
  return text.replace(/ (?=(?:[kMGT]?B|%)(?!\w))/g, '\u00a0')
}

/** @param title as HTML: foreign names in it are `summaryName`s */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** GitHub's alert; lines may be lists and paragraphs. */
export function alert(kind: 'NOTE' | 'WARNING' | 'CAUTION', lines: readonly string[]): string {
  return [`[!${kind}]`, ...lines].map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')
}

export function strong(text: string): string {
  return text === '' ? '' : `**${text}**`
}

export const signs: Readonly<Record<Mark, string>> = {
  fail: '❌',
  warn: '⚠️',
  'not-judged': '⚠️',
  pass: '✅',
  elsewhere: '',
}

/** What the first line says of a verdict: a reader decides by it. */
export const verdictWords: Readonly<Record<Mark, string>> = {
  fail: `${signs.fail} over budget`,
  warn: `${signs.warn} over budget, allowed`,
  'not-judged': `${signs['not-judged']} budget not judged`,
  pass: `${signs.pass} within budget`,
  elsewhere: `${signs.pass} within budget`,
}

/**
 * What was weighed, how much it grew, and what the budgets say.
 *
 * @param title a foreign name, in Markdown already; empty if there is none
 * @param growth in words; null if nothing was compared or it is not known
 */
export function headingOf(title: string, growth: string | null, mark: Mark | null): string {
  const parts = [title, growth ?? '', mark === null ? '' : verdictWords[mark]].filter((part) => part !== '')
  return ['### Stage Footprint', ...parts].join(' · ')
}

export function leftOut(what: string): string {
  return `_Left out, since the report would be too long here: ${what}. The record has it all._`
}
