/**
 * A layer that is unpacked on its own, before it is laid over the layers below: the last entry of a path wins, and
 * symbolic links in parent directories are followed. Pure.
 */
import { posix } from 'node:path'
import type { ListedEntry } from '../layer/entry-list.ts'
import { grown, larger, none, root, type PathTree } from '../layer/path-tree.ts'
import type { FileTable } from './file-table.ts'
import type { SubtreeWalker } from './subtree-walker.ts'

/** The kind of a path in the layer. */
const kinds = { directory: 1, opaque: 2, file: 3, symlink: 4, special: 5, whiteout: 6 } as const
type Kind = (typeof kinds)[keyof typeof kinds]

const slash = 0x2f
const whiteoutPrefix = Buffer.from('.wh.')
/** The number of symbolic links that Linux follows on the way to one path. */
const maxLinks = 40
/** Limit for the parts of link targets that are followed in all layers: many times what images need. */
const maxFollowedParts = 10_000_000
/** Limit for the paths of all layers: several times what the largest images need. */
const maxNodes = 16_000_000

/** The paths of one layer after another. Nodes and files are those of the file system. */
export class UnpackedLayer {
  readonly #tree: PathTree
  readonly #files: FileTable
  readonly #walker: SubtreeWalker
  /** The current layer, counted from 1. */
  #layer = 0
  #isRejected = false
  /** Nodes that the layer has or hides. Some occur twice. */
  #touched: Int32Array
  #touchedCount = 0
  /** Path length and node of the last entry's directory; `none` if it may be gone. */
  #lastStart: number = none
  #lastParent: number = root
  readonly #targets = new Map<number, string>()
  /** Links that may still be followed on the way to the current path. */
  #linksLeft = 0
  #followedParts = 0

  /** For each node: the layer that its `#kinds` and `#fileOf` belong to, counted from 1. */
  #stamps: Uint16Array
  #kinds: Uint8Array
  #fileOf: Int32Array

  // `size` is the number of nodes to reserve memory for.
  constructor(tree: PathTree, files: FileTable, walker: SubtreeWalker, size: number) {
    this.#tree = tree
    this.#files = files
    this.#walker = walker
    this.#touched = new Int32Array(size)
    this.#stamps = new Uint16Array(size)
    this.#kinds = new Uint8Array(size)
    this.#fileOf = new Int32Array(size)
  }

  /** True if an engine would reject one of the layers, or a limit was exceeded. */
  get isRejected(): boolean {
    return this.#isRejected
  }

  /** Begins with the next layer, which has no paths yet. */
  begin(): void {
    this.#layer += 1
    this.#lastStart = none
    this.#touchedCount = 0
    this.#targets.clear()
  }

  add({ kind, path, pathLength, shared, fileBytes, linkTarget }: ListedEntry): void {
    if (pathLength === 0) {
      if (kind !== 'directory') this.#isRejected = true
      return
    }
    let start = pathLength
    while (start > 0 && path[start - 1] !== slash) start -= 1
    // Entries of one directory usually follow each other.
    const parent = start === this.#lastStart && shared >= start ? this.#lastParent : this.#enter(path, start)
    if (parent === none) return
    this.#lastStart = start
    this.#lastParent = parent
    if (kind === 'opaque-whiteout') {
      // Engines ignore it at the root.
      if (parent !== root) this.#kinds[parent] = kinds.opaque
      return
    }
    if (kind === 'whiteout') {
      this.#addWhiteout(parent, path, start, pathLength, fileBytes)
      return
    }
    const node = this.#child(parent, path, start, pathLength)
    if (kind === 'directory') {
      if (!this.has(node) || !this.#isDirectory(node)) this.#replace(node, kinds.directory)
    } else if (kind === 'hardlink') this.#addHardLink(node, linkTarget)
    else if (kind === 'file') {
      this.#replace(node, kinds.file)
      this.#fileOf[node] = this.#newFile(node, fileBytes)
    } else {
      this.#replace(node, kinds[kind])
      if (kind === 'symlink') this.#targets.set(node, linkTarget)
    }
  }

  /** Adds a file without a path of its own, which no other file hides. */
  addWithoutPath(fileBytes: number): void {
    this.#lastStart = none
    this.#newFile(root, fileBytes)
  }

  /** Returns the nodes that the layer may have or hide. Some occur twice. */
  touched(): Int32Array {
    return this.#touched.subarray(0, this.#touchedCount)
  }

  /** Returns whether the layer has or hides this node. */
  has(node: number): boolean {
    return this.#stamps[node] === this.#layer
  }

  /** Returns whether a node of the layer is merged with a directory of the layers below. */
  isMerged(node: number): boolean {
    return this.#kinds[node] === kinds.directory
  }

  /** Returns the file that the layer has here, or 0. */
  fileAt(node: number): number {
    return this.has(node) && this.#kinds[node] === kinds.file ? (this.#fileOf[node] ?? 0) : 0
  }

  /** Returns the directory at the first bytes of this path, and makes it if needed. Returns `none` if it is unclear. */
  #enter(path: Uint8Array, end: number): number {
    this.#linksLeft = maxLinks
    let node: number = root
    for (let at = 0; at < end && node !== none;) {
      let next = at
      while (path[next] !== slash) next += 1
      node = this.#directory(this.#child(node, path, at, next))
      at = next + 1
    }
    return node
  }

  /**
   * Returns this node as a parent: the directory itself, or the directory that a symbolic link of this layer leads to.
   */
  #directory(node: number): number {
    if (!this.has(node)) this.#set(node, kinds.directory)
    if (this.#isDirectory(node)) return node
    if (this.#kinds[node] === kinds.symlink && this.#linksLeft > 0) return this.#follow(node)
    this.#isRejected = true
    return none
  }

  /** Returns the directory that a link leads to. Links in its target count too, because each may have many of them. */
  #follow(link: number): number {
    this.#linksLeft -= 1
    const target = this.#targets.get(link) ?? ''
    let node = target.startsWith('/') ? root : this.#tree.parent(link)
    const parts = target.split('/')
    this.#followedParts += parts.length
    if (this.#followedParts > maxFollowedParts) this.#isRejected = true
    for (const part of this.#isRejected ? [] : parts) {
      if (part === '' || part === '.') continue
      if (part === '..') node = this.#tree.parent(node)
      else {
        const name = Buffer.from(part)
        node = this.#directory(this.#child(node, name, 0, name.length))
      }
      if (node === none) return none
    }
    return node
  }

  #addWhiteout(parent: number, path: Buffer, start: number, end: number, fileBytes: number): void {
    const from = start + whiteoutPrefix.length
    const hidden = path.toString('latin1', from, Math.min(end, from + 3))
    if (from >= end || hidden === '.' || hidden === '..') {
      this.#isRejected = true
      return
    }
    const node = this.#child(parent, path, from, end)
    if (this.has(node)) this.#isRejected = true
    else this.#set(node, kinds.whiteout)
    if (fileBytes > 0) this.#unlink(this.#newFile(this.#child(parent, path, start, end), fileBytes))
  }

  #addHardLink(node: number, linkTarget: string): void {
    const name = Buffer.from(posix.normalize(`/${linkTarget}`).slice(1))
    const start = name.lastIndexOf(slash) + 1
    const parent = this.#enter(name, start)
    const target = parent === none ? none : this.#tree.find(parent, name, start, name.length)
    if (target === none || target === node || !this.has(target)) {
      this.#isRejected = true
      return
    }
    const kind = this.#kinds[target]
    const file = this.#fileOf[target] ?? 0
    this.#drop(node)
    // The target may have been in the directory that was replaced.
    if (!this.has(target) || kind === undefined || this.#isDirectory(target) || kind === kinds.whiteout) {
      this.#isRejected = true
      return
    }
    this.#set(node, kind as Kind)
    if (kind === kinds.file) {
      this.#fileOf[node] = file
      this.#files.addName(file)
    }
    if (kind === kinds.symlink) this.#targets.set(node, this.#targets.get(target) ?? '')
  }

  /** Replaces what this layer had here. */
  #replace(node: number, kind: Kind): void {
    this.#drop(node)
    this.#set(node, kind)
  }

  /** Removes what this layer has here, including everything inside of it. */
  #drop(node: number): void {
    if (!this.has(node)) return
    this.#lastStart = none
    if (this.#kinds[node] === kinds.file) this.#unlink(this.#fileOf[node] ?? 0)
    if (this.#isDirectory(node))
      this.#walker.visitInside(node, (inner) => {
        if (!this.has(inner)) return
        if (this.#kinds[inner] === kinds.file) this.#unlink(this.#fileOf[inner] ?? 0)
        this.#stamps[inner] = 0
      })
    this.#stamps[node] = 0
  }

  #unlink(file: number): void {
    this.#files.removeName(file, this.#layer - 1, 0)
  }

  #isDirectory(node: number): boolean {
    return this.#kinds[node] === kinds.directory || this.#kinds[node] === kinds.opaque
  }

  #set(node: number, kind: Kind): void {
    this.#stamps[node] = this.#layer
    this.#kinds[node] = kind
    if (this.#touchedCount === this.#touched.length)
      this.#touched = grown(this.#touched, new Int32Array(larger(this.#touchedCount)))
    this.#touched[this.#touchedCount++] = node
  }

  #child(parent: number, name: Uint8Array, start: number, end: number): number {
    const node = this.#tree.child(parent, name, start, end)
    if (node >= maxNodes) this.#isRejected = true
    if (node >= this.#stamps.length) {
      const size = larger(this.#stamps.length)
      this.#stamps = grown(this.#stamps, new Uint16Array(size))
      this.#kinds = grown(this.#kinds, new Uint8Array(size))
      this.#fileOf = grown(this.#fileOf, new Int32Array(size))
    }
    return node
  }

  #newFile(node: number, fileBytes: number): number {
    return this.#files.add(node, fileBytes, this.#layer - 1)
  }
}
