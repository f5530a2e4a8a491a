import { readShellWords } from './shell-words.ts'

export interface Heredoc {
  /** The line that ends it. */
  readonly terminator: string
  /** `<<-`: tabs before the terminator are allowed. */
  readonly stripsTabs: boolean
}

const unset = (): undefined => undefined

/** The heredocs that the logical line of a RUN, COPY or ADD opens, in order. */
export function heredocsOf(line: string): readonly Heredoc[] {
  if (!line.includes('<<')) return []
  // BuildKit takes the backslash here whatever the escape directive says.
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

/** The lines that may end a heredoc, found by their text: a file may open many that nothing ends. */
export class TerminatorLines {
  readonly #lines: readonly string[]
  /** Positions by the whole text, and by the text behind tabs; made for the first heredoc. */
  #whole: ReadonlyMap<string, readonly number[]> | null = null
  #stripped: ReadonlyMap<string, readonly number[]> | null = null

  /** @param lines without their line breaks */
  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  /** The position of the line that ends a heredoc, from `first` on; null where there is none. */
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
