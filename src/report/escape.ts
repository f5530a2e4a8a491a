/**
 * Escapes text of the repository under test. No stage name, path, instruction or record may become markup, a mention, a
 * link, a control sequence or a command.
 */
import { invisible, isolated, shortenPath as shortenMiddle } from '../text.ts'

/**
 * Returns the text for one line of a terminal or log. Invisible characters become `\u{…}`; newlines and tabs become a
 * space. A runner reads the log too, so the start of a workflow command is escaped in the same way.
 */
export function escapeTerminal(text: string): string {
  return visible(oneLine(text))
}

/** Does the same for text whose line breaks and spaces must be kept. */
export function escapeLines(text: string): string {
  return text.replaceAll('\t', ' ').split('\n').map(visible).join('\n')
}

function visible(line: string): string {
  const shown = line.replace(invisible, asEscape).replace(/(?<=^|\s):(?=:)|#(?=#\[)/g, asEscape)
  // A colon of our own text may follow.
  return shown.trimStart() === ':' ? shown.replace(':', asEscape) : shown
}

function asEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/**
 * Escapes a sentence that may contain untrusted words for Markdown, so that no markup, mention, reference or link
 * remains. For names and instructions, prefer `markdownCode`.
 */
export function escapeMarkdown(text: string): string {
  return (
    escapeTerminal(text)
      .replace(/[!-/:-@[-`{-~]/g, (found) => (/[.,;:'"?/@-]/.test(found) ? found : `&#${found.charCodeAt(0)};`))
      .replace(/@|(?<=&#35;)|(?<=\bGH-)|(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi, (found) => `${found}${breaker}`)
      // Seven or more digits of a commit's hash become a link, even after a break, so at most six stay together.
      .replace(/[0-9a-f]{7,}/gi, (found) => found.replace(/.{6}/g, `$&${breaker}`))
      .replace(/^([-+]|\d+)(?=[.)\s])/, `$1${breaker}`)
  )
}

/**
 * Returns a code span, which may be in a table cell. GitHub makes no mentions, references or links in code. If the text
 * contains a character that ends a span or a cell, HTML with character references is returned.
 */
export function markdownCode(text: string): string {
  const line = escapeTerminal(text).trim()
  if (line === '') return ''
  return /[`|\\<]/.test(line) ? htmlCode(line) : isolated(`\`${line}\``)
}

/** Returns the same as HTML, for places without Markdown, such as a `<summary>`. */
export function htmlCode(text: string): string {
  const line = escapeTerminal(text).trim()
  const escaped = line.replace(/[^\p{L}\p{N} .,/=-]|(?<=\bwww)\./giu, (found) => `&#${found.codePointAt(0) ?? 0};`)
  return isolated(`<code>${escaped}</code>`)
}

/** Returns text for a label in double quotes in a Mermaid graph. */
export function escapeMermaid(text: string): string {
  return escapeTerminal(text).replace(/[^\p{L}\p{N} .,:/_-]/gu, (found) => `#${found.codePointAt(0) ?? 0};`)
}

/** Shortens text to a number of characters. An ellipsis replaces what is cut off, and no character is split. */
export function shorten(text: string, maxLength: number): string {
  // A character has at most two code units.
  const characters = Array.from(oneLine(text).slice(0, 2 * maxLength + 2))
  return characters.length <= maxLength
    ? characters.join('')
    : `${characters
        .slice(0, maxLength - 1)
        .join('')
        .trimEnd()}…`
}

/**
 * Shortens several texts. Texts that would look alike are cut in the middle, so that the place where they begin to
 * differ is shown.
 */
export function shortenApart(texts: readonly string[], maxLength: number): readonly string[] {
  const lines = texts.map(oneLine)
  const plain = lines.map((line) => shorten(line, maxLength))
  return plain.map((text, nth) => {
    const alike = lines.filter((line, other) => plain[other] === text && line !== lines[nth])
    return alike.length === 0 ? text : aroundDifference(lines[nth] ?? '', alike, maxLength)
  })
}

/** Returns the start of a text, and the characters from where it differs from others. */
function aroundDifference(text: string, others: readonly string[], maxLength: number): string {
  const characters = Array.from(text)
  const all = others.map((other) => Array.from(other))
  const differs = (at: number): boolean => all.some((other) => other[at] !== characters[at])
  let first = 0
  while (first < characters.length && !differs(first)) first += 1
  const start = Math.floor(maxLength / 3)
  const rest = maxLength - start - 1
  const longest = Math.max(characters.length, ...all.map(({ length }) => length))
  const from = Math.max(start, Math.min(first - 2, longest - rest))
  const end = characters.slice(from)
  return `${characters.slice(0, start).join('')}…${end.length <= rest ? end.join('') : `${end.slice(0, rest - 1).join('')}…`}`
}

/** Shortens a path to a number of characters in its middle. */
export function shortenPath(path: string, maxLength: number): string {
  return shortenMiddle(oneLine(path), maxLength)
}

/** Line breaks that terminals do not know, and the mark of the byte order, stay: they are shown as `\u{…}`. */
function oneLine(text: string): string {
  return text.replace(/[^\S\u2028\u2029\ufeff]+/g, ' ')
}

/** A word joiner. It is invisible and breaks mentions, references and links. */
const breaker = '\u2060'
