/**
 * Paths as a tree of names in typed arrays. A path takes a few tens of bytes, so millions fit in memory. Nodes are
 * numbers, and the root is 0.
 */
import { randomInt } from 'node:crypto'

/** The node of the root. */
export const root = 0
/** Stands for the lack of a node. */
export const none = -1

/** Typical size of a name in bytes. */
const usualName = 16

/** A tree that only grows. */
export class PathTree {
  #count = 1
  #parents: Int32Array
  /** Offset of each name in `#text`, with one more at the end. */
  #starts: Uint32Array
  #firstChild: Int32Array
  #nextSibling: Int32Array
  #next: Int32Array
  #buckets: Int32Array
  #mask: number
  #text: Buffer
  #textLength = 0
  /** Random, so that nobody can prepare names that collide. */
  readonly #seed = randomInt(2 ** 32)

  // `size` is the number of nodes to reserve memory for.
  constructor(size = 1024) {
    this.#parents = new Int32Array(size)
    this.#starts = new Uint32Array(size + 1)
    this.#firstChild = new Int32Array(size)
    this.#nextSibling = new Int32Array(size)
    this.#next = new Int32Array(size)
    this.#text = Buffer.alloc(size * usualName)
    this.#buckets = new Int32Array(2 ** Math.floor(Math.log2(size))).fill(none)
    this.#mask = this.#buckets.length - 1
    this.#firstChild[root] = none
    this.#nextSibling[root] = none
  }

  /** Number of nodes. A parent always has a lower number than its children. */
  get count(): number {
    return this.#count
  }

  /** Total size of all names in bytes. */
  get textBytes(): number {
    return this.#textLength
  }

  /** Returns the size of a node's name in bytes. */
  nameBytes(node: number): number {
    return (this.#starts[node + 1] ?? 0) - (this.#starts[node] ?? 0)
  }

  parent(node: number): number {
    return this.#parents[node] ?? root
  }

  firstChild(node: number): number {
    return this.#firstChild[node] ?? none
  }

  nextSibling(node: number): number {
    return this.#nextSibling[node] ?? none
  }

  /** Returns the child with this name (bytes `start` to `end` of `name`, in UTF-8), and makes it if needed. */
  child(parent: number, name: Uint8Array, start: number, end: number): number {
    const hash = this.#hash(parent, name, start, end)
    const found = this.#find(hash, parent, name, start, end)
    return found === none ? this.#append(hash, parent, name, start, end) : found
  }

  /** Returns the child with this name, or `none`. */
  find(parent: number, name: Uint8Array, start: number, end: number): number {
    return this.#find(this.#hash(parent, name, start, end), parent, name, start, end)
  }

  /** Returns the node of a path of names with single slashes between them, or `none`. */
  nodeAt(path: string): number {
    let node: number = root
    for (const part of path.split('/')) {
      const name = Buffer.from(part)
      node = this.find(node, name, 0, name.length)
      if (node === none) break
    }
    return node
  }

  /** Returns whether a node has exactly this name. */
  isNamed(node: number, name: Uint8Array): boolean {
    return this.#isNamed(node, name, 0, name.length)
  }

  /** Returns whether its name starts with these bytes. */
  startsWith(node: number, start: Uint8Array): boolean {
    return this.nameBytes(node) >= start.length && this.#hasAt(this.#starts[node] ?? 0, start)
  }

  /** Returns whether its name ends with these bytes. */
  endsWith(node: number, end: Uint8Array): boolean {
    return this.nameBytes(node) >= end.length && this.#hasAt((this.#starts[node + 1] ?? 0) - end.length, end)
  }

  /** Returns the last byte of its name, or 0 for the root. */
  lastByte(node: number): number {
    return this.#text[(this.#starts[node + 1] ?? 0) - 1] ?? 0
  }

  /** Returns the child with the name of a node in another tree, and makes it if needed. */
  childLike(parent: number, other: PathTree, node: number): number {
    return this.child(parent, other.#text, other.#starts[node] ?? 0, other.#starts[node + 1] ?? 0)
  }

  name(node: number): string {
    return this.#text.toString('utf8', this.#starts[node], this.#starts[node + 1])
  }

  /** Returns the path of a node without a slash at its start. It is empty for the root. */
  path(node: number): string {
    const names: string[] = []
    for (let at = node; at !== root; at = this.parent(at)) names.push(this.name(at))
    return names.reverse().join('/')
  }

  #hash(parent: number, name: Uint8Array, start: number, end: number): number {
    let hash = this.#seed ^ Math.imul(parent, 0x9e3779b1)
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ (name[at] ?? 0), 0x85ebca6b)
      hash ^= hash >>> 15
    }
    return hash
  }

  #find(hash: number, parent: number, name: Uint8Array, start: number, end: number): number {
    let node = this.#buckets[hash & this.#mask] ?? none
    while (node !== none && (this.#parents[node] !== parent || !this.#isNamed(node, name, start, end)))
      node = this.#next[node] ?? none
    return node
  }

  #isNamed(node: number, name: Uint8Array, start: number, end: number): boolean {
    if (this.nameBytes(node) !== end - start) return false
    const from = this.#starts[node] ?? 0
    for (let at = start; at < end; at += 1) if (this.#text[from + at - start] !== name[at]) return false
    return true
  }

  #hasAt(from: number, text: Uint8Array): boolean {
    for (let at = 0; at < text.length; at += 1) if (this.#text[from + at] !== text[at]) return false
    return true
  }

  #append(hash: number, parent: number, name: Uint8Array, start: number, end: number): number {
    if (this.#count === this.#parents.length) this.#grow()
    while (this.#textLength + end - start > this.#text.length)
      this.#text = grown(this.#text, Buffer.alloc(larger(this.#text.length)))
    for (let at = start; at < end; at += 1) this.#text[this.#textLength++] = name[at] ?? 0
    const node = this.#count
    this.#count += 1
    this.#parents[node] = parent
    this.#starts[node + 1] = this.#textLength
    this.#nextSibling[node] = this.#firstChild[parent] ?? none
    this.#firstChild[parent] = node
    this.#firstChild[node] = none
    this.#link(node, hash)
    return node
  }

  #link(node: number, hash: number): void {
    const bucket = hash & this.#mask
    this.#next[node] = this.#buckets[bucket] ?? none
    this.#buckets[bucket] = node
  }

  #grow(): void {
    const size = larger(this.#parents.length)
    this.#parents = grown(this.#parents, new Int32Array(size))
    this.#starts = grown(this.#starts, new Uint32Array(size + 1))
    this.#firstChild = grown(this.#firstChild, new Int32Array(size))
    this.#nextSibling = grown(this.#nextSibling, new Int32Array(size))
    this.#next = grown(this.#next, new Int32Array(size))
    if (size <= this.#buckets.length) return
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(none)
    this.#mask = this.#buckets.length - 1
    for (let node = 1; node < this.#count; node += 1) {
      this.#link(
        node,
        this.#hash(this.#parents[node] ?? root, this.#text, this.#starts[node] ?? 0, this.#starts[node + 1] ?? 0),
      )
    }
  }
}

/** Returns the length for an array that has to grow. */
export function larger(length: number): number {
  return Math.ceil(length * 1.4)
}

/** Copies an array to the start of a larger one, and returns that. */
export function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
