import type { PathEntry } from './owners.ts'
import { maxPathLength } from './path-bytes.ts'

/** Limit for the hard links that are held. A system has a few dozen, and a store of pnpm has a hundred thousand. */
const maxHeld = 1_000

/** Holds the hard links of a layer as long as there are few, so that the list of its entries need not be read for them. */
export class HeldLinks {
  #count = 0
  #held: PathEntry[] = []

  add(path: string, linkTarget: string): void {
    this.#count += 1
    const isHeld = this.#count <= maxHeld && path.length <= maxPathLength && linkTarget.length <= maxPathLength
    const bytes = isHeld ? Buffer.from(path) : Buffer.alloc(0)
    if (!isHeld) this.#held = []
    else
      this.#held.push({ kind: 'hardlink', path: bytes, pathLength: bytes.length, shared: 0, fileBytes: 0, linkTarget })
  }

  /** Returns all hard links. Null if they are too many. */
  all(): readonly PathEntry[] | null {
    return this.#held.length === this.#count ? this.#held : null
  }
}
