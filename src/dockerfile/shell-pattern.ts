/**
 * Patterns of the shell with `*` and `?`, as in `${NAME#pattern}`. Neither of the two matches a line break. Pure.
 *
 * A pattern is split at its stars. A star can take any part of a line, so each part between two stars may stand at the
 * first place where it fits. No other place has to be tried.
 */

/** A part of a text, from offset `start` up to and excluding offset `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** The characters between two stars. Null stands for `?`. */
type Part = readonly (string | null)[]

/** A parsed pattern. */
export class ShellPattern {
  readonly #first: Part
  /** The parts after the first star. */
  readonly #others: readonly Part[]

  private constructor([first = [], ...others]: readonly Part[]) {
    this.#first = first
    this.#others = others
  }

  /** Parses a pattern. A backslash makes the next character a literal one. */
  static parse(pattern: string): ShellPattern {
    return new ShellPattern(partsOf(pattern))
  }

  /** Parses a pattern that matches reversed texts. */
  static parseReversed(pattern: string): ShellPattern {
    return new ShellPattern(
      partsOf(pattern)
        .map((part) => part.toReversed())
        .toReversed(),
    )
  }

  /** Returns where the shortest and the longest match end that begin at `from`. Returns null if there is none. */
  ends(characters: readonly string[], from: number): { readonly shortest: number; readonly longest: number } | null {
    if (!fits(this.#first, characters, from)) return null
    let at = from + this.#first.length
    if (this.#others.length === 0) return { shortest: at, longest: at }
    let before = at
    for (const part of this.#others) {
      const start = firstFit(part, characters, at)
      if (start === null) return null
      before = at
      at = start + part.length
    }
    const last = this.#others.at(-1) ?? []
    return { shortest: at, longest: lastFit(last, characters, before) + last.length }
  }

  /** Returns the longest match at the first place at or after `from` that has one. Returns null if there is none. */
  find(characters: readonly string[], from: number): Range | null {
    for (let start = from; start <= characters.length;) {
      const ends = this.ends(characters, start)
      if (ends !== null) return { start, end: ends.longest }
      // If the rest of the line does not fit now, less of it does not fit either.
      const behind = start + this.#first.length
      const isFirstThere = this.#others.length > 0 && fits(this.#first, characters, start)
      start = isFirstThere ? Math.max(start, lineEnd(characters, behind) - this.#first.length) + 1 : start + 1
    }
    return null
  }
}

/**
 * Evaluates `${NAME#pattern}` and `${NAME%pattern}`. A doubled sign removes the longest match.
 *
 * @param word the text after the first sign
 */
export function cut(value: string, word: string, side: '#' | '%'): string {
  const greedy = word.startsWith(side)
  const pattern = greedy ? word.slice(1) : word
  const chars = Array.from(value)
  // A suffix is found as a prefix of the reversed text.
  const ends =
    side === '#'
      ? ShellPattern.parse(pattern).ends(chars, 0)
      : ShellPattern.parseReversed(pattern).ends(chars.toReversed(), 0)
  if (ends === null) return value
  const gone = greedy ? ends.longest : ends.shortest
  return (side === '#' ? chars.slice(gone) : chars.slice(0, chars.length - gone)).join('')
}

/**
 * Evaluates `${NAME/pattern/text}`. It replaces the longest match at the first place where there is one, or at every
 * place if `all` is set.
 */
export function replaced(
  value: string,
  pattern: string,
  replacement: string,
  { all }: { readonly all: boolean },
): string {
  const parsed = ShellPattern.parse(pattern)
  const chars = Array.from(value)
  let result = ''
  let at = 0
  // After a match at the end, there is no empty match.
  for (let found = parsed.find(chars, at); found !== null; found = at < chars.length ? parsed.find(chars, at) : null) {
    result += chars.slice(at, found.start).join('') + replacement
    at = found.end
    if (!all) break
    if (found.end === found.start) result += chars[at++] ?? ''
  }
  return result + chars.slice(at).join('')
}

function partsOf(pattern: string): readonly Part[] {
  const parts: (string | null)[][] = [[]]
  for (const [, escaped, plain] of pattern.matchAll(/\\(.)|([\s\S])/gu)) {
    if (plain === '*') parts.push([])
    else parts.at(-1)?.push(plain === '?' ? null : (escaped ?? plain ?? ''))
  }
  return parts
}

function fits(part: Part, characters: readonly string[], at: number): boolean {
  return part.every((wanted, nth) => {
    const character = characters[at + nth]
    return wanted === null ? character !== undefined && !isLineBreak(character) : character === wanted
  })
}

/** Returns the first place for a part behind a star that begins at `from`. Returns null if there is none. */
function firstFit(part: Part, characters: readonly string[], from: number): number | null {
  for (let at = from; ; at++) {
    if (fits(part, characters, at)) return at
    const skipped = characters[at]
    if (skipped === undefined || isLineBreak(skipped)) return null
  }
}

/** Returns the last place for a part behind a star that begins at `from`. There must be one. */
function lastFit(part: Part, characters: readonly string[], from: number): number {
  let at = Math.min(lineEnd(characters, from), characters.length - part.length)
  while (!fits(part, characters, at)) at--
  return at
}

/** Returns the offset of the next line break, or that of the end. */
function lineEnd(characters: readonly string[], from: number): number {
  let at = from
  while (at < characters.length && !isLineBreak(characters[at] ?? '')) at++
  return at
}

const isLineBreak = (character: string): boolean => '\n\r\u2028\u2029'.includes(character)
