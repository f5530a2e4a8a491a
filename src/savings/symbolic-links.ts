/** The symbolic links of a stage, and the directories that they lead into. Pure. */
import { posix } from 'node:path'
import { none, type PathTree } from '../layer/path-tree.ts'
import type { Places } from './places.ts'

/** Limit for the links that are kept: many times what images need. */
const maxLinks = 500_000

/** The symbolic links of all layers, also those that a later layer deletes. */
export class SymbolicLinks {
  readonly #links: { readonly path: string; readonly target: string }[] = []
  #isComplete = true

  /**
   * Adds a link.
   *
   * @param path without a slash at its start
   * @param target as written. Untrusted text
   */
  add(path: string, target: string): void {
    if (this.#links.length === maxLinks) this.#isComplete = false
    else this.#links.push({ path, target })
  }

  /**
   * Returns the places, counted from 1, that a link outside of them leads into. Links on the way to its target are not
   * followed. Returns all places if there are too many links.
   */
  leadInto(tree: PathTree, { found, placeOf }: Places): ReadonlySet<number> {
    if (!this.#isComplete) return new Set(found.map((_, position) => position + 1))
    const places = new Set<number>()
    const placeAt = (path: string): number => {
      const node = tree.nodeAt(path)
      return node === none ? 0 : (placeOf[node] ?? 0)
    }
    for (const { path, target } of this.#links) {
      const place = placeAt(posix.resolve('/', posix.dirname(path), target).slice(1))
      if (place !== 0 && placeAt(path) !== place) places.add(place)
    }
    return places
  }
}
