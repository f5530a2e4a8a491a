import { maxPathLength } from '../packages/path-bytes.ts'
import { grown, larger, none, PathTree, root } from './path-tree.ts'

/** Limits for a tree. If one is exceeded, the deepest directories only count for those above them. */
export interface TreeLimits {
  readonly directories: number
  /** Bytes of the names of all directories together. */
  readonly text: number
  readonly depth: number
}

/** Sums over the regular files below a directory, at any depth. */
export interface DirectorySums {
  readonly fileBytes: number
  readonly files: number
  readonly path: () => string
}

const defaultLimits: TreeLimits = { directories: 500_000, text: 16_000_000, depth: 64 }
const usualDirectories = 256
const slash = 0x2f

/** Sums of files by directory. A parent is always before its children. */
export class DirectoryTree {
  readonly #limits: TreeLimits
  #depth: number
  #leftOut = false
  #tree = new PathTree(usualDirectories)
  #depths = new Uint8Array(usualDirectories)
  #fileBytes = new Float64Array(usualDirectories)
  #files = new Float64Array(usualDirectories)
  /** Path of the directory that is looked up, in UTF-8. */
  readonly #text = Buffer.alloc(3 * maxPathLength)
  /** The last file's directory. Neighbouring files share it, and hostile entries may share a path of a megabyte. */
  #last = { path: '', directory: '', node: root }
  /** The directory whose path was built last. Used only once the tree is complete. */
  #lastParent = { node: root, path: '' }

  constructor(limits: TreeLimits = defaultLimits) {
    this.#limits = limits
    this.#depth = limits.depth
  }

  /** Whether some directory above a file has no sums of its own. */
  get leftOut(): boolean {
    return this.#leftOut
  }

  /** Counts a file for the directory that contains it, or for the deepest directory above that is in the tree. */
  add(path: string, fileBytes: number): void {
    const node = this.#nodeAbove(path)
    this.#fileBytes[node] = (this.#fileBytes[node] ?? 0) + fileBytes
    this.#files[node] = (this.#files[node] ?? 0) + 1
  }

  /**
   * Yields all directories except the root, in no particular order. It may be called only once, after the last file.
   */
  *sums(): Generator<DirectorySums> {
    for (let node = this.#tree.count - 1; node > root; node -= 1) {
      const fileBytes = this.#fileBytes[node] ?? 0
      const files = this.#files[node] ?? 0
      this.#moveUp(node)
      yield { fileBytes, files, path: () => this.#pathOf(node) }
    }
  }

  #nodeAbove(path: string): number {
    const last = this.#last
    if (last.path === path || isDirectlyIn(last.directory, path)) return last.node
    const end = path.lastIndexOf('/', maxPathLength)
    if (end < path.lastIndexOf('/')) this.#leftOut = true
    const directory = path.slice(0, Math.max(0, end))
    const node = this.#enter(this.#text.write(directory))
    if (node === none) {
      this.#giveUpDepth()
      return this.#nodeAbove(path)
    }
    this.#last = { path, directory, node }
    return node
  }

  /**
   * Returns the directory whose path is the first bytes of `#text`, or the deepest one above it that is held. Returns
   * `none` if there is no space.
   */
  #enter(end: number): number {
    let node = root
    for (let start = 0, depth = 0; start < end; depth += 1) {
      if (depth === this.#depth) {
        this.#leftOut = true
        break
      }
      let next = start
      while (next < end && this.#text[next] !== slash) next += 1
      node = this.#childOf(node, start, next)
      if (node === none) break
      start = next + 1
    }
    return node
  }

  #childOf(parent: number, start: number, end: number): number {
    const found = this.#tree.find(parent, this.#text, start, end)
    if (found !== none) return found
    const { count, textBytes } = this.#tree
    if (count >= this.#limits.directories || textBytes + end - start > this.#limits.text) return none
    const node = this.#tree.child(parent, this.#text, start, end)
    if (node === this.#depths.length) this.#grow()
    this.#depths[node] = (this.#depths[parent] ?? 0) + 1
    return node
  }

  #grow(): void {
    const size = larger(this.#depths.length)
    this.#depths = grown(this.#depths, new Uint8Array(size))
    this.#fileBytes = grown(this.#fileBytes, new Float64Array(size))
    this.#files = grown(this.#files, new Float64Array(size))
  }

  /** Adds the sums of the deepest directories to those above them until half of the space is free. */
  #giveUpDepth(): void {
    this.#depth = Math.min(this.#depth - 1, this.#depthOfHalf())
    this.#leftOut = true
    this.#last = { path: '', directory: '', node: root }
    for (let node = this.#tree.count - 1; node > root; node -= 1)
      if ((this.#depths[node] ?? 0) > this.#depth) this.#moveUp(node)
    this.#forgetDeeper()
  }

  /** Returns the depth down to which the tree takes at most half of its limits. */
  #depthOfHalf(): number {
    const counts = new Float64Array(256)
    const texts = new Float64Array(256)
    for (let node = 1; node < this.#tree.count; node += 1) {
      const depth = this.#depths[node] ?? 0
      counts[depth] = (counts[depth] ?? 0) + 1
      texts[depth] = (texts[depth] ?? 0) + this.#tree.nameBytes(node)
    }
    let [depth, count, text] = [0, counts[1] ?? 0, texts[1] ?? 0]
    while (depth < this.#depth && count <= this.#limits.directories / 2 && text <= this.#limits.text / 2) {
      depth += 1
      count += counts[depth + 1] ?? 0
      text += texts[depth + 1] ?? 0
    }
    return depth
  }

  /** Keeps the directories down to `#depth`. A node's new number is never above its old one. */
  #forgetDeeper(): void {
    const old = this.#tree
    const places = new Int32Array(old.count)
    this.#tree = new PathTree(Math.max(usualDirectories, old.count >> 1))
    for (let node = 1; node < old.count; node += 1) {
      const depth = this.#depths[node] ?? 0
      const [fileBytes, files] = [this.#fileBytes[node] ?? 0, this.#files[node] ?? 0]
      this.#fileBytes[node] = 0
      this.#files[node] = 0
      if (depth > this.#depth) continue
      const place = this.#tree.childLike(places[old.parent(node)] ?? root, old, node)
      places[node] = place
      this.#depths[place] = depth
      this.#fileBytes[place] = fileBytes
      this.#files[place] = files
    }
  }

  #moveUp(node: number): void {
    const parent = this.#tree.parent(node)
    this.#fileBytes[parent] = (this.#fileBytes[parent] ?? 0) + (this.#fileBytes[node] ?? 0)
    this.#files[parent] = (this.#files[parent] ?? 0) + (this.#files[node] ?? 0)
    this.#fileBytes[node] = 0
    this.#files[node] = 0
  }

  #pathOf(node: number): string {
    const parent = this.#tree.parent(node)
    const name = this.#tree.name(node)
    if (parent === root) return name
    // Children of one directory usually follow each other.
    if (this.#lastParent.node !== parent) this.#lastParent = { node: parent, path: this.#tree.path(parent) }
    return `${this.#lastParent.path}/${name}`
  }
}

function isDirectlyIn(directory: string, path: string): boolean {
  const from = directory === '' ? 0 : directory.length + 1
  if (path.length > maxPathLength || path.length <= from) return false
  if (from > 0 && (path.charCodeAt(from - 1) !== slash || !path.startsWith(directory))) return false
  return !path.includes('/', from)
}
