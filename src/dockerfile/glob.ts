/**
 * Patterns with wildcards. All paths through a pattern are followed at once (Thompson's construction). The time grows
 * with the length of the pattern times the length of the text, and no pattern causes backtracking. Pure.
 */

/** Returns whether a character, which is one code point, may stand at a place of a pattern. */
export type CharacterTest = (character: string) => boolean

/** A part of a pattern. */
export type GlobPart =
  /** Exactly one character. */
  | { readonly kind: 'one'; readonly matches: CharacterTest }
  /** Any number of characters, including none. */
  | { readonly kind: 'many'; readonly matches: CharacterTest }
  /** Nothing, or a text that ends with a slash and has no newline. */
  | { readonly kind: 'folders' }

interface State {
  /** Null if no character is consumed. */
  readonly takes: CharacterTest | null
  /** The state after the character. */
  readonly next: number
  /** States that are reached without consuming a character. */
  readonly also: readonly number[]
}

/** Matches any character that `.` matches in Go's regular expressions. */
export const inOneLine: CharacterTest = (character) => character !== '\n'
/** Returns a test for one particular character. */
export const exactly =
  (wanted: string): CharacterTest =>
  (character) =>
    character === wanted
const isSlash = exactly('/')

/** A compiled pattern. */
export class Glob {
  readonly #states: readonly State[]

  constructor(parts: readonly GlobPart[]) {
    const states: State[] = []
    for (const part of parts) {
      const at = states.length
      if (part.kind === 'one') states.push({ takes: part.matches, next: at + 1, also: [] })
      else if (part.kind === 'many') states.push({ takes: part.matches, next: at, also: [at + 1] })
      else
        states.push(
          { takes: null, next: at, also: [at + 1, at + 3] },
          { takes: inOneLine, next: at + 1, also: [at + 2] },
          { takes: isSlash, next: at + 3, also: [] },
        )
    }
    this.#states = states
  }

  /** Returns whether the pattern matches the whole text. */
  test(text: string): boolean {
    const goal = this.#states.length
    const reached = new Int32Array(goal + 1).fill(-1)
    let now = this.#reach([0], 0, reached)
    let at = 0
    for (const character of text) {
      if (now.length === 0) return false
      const next = now.flatMap((state) => {
        const { takes, next: to } = this.#states[state] as State
        return takes?.(character) === true ? [to] : []
      })
      at += 1
      now = this.#reach(next, at, reached)
    }
    return reached[goal] === at
  }

  /** Returns the states that can be reached from these without a character. Each state is visited once per position. */
  #reach(from: readonly number[], at: number, reached: Int32Array): readonly number[] {
    const waiting = [...from]
    const found: number[] = []
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (reached[state] === at) continue
      reached[state] = at
      const known = this.#states[state]
      if (known === undefined) continue
      if (known.takes !== null) found.push(state)
      waiting.push(...known.also)
    }
    return found
  }
}
