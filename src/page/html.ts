/** HTML templates that keep untrusted text as text. Values are escaped unless they are HTML already. */
import { escapeTerminal, shorten } from '../report/escape.ts'
import { rightToLeftWords } from '../text.ts'
import { escapeHtml } from './escape-html.ts'
import { visibleSpaces } from './visible-spaces.ts'

/** Text that is HTML already. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template may contain. Everything except `Html` is escaped. */
export type Value = Html | string | number | null | readonly Html[]

/**
 * Makes HTML from a template. A null value adds nothing. Attributes must be in double quotes. Line breaks in a template
 * are only for its readability.
 */
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

/** Processed templates. Each template is one object for all of its calls. */
const known = new WeakMap<TemplateStringsArray, readonly string[]>()

/** HTML that adds nothing. */
export const nothing = new Html('')

function textOf(value: Value): string {
  if (value === null) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return escapeHtml(String(value))
}

const [opening, closing] = ['\u0001', '\u0002']

/** Limit for the characters of names of stages and images. Names that differ later than this look the same. */
export const maxNameLength = 300

/**
 * Marks an untrusted name in a sentence for `prose`. Escaped text contains no control characters, so the marks are
 * unique.
 */
export function name(text: string): string {
  return `${opening}${foreign(text.trim() === '' ? visibleSpaces(text) : text, 100)}${closing}`
}

/** Returns untrusted text on one line with at most this number of characters. */
export function foreign(text: string, maxLength: number): string {
  return shorten(escapeTerminal(text), maxLength)
}

/** Returns text as code, which is broken as `breakable` says. */
export const code = (text: string): Html => new Html(`<code>${breakable(text).text}</code>`)

/**
 * Returns text that may be broken after a slash within a path, a comma or an equals sign, so that a narrow column does
 * not break a name. The name of a flag stays together with its hyphens. Words in a right-to-left script are isolated, so
 * that the numbers and slashes beside them keep their places.
 */
export function breakable(text: string): Html {
  const marked = escapeHtml(text)
    .replace(/(?<=[\w.@}-])\/(?=[^/\s])|[,=](?=\S)/g, '$&<wbr>')
    .replace(/(?<=^|\s)--?[a-z][\w-]{0,29}/g, '<span class="flag">$&</span>')
    .replace(rightToLeftWords, '<bdi>$&</bdi>')
  return new Html(marked)
}

/** Keeps a figure together with its unit. */
const unbroken = (text: string): string => text.replace(/(?<=\d) (?=(?:[kMGT]?B|%)(?!\w))/g, '\u00a0')

/** Returns HTML for words between names. What is in backticks becomes code, such as the command in a message. */
const plain = (words: string): string =>
  words
    .split(/`([^\s`](?:[^`]*[^\s`])?)`/)
    .map((part, nth) => (nth % 2 === 1 ? code(part).text : escapeHtml(unbroken(part))))
    .join('')

/** Returns HTML for a sentence, of ours or as `foreign` returns it, with untrusted names in it. */
export function prose(sentence: string): Html {
  const [first = '', ...rest] = sentence.split(opening)
  return new Html(
    plain(first) +
      rest
        .map((part) => {
          const end = part.indexOf(closing)
          return `${code(part.slice(0, end)).text}${plain(part.slice(end + 1))}`
        })
        .join(''),
  )
}
