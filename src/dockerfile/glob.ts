/**
 * Patterns with wildcards. All ways through a pattern are followed at once (Thompson's construction), so the time grows
 * with the length of the pattern times that of the text, and no pattern makes it try again. Pure.
 */

export type CharacterTest = (character: string) => boolean

export type GlobPart =
  /** One character. */
  | { readonly kind: 'one'; readonly matches: CharacterTest }
  /** Any number of characters, none included. */
  | { readonly kind: 'many'; readonly matches: CharacterTest }
  /** Nothing, or what ends with a slash and has no newline. */
  | { readonly kind: 'folders' }

interface State {
  /** Null where no character is taken. */
  readonly takes: CharacterTest | null
  /** The state after the character. */
  readonly next: number
  /** States that are reached without a character. */
  readonly also: readonly number[]
}

/** All that the `.` of Go's regular expressions takes. */
export const inOneLine: CharacterTest = (character) => character !== '\n'
export const exactly =
  (wanted: string): CharacterTest =>
  (character) =>
    character === wanted
const isSlash = exactly('/')

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

  /** Whether the pattern is the whole text. */
  test(text: string): boolean {
    const characters = Array.from(text)
    return this.ends(characters, 0).at(-1) === characters.length
  }

  /** Where a match that begins at `from` may end, in ascending order. */
  ends(characters: readonly string[], from: number): readonly number[] {
    const goal = this.#states.length
    const reached = new Int32Array(goal + 1).fill(-1)
    const ends: number[] = []
    let now = this.#reach([0], from, reached)
    for (let at = from; ; at++) {
      if (reached[goal] === at) ends.push(at)
      const character = characters[at]
      if (character === undefined || now.length === 0) return ends
      const next = now.flatMap((state) => {
        const { takes, next: to } = this.#states[state] as State
        return takes?.(character) === true ? [to] : []
      })
      now = this.#reach(next, at + 1, reached)
    }
  }

  /** The states that these lead to without a character; each is looked at once for a place of the text. */
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
