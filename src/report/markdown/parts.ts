/** The Markdown elements that all parts of the report use. Pure. */
import { htmlCode, markdownCode, shorten, shortenPath } from '../escape.ts'
import type { Verdict } from '../../budget/verdict.ts'
import type { Report } from '../report.ts'
import { isAccepted, markOfVerdict, type Mark } from '../verdict-lines.ts'

/** Formats an untrusted name as code that has no effect. */
export function name(text: string): string {
  return markdownCode(shorten(text, 100))
}

/** Does the same for the title of a folded part, where GitHub does not read Markdown. */
export function summaryName(text: string): string {
  return htmlCode(shorten(text, 100))
}

/** Does the same for places where every byte counts. The end of a name such as `ghcr.io/owner/app` says the most. */
export function shortName(text: string): string {
  return markdownCode(shortenPath(text, 20))
}

/** Formats an instruction as code that has no effect. */
export function instruction(text: string): string {
  return markdownCode(shorten(text, 120))
}

/** Returns a table. A title ends with `:` if the cells of its column are figures. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(titles.map((title) => title.replace(/:$/, ''))),
    line(titles.map((title) => (title.endsWith(':') ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map((cell, at) => (titles[at]?.endsWith(':') === true ? unbroken(cell) : cell)))),
  ].join('\n')
}

/** Keeps figures together with their unit in a narrow table. */
function unbroken(text: string): string {
  return text.replace(/ (?=(?:[kMGT]?B|%)(?!\w))/g, '\u00a0')
}

/**
 * Returns a part that is folded at first.
 *
 * @param title HTML; untrusted names in it are formatted by `summaryName`
 */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** Returns one of GitHub's alerts. Its lines may be lists and paragraphs. */
export function alert(kind: 'NOTE' | 'WARNING' | 'CAUTION', lines: readonly string[]): string {
  return [`[!${kind}]`, ...lines].map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')
}

/** Returns bold text. Empty text stays empty. */
export function strong(text: string): string {
  return text === '' ? '' : `**${text}**`
}

/** The sign before a budget result. */
export const signs: Readonly<Record<Mark, string>> = {
  fail: '❌',
  warn: '⚠️',
  'not-judged': '⚠️',
  pass: '✅',
  elsewhere: '',
}

/** The words for a verdict in the first line, which the reader sees first. */
const verdictWords: Readonly<Record<Mark, string>> = {
  fail: `${signs.fail} over budget`,
  warn: `${signs.warn} over budget, only a warning`,
  'not-judged': `${signs['not-judged']} budget not judged`,
  pass: `${signs.pass} within budget`,
  elsewhere: `${signs.pass} within budget`,
}

/** What the first line says of budgets. */
type HeadingVerdict = Pick<Report, 'verdict'> & Partial<Pick<Report, 'invalidRules'>>

/**
 * Returns the first line: what was weighed, how much it grew, and the verdict.
 *
 * @param title an untrusted name, already in Markdown; empty if there is none
 * @param growth in words; null if nothing was compared or it is not known
 */
export function headingOf(title: string, growth: string | null, { verdict, invalidRules }: HeadingVerdict): string {
  const outcome =
    invalidRules === undefined ? (verdict === null ? '' : wordsFor(verdict)) : `${signs.fail} budgets invalid`
  const parts = [title, growth ?? '', outcome].filter((part) => part !== '')
  return ['### Stage Footprint', ...parts].join(' · ')
}

function wordsFor(verdict: Verdict): string {
  const mark = markOfVerdict(verdict)
  if (mark === 'warn' && isAccepted(verdict)) return `${signs.warn} over budget, accepted by a label`
  return mark === null ? '' : verdictWords[mark]
}

/** Returns a sentence about what was left out. */
export function leftOut(what: string): string {
  return `_Left out, since the report would be too long here: ${what}. The record has it all._`
}
