/**
 * Text of the repository under test stays text wherever it lands: nothing in a stage name, a path, an
 * instruction or a record may become markup, a mention, a link, a control sequence or a command.
 */

/** What has no shape of its own: controls, what Unicode says to ignore, separators and lone surrogates; and the blank of Braille. */
const invisible = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb\p{Surrogate}]/gu

/**
 * Makes what cannot be seen visible as `\u{…}`. For one line: newlines and tabs become a space first.
 * A runner reads the log too, so what would begin a workflow command is written that way as well.
 */
export function escapeTerminal(text: string): string {
  return visible(oneLine(text))
}

/** The same of text whose lines and spaces mean something. */
export function escapeLines(text: string): string {
  return text.replaceAll('\t', ' ').split('\n').map(visible).join('\n')
}

function visible(line: string): string {
  const shown = line.replace(invisible, asEscape).replace(/(?<=^|\s):(?=:)|#(?=#\[)/g, asEscape)
  // A colon of ours may follow.
  return shown.trimStart() === ':' ? shown.replace(':', asEscape) : shown
}

function asEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/**
 * A sentence in Markdown that may hold foreign words: no markup, mention, reference or link survives.
 * Prefer `markdownCode` for names and instructions.
 */
export function escapeMarkdown(text: string): string {
  return (
    escapeTerminal(text)
      .replace(/[!-/:-@[-`{-~]/g, (found) => (/[.,;:'"?/@-]/.test(found) ? found : `&#${found.charCodeAt(0)};`))
      .replace(/@|(?<=&#35;)|(?<=\bGH-)|(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi, (found) => `${found}${breaker}`)
      // Seven digits of a commit's hash and more become a link, also behind a break: no more than six stay together.
      .replace(/[0-9a-f]{7,}/gi, (found) => found.replace(/.{6}/g, `$&${breaker}`))
      .replace(/^([-+]|\d+)(?=[.)\s])/, `$1${breaker}`)
  )
}

/**
 * A code span, also within a table cell. GitHub makes no mentions, references or links in code.
 * Where the text holds what ends a span or a cell, HTML with character references stands for it.
 */
export function markdownCode(text: string): string {
  const line = escapeTerminal(text).trim()
  if (line === '') return ''
  return /[`|\\<]/.test(line) ? htmlCode(line) : `\`${line}\``
}

/** The same as HTML, for places where Markdown is not read, such as a summary. */
export function htmlCode(text: string): string {
  const line = escapeTerminal(text).trim()
  const escaped = line.replace(/[^\p{L}\p{N} .,/=-]|(?<=\bwww)\./giu, (found) => `&#${found.codePointAt(0) ?? 0};`)
  return `<code>${escaped}</code>`
}

/** Text of a label in double quotes in a Mermaid graph. */
export function escapeMermaid(text: string): string {
  return escapeTerminal(text).replace(/[^\p{L}\p{N} .,:/_-]/gu, (found) => `#${found.codePointAt(0) ?? 0};`)
}

/** Cut to so many characters, never within one, with an ellipsis in place of what is gone. */
export function shorten(text: string, most: number): string {
  // No character has more than two code units.
  const characters = Array.from(oneLine(text).slice(0, 2 * most + 2))
  return characters.length <= most
    ? characters.join('')
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}

/** A path cut to so many characters at its front: its end says most. */
export function shortenPath(path: string, most: number): string {
  const characters = Array.from(oneLine(path).slice(-2 * most - 2))
  return characters.length <= most ? characters.join('') : `…${characters.slice(1 - most).join('')}`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** A word joiner: seen by nobody, and no mention, reference or link goes through it. */
const breaker = '\u2060'
