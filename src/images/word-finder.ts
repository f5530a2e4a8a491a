/**
 * Finds many words in a text, in time that grows with the lengths of both (Aho and Corasick 1975). Words and text are
 * read backwards, so that the words found at a position are those that begin there.
 */

/** The words that begin at one position of a text. */
export interface Found {
  readonly start: number
  /** Lengths of these words: the longest one, and at most two words with fewer than three characters. */
  readonly lengths: readonly number[]
}

/** Shorter words are looked up separately. */
const minLength = 3
const codes = 65_536

/** Finds words in texts. */
export class WordFinder {
  readonly #words: ReadonlySet<string>
  /** The next node for a node and a character. The key is the node times 65,536, plus the character code. */
  readonly #next = new Map<number, number>()
  /** For each node, the length of the longest word that ends there. */
  readonly #longest: number[] = [0]
  /** For each node, the node of the longest proper suffix. */
  readonly #fallback: number[] = [0]

  constructor(words: Iterable<string>) {
    this.#words = new Set(words)
    const levels: { readonly node: number; readonly from: number; readonly code: number }[][] = []
    for (const word of this.#words) {
      let node = 0
      for (let depth = 0; depth < word.length && word.length >= minLength; depth++) {
        const code = word.charCodeAt(word.length - 1 - depth)
        const key = node * codes + code
        let next = this.#next.get(key)
        if (next === undefined) {
          next = this.#longest.push(0) - 1
          this.#next.set(key, next)
          ;(levels[depth] ??= []).push({ node: next, from: node, code })
        }
        node = next
      }
      if (word.length >= minLength) this.#longest[node] = word.length
    }
    for (const { node, from, code } of levels.flat()) {
      const fallback = from === 0 ? 0 : this.#step(this.#fallback[from] ?? 0, code)
      this.#fallback[node] = fallback
      // A node's own word is longer than any word that is only its suffix.
      this.#longest[node] ||= this.#longest[fallback] ?? 0
    }
  }

  /** Returns the words in a text, in the order of their positions. */
  find(text: string): readonly Found[] {
    const found: Found[] = []
    let node = 0
    for (let start = text.length - 1; start >= 0; start--) {
      node = this.#step(node, text.charCodeAt(start))
      const lengths = [
        this.#longest[node] ?? 0,
        ...[2, 1].filter(
          (length) => start + length <= text.length && this.#words.has(text.slice(start, start + length)),
        ),
      ]
      const some = lengths.filter((length) => length > 0)
      if (some.length > 0) found.push({ start, lengths: some })
    }
    return found.reverse()
  }

  #step(from: number, code: number): number {
    for (let node = from; ; node = this.#fallback[node] ?? 0) {
      const next = this.#next.get(node * codes + code)
      if (next !== undefined) return next
      if (node === 0) return 0
    }
  }
}
