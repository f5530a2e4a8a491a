/** Splits one line of budgets into words. Pure. */

/** A word or sign of a line. */
export interface Token {
  /** `end` follows the last word. `symbol` is any sign other than `<=` that cannot be part of a word. */
  readonly kind: 'word' | 'quoted' | 'at-most' | 'symbol' | 'end'
  /** For a quoted word, the text between the quotes. */
  readonly text: string
  /** Offsets within the line, in UTF-16 units. */
  readonly from: number
  readonly to: number
}

/** What is wrong with a line, and at which part of it. */
export class RuleProblem extends Error {
  override readonly name = 'RuleProblem'
  readonly from: number
  readonly to: number
  /** The same message without words of the line. A file of budgets may be any file, so its content is not shown. */
  readonly withoutText: string

  // `withoutText` is needed if the sentence contains words of the line.
  constructor(sentence: string, at: { readonly from: number; readonly to: number }, withoutText = sentence) {
    super(sentence)
    this.withoutText = withoutText
    this.from = at.from
    this.to = at.to
  }
}

/** A quoted word (with `""` for a quote), `<=`, another sign, or a word, each with the space before it. */
const tokenShape = /\s*(?:"((?:[^"]|"")*)(")?|(<=)|([<>=≤≥,"])|([^\s<>=≤≥,"]+))/uy

/**
 * Splits a line into tokens, of which the last has the kind `end`. A `#` at the start or after a space begins a
 * comment, except inside quotes.
 *
 * @throws RuleProblem if a quote is never closed
 */
export function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = []
  let position = 0
  for (;;) {
    tokenShape.lastIndex = position
    const found = tokenShape.exec(line)
    if (!found) break
    const to = tokenShape.lastIndex
    const [all, quoted, closed, atMost, symbol, word] = found
    const from = position + all.length - all.trimStart().length
    if (word?.startsWith('#') && (from === 0 || from > position)) break
    if (quoted !== undefined && closed === undefined)
      throw new RuleProblem('this quote is never closed', { from, to: from + 1 })
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), from, to })
    else if (atMost !== undefined) tokens.push({ kind: 'at-most', text: atMost, from, to })
    else tokens.push({ kind: word === undefined ? 'symbol' : 'word', text: word ?? symbol ?? '', from, to })
    position = to
  }
  const end = tokens.at(-1)?.to ?? 0
  return [...tokens, { kind: 'end', text: '', from: end, to: end + 1 }]
}

/** Reads tokens one after the other. */
export interface Cursor {
  peek: () => Token
  next: () => Token
  /** Returns whether the next token is this keyword, and moves past it if so. */
  takes: (keyword: string) => boolean
}

/** Returns a cursor at the first of these tokens. */
export function cursorOver(tokens: readonly Token[]): Cursor {
  const last = tokens.at(-1)
  if (!last) throw new RangeError('a line has at least its end')
  let position = 0
  const peek = (): Token => tokens[position] ?? last
  const next = (): Token => {
    const token = peek()
    position += 1
    return token
  }
  return {
    peek,
    next,
    takes: (keyword) => {
      if (!isWord(peek(), keyword)) return false
      position += 1
      return true
    },
  }
}

/** Returns whether a token is this keyword, in any case and without quotes. */
export const isWord = (token: Token, keyword: string): boolean =>
  token.kind === 'word' && token.text.toLowerCase() === keyword
