/** Visits the nodes below a node of a path tree, with a limit on the time that all visits take together. */
import { none, type PathTree } from '../layer/path-tree.ts'

/** Limit for the nodes that are visited: several times what the largest images need. */
const maxVisits = 400_000_000

/** Walks through subtrees of one tree. */
export class SubtreeWalker {
  readonly #tree: PathTree
  #visits = 0

  constructor(tree: PathTree) {
    this.#tree = tree
  }

  /** True once the limit was reached. From then on, walks end early. */
  get isExhausted(): boolean {
    return this.#visits > maxVisits
  }

  /** Visits all nodes inside of this one, at any depth. */
  visitInside(node: number, visit: (inner: number) => void): void {
    let at = this.#tree.firstChild(node)
    while (at !== none) {
      this.#visits += 1
      if (this.isExhausted) return
      visit(at)
      let next = this.#tree.firstChild(at)
      while (next === none && at !== node) {
        next = this.#tree.nextSibling(at)
        at = this.#tree.parent(at)
      }
      at = next
    }
  }
}
