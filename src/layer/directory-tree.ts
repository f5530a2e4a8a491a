import { randomInt } from 'node:crypto'

/** Bounds of a tree; past one of them its deepest directories count for those above them only. */
export interface TreeLimits {
  readonly directories: number
  /** Characters of the names of all directories together. */
  readonly text: number
  readonly depth: number
}

/** A directory and the regular files below it at any depth. */
export interface DirectorySums {
  readonly fileBytes: number
  readonly files: number
  readonly path: () => string
}

const defaultLimits: TreeLimits = { directories: 500_000, text: 16_000_000, depth: 64 }
/** Longest path of a directory in characters: no Linux has a longer one. */
export const longestPath = 4096
const root = 0
const none = -1
const slash = 0x2f

/**
 * Sums of files by directory. Nodes lie in typed arrays, found by a hash of their parent and name: some 60 bytes a
 * directory, where a map of paths takes six times as much and the garbage collector's time besides. A parent is always
 * before its children.
 */
export class DirectoryTree {
  readonly #limits: TreeLimits
  /** So that nobody can make an archive whose names all have one hash. */
  readonly #seed = randomInt(2 ** 32 - 1)
  #depth: number
  #count = 1
  #textLength = 0
  #leftOut = false
  #parents = new Int32Array(256)
  #depths = new Uint8Array(256)
  #hashes = new Int32Array(256)
  /** Where the name begins in `#text`; it ends where the next one begins. */
  #starts = new Uint32Array(257)
  #fileBytes = new Float64Array(256)
  #files = new Float64Array(256)
  #text = new Uint16Array(4096)
  /** The first node of each bucket, and the next one of the same bucket. */
  #buckets = new Int32Array(512).fill(none)
  #next = new Int32Array(256)
  /** Of the last file: neighbours share their directory, and hostile entries one path of a megabyte. */
  #last = { path: '', directory: '', node: root }
  /** Whose path was last put together; only once the tree is complete. */
  #lastParent = { node: root, path: '' }

  constructor(limits: TreeLimits = defaultLimits) {
    this.#limits = limits
    this.#depth = limits.depth
  }

  /** Whether a directory above a file has no sums of its own. */
  get leftOut(): boolean {
    return this.#leftOut
  }

  /** Counts a file for the directory that it is in, or the deepest one above that is held. */
  add(path: string, fileBytes: number): void {
    const node = this.#nodeAbove(path)
    this.#fileBytes[node] = (this.#fileBytes[node] ?? 0) + fileBytes
    this.#files[node] = (this.#files[node] ?? 0) + 1
  }

  /** All directories but the root, in no order. To be asked once, at the end. */
  *sums(): Generator<DirectorySums> {
    for (let node = this.#count - 1; node > root; node -= 1) {
      const fileBytes = this.#fileBytes[node] ?? 0
      const files = this.#files[node] ?? 0
      this.#moveUp(node)
      yield { fileBytes, files, path: () => this.#pathOf(node) }
    }
  }

  #nodeAbove(path: string): number {
    const last = this.#last
    if (last.path === path || isDirectlyIn(last.directory, path)) return last.node
    let node = root
    let start = 0
    for (let depth = 0; ; depth += 1) {
      const end = path.indexOf('/', start)
      if (end === -1) break
      if (depth === this.#depth || end > longestPath) {
        this.#leftOut = true
        break
      }
      const child = this.#childOf(node, path, start, end)
      if (child === none) {
        this.#giveUpDepth()
        return this.#nodeAbove(path)
      }
      node = child
      start = end + 1
    }
    this.#last = { path, directory: path.slice(0, Math.max(0, start - 1)), node }
    return node
  }

  /** The node of this part of a path, made if need be; none when there is no room. */
  #childOf(parent: number, path: string, start: number, end: number): number {
    let hash = this.#seed ^ Math.imul(parent, 0x9e3779b1)
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ path.charCodeAt(at), 0x85ebca6b)
      hash ^= hash >>> 15
    }
    const bucket = hash & (this.#buckets.length - 1)
    for (let node = this.#buckets[bucket] ?? none; node !== none; node = this.#next[node] ?? none) {
      if (this.#hashes[node] === hash && this.#parents[node] === parent && this.#isNamed(node, path, start, end))
        return node
    }
    if (this.#count >= this.#limits.directories || this.#textLength + end - start > this.#limits.text) return none
    for (let at = start; at < end; at += 1) this.#putChar(path.charCodeAt(at))
    return this.#append(parent, hash)
  }

  #isNamed(node: number, path: string, start: number, end: number): boolean {
    const from = this.#starts[node] ?? 0
    if ((this.#starts[node + 1] ?? 0) - from !== end - start) return false
    for (let at = start; at < end; at += 1) if (this.#text[from + at - start] !== path.charCodeAt(at)) return false
    return true
  }

  #putChar(char: number): void {
    if (this.#textLength === this.#text.length) this.#text = grown(this.#text, new Uint16Array(this.#text.length * 2))
    this.#text[this.#textLength] = char
    this.#textLength += 1
  }

  /** A node whose name was just put at the end of the text. */
  #append(parent: number, hash: number): number {
    if (this.#count === this.#parents.length) this.#grow()
    const node = this.#count
    this.#count += 1
    this.#parents[node] = parent
    this.#depths[node] = (this.#depths[parent] ?? 0) + 1
    this.#hashes[node] = hash
    this.#starts[node + 1] = this.#textLength
    this.#fileBytes[node] = 0
    this.#files[node] = 0
    this.#link(node, hash)
    return node
  }

  #link(node: number, hash: number): void {
    const bucket = hash & (this.#buckets.length - 1)
    this.#next[node] = this.#buckets[bucket] ?? none
    this.#buckets[bucket] = node
  }

  #grow(): void {
    const size = this.#parents.length * 2
    this.#parents = grown(this.#parents, new Int32Array(size))
    this.#depths = grown(this.#depths, new Uint8Array(size))
    this.#hashes = grown(this.#hashes, new Int32Array(size))
    this.#starts = grown(this.#starts, new Uint32Array(size + 1))
    this.#fileBytes = grown(this.#fileBytes, new Float64Array(size))
    this.#files = grown(this.#files, new Float64Array(size))
    this.#next = new Int32Array(size)
    this.#buckets = new Int32Array(size * 2).fill(none)
    for (let node = 1; node < this.#count; node += 1) this.#link(node, this.#hashes[node] ?? 0)
  }

  /** Counts the deepest directories for those above, until half the room is free. */
  #giveUpDepth(): void {
    this.#depth = Math.min(this.#depth - 1, this.#depthOfHalf())
    this.#leftOut = true
    this.#last = { path: '', directory: '', node: root }
    for (let node = this.#count - 1; node > root; node -= 1)
      if ((this.#depths[node] ?? 0) > this.#depth) this.#moveUp(node)
    this.#compact()
  }

  /** The depth down to which the tree takes at most half of what it may. */
  #depthOfHalf(): number {
    const counts = new Float64Array(256)
    const texts = new Float64Array(256)
    for (let node = 1; node < this.#count; node += 1) {
      const depth = this.#depths[node] ?? 0
      counts[depth] = (counts[depth] ?? 0) + 1
      texts[depth] = (texts[depth] ?? 0) + (this.#starts[node + 1] ?? 0) - (this.#starts[node] ?? 0)
    }
    let [depth, count, text] = [0, counts[1] ?? 0, texts[1] ?? 0]
    while (depth < this.#depth && count <= this.#limits.directories / 2 && text <= this.#limits.text / 2) {
      depth += 1
      count += counts[depth + 1] ?? 0
      text += texts[depth + 1] ?? 0
    }
    return depth
  }

  /**
   * Closes the gaps that nodes below `#depth` leave. In place: what is written is never behind what is still to be read.
   * Hashes change, since they hold the parent's place.
   */
  #compact(): void {
    const old = { count: this.#count, parents: this.#parents, starts: this.#starts.slice(), text: this.#text }
    const places = new Int32Array(old.count)
    this.#buckets.fill(none)
    this.#count = 1
    this.#textLength = 0
    for (let node = 1; node < old.count; node += 1) {
      if ((this.#depths[node] ?? 0) > this.#depth) continue
      const name = old.text.subarray(old.starts[node], old.starts[node + 1])
      const [bytes, files] = [this.#fileBytes[node] ?? 0, this.#files[node] ?? 0]
      const parent = places[old.parents[node] ?? 0] ?? root
      const text = String.fromCharCode(...name)
      const place = this.#childOf(parent, text, 0, text.length)
      places[node] = place
      this.#fileBytes[place] = bytes
      this.#files[place] = files
    }
  }

  #moveUp(node: number): void {
    const parent = this.#parents[node] ?? root
    this.#fileBytes[parent] = (this.#fileBytes[parent] ?? 0) + (this.#fileBytes[node] ?? 0)
    this.#files[parent] = (this.#files[parent] ?? 0) + (this.#files[node] ?? 0)
    this.#fileBytes[node] = 0
    this.#files[node] = 0
  }

  #pathOf(node: number): string {
    const parent = this.#parents[node] ?? root
    const name = this.#nameOf(node)
    if (parent === root) return name
    // Children of one directory mostly stand together.
    if (this.#lastParent.node !== parent) this.#lastParent = { node: parent, path: this.#wholePathOf(parent) }
    return `${this.#lastParent.path}/${name}`
  }

  #wholePathOf(node: number): string {
    const names: string[] = []
    for (let at = node; at !== root; at = this.#parents[at] ?? root) names.push(this.#nameOf(at))
    return names.reverse().join('/')
  }

  #nameOf(node: number): string {
    const [start = 0, end = 0] = [this.#starts[node], this.#starts[node + 1]]
    let name = ''
    for (let at = start; at < end; at += 1) name += String.fromCharCode(this.#text[at] ?? 0)
    return name
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}

function isDirectlyIn(directory: string, path: string): boolean {
  const from = directory === '' ? 0 : directory.length + 1
  if (path.length > longestPath || path.length <= from) return false
  if (from > 0 && (path.charCodeAt(from - 1) !== slash || !path.startsWith(directory))) return false
  return !path.includes('/', from)
}
