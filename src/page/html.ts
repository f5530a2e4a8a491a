/** HTML in which text of others stays text: what is put into a template is escaped, unless it is HTML already. */
import { escapeTerminal, shorten } from '../report/escape.ts'
import { escapeHtml } from './escape-html.ts'

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Value = Html | string | number | null | readonly Html[]

/** A template; null is nothing. Attributes have to be in double quotes. Line breaks of templates are for who reads the code. */
export function html(template: TemplateStringsArray, ...values: readonly Value[]): Html {
  let parts = known.get(template)
  if (parts === undefined) {
    parts = template.map(withoutIndent)
    known.set(template, parts)
  }
  return new Html(parts.reduce((text, part, at) => text + textOf(values[at - 1] ?? null) + part))
}

/** Text without the blanks around its line breaks, and without empty lines. */
function withoutIndent(text: string): string {
  const lines = text.split('\n')
  const last = lines.length - 1
  return lines
    .map((line, nth) => (nth === 0 ? line : line.trimStart()))
    .map((line, nth) => (nth === last ? line : line.trimEnd()))
    .filter((line, nth) => line !== '' || nth === 0 || nth === last)
    .join('\n')
}

/** Templates as they are used; each is one object for all of its calls. */
const known = new WeakMap<TemplateStringsArray, readonly string[]>()

export const nothing = new Html('')

function textOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escapeHtml(String(value))
}

const [opening, closing] = ['\u0001', '\u0002']

/** A foreign name in a sentence that `prose` makes HTML of. Escaped text holds no control characters of its own. */
export function name(text: string): string {
  return `${opening}${foreign(text, 100)}${closing}`
}

/** Foreign text of at most so many characters on one line. */
export function foreign(text: string, most: number): string {
  return shorten(escapeTerminal(text), most)
}

/** A sentence of ours with foreign names in it. */
export function prose(sentence: string): Html {
  const [first = '', ...rest] = sentence.split(opening)
  return new Html(
    escapeHtml(first) +
      rest
        .map((part) => {
          const end = part.indexOf(closing)
          return `<code>${escapeHtml(part.slice(0, end))}</code>${escapeHtml(part.slice(end + 1))}`
        })
        .join(''),
  )
}
