/**
 * Finds many words in a text, in time that grows with the lengths of both (Aho and Corasick 1975). It reads words and
 * text backwards, so that what it finds at a place are the words that begin there.
 */

export interface Found {
  readonly start: number
  /** Of the words that begin there: the longest first, and at most two shorter ones, of less than three characters. */
  readonly lengths: readonly number[]
}

/** Shorter words are looked up by themselves. */
const shortest = 3
const codes = 65_536

export class WordFinder {
  readonly #words: ReadonlySet<string>
  /** The node behind a node and a character, by node times 65,536 plus the code. */
  readonly #next = new Map<number, number>()
  /** For each node the length of the longest word that ends there. */
  readonly #longest: number[] = [0]
  /** For each node the longest other node that what was read ends with. */
  readonly #fallback: number[] = [0]

  constructor(words: Iterable<string>) {
    this.#words = new Set(words)
    const levels: { readonly node: number; readonly from: number; readonly code: number }[][] = []
    for (const word of this.#words) {
      let node = 0
      for (let depth = 0; depth < word.length && word.length >= shortest; depth++) {
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
      if (word.length >= shortest) this.#longest[node] = word.length
    }
    for (const { node, from, code } of levels.flat()) {
      const fallback = from === 0 ? 0 : this.#step(this.#fallback[from] ?? 0, code)
      this.#fallback[node] = fallback
      // A node's own word is longer than any that it only ends with.
      this.#longest[node] ||= this.#longest[fallback] ?? 0
    }
  }

  /** In the order of their places. */
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
