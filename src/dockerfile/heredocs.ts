import { readShellWords } from './shell-words.ts'

/** A heredoc that an instruction opens. */
export interface Heredoc {
  /** The line that ends it. */
  readonly terminator: string
  /** True for `<<-`, which allows tabs before the terminator. */
  readonly stripsTabs: boolean
}

const unset = (): undefined => undefined

/** Returns the heredocs that the logical line of a RUN, COPY or ADD opens, in order. */
export function heredocsOf(line: string): readonly Heredoc[] {
  if (!line.includes('<<')) return []
  // BuildKit uses the backslash here, whatever the escape directive says.
  const options = { escape: '\\', lookUp: unset, rawQuotes: true, rawEscapes: true, keepUnset: true }
  const words = readShellWords(line, options)?.words ?? []
  return words.map(heredocOfWord).filter((heredoc) => heredoc !== null)
}

function heredocOfWord(word: string): Heredoc | null {
  const [, dash, name] = /^\d*<<(-?)([^<]*)$/.exec(word) ?? []
  if (name === undefined || name.trimStart() === '') return null
  const names = readShellWords(name.trimStart(), { escape: '\\', lookUp: unset, keepUnset: true })?.words
  const terminator = names?.[0]
  return names?.length === 1 && terminator !== undefined ? { terminator, stripsTabs: dash === '-' } : null
}

/**
 * Finds the lines that end heredocs by their text. An index is needed because a hostile file may open many heredocs
 * that nothing ends.
 */
export class TerminatorLines {
  readonly #lines: readonly string[]
  /**
   * Line numbers by whole text, and by text without leading tabs. They are made for the first heredoc that needs them.
   */
  #whole: ReadonlyMap<string, readonly number[]> | null = null
  #stripped: ReadonlyMap<string, readonly number[]> | null = null

  /** @param lines without their line breaks */
  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  /** Returns the index of the line that ends a heredoc, starting at `first`, or null if there is none. */
  next({ terminator, stripsTabs }: Heredoc, first: number): number | null {
    const places = stripsTabs
      ? (this.#stripped ??= positionsOf(this.#lines.map((line) => line.replace(/^\t+/, ''))))
      : (this.#whole ??= positionsOf(this.#lines))
    const at = places.get(terminator) ?? []
    let [low, high] = [0, at.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((at[middle] ?? Infinity) < first) low = middle + 1
      else high = middle
    }
    return at[low] ?? null
  }
}

function positionsOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>()
  for (const [position, line] of lines.entries()) {
    const known = positions.get(line)
    if (known === undefined) positions.set(line, [position])
    else known.push(position)
  }
  return positions
}
