/**
 * The file system that results from layers, by the rules of OCI layer.md as engines apply them. Each layer is first
 * unpacked on its own: the last entry of a path wins, and symbolic links in parent directories are followed. The layer
 * is then laid over the layers below: two directories are merged, and anything else hides what was there. So whiteouts
 * affect lower layers only, wherever they are in their own layer. Pure.
 */
import { posix } from 'node:path'
import type { ListedEntry } from '../layer/entry-list.ts'
import { FileTable } from './file-table.ts'
import { grown, larger, none, PathTree, root } from '../layer/path-tree.ts'

/** The kind of a path in the layer that is being unpacked. */
const is = { directory: 1, opaque: 2, file: 3, symlink: 4, special: 5, whiteout: 6 } as const
type What = (typeof is)[keyof typeof is]

const slash = 0x2f
const whiteoutPrefix = Buffer.from('.wh.')
/** The number of symbolic links that Linux follows. */
const mostHops = 40
/** Limits for time and memory: several times what the largest images need. */
const mostNodes = 16_000_000
const mostLayers = 60_000
const mostSteps = 400_000_000
/** Limit for the number of entries that memory is reserved for in advance. */
const mostPrepared = 4_000_000

/** Paths are nodes of `tree`. `files` contains every file that any layer added. */
export class FileSystem {
  readonly tree: PathTree
  readonly files: FileTable
  #layer = 0
  #unclear = false
  #steps = 0
  /** Nodes that the layer has or hides. Some occur twice. */
  #touched: Int32Array
  #touchedCount = 0
  /** Path length and node of the last entry's directory; `none` if it may be gone. */
  #lastStart: number = none
  #lastParent: number = root
  readonly #targets = new Map<number, string>()

  /** For each node: the layer that its `#what` and `#own` belong to, counted from 1. */
  #stamps: Uint16Array
  #whats: Uint8Array
  /** The node's file in the layer that is being unpacked. */
  #own: Int32Array
  /** The node's file in the layers below, counted from 1; 0 for none. */
  #below: Int32Array

  /**
   * Makes an empty file system.
   *
   * @param entries approximate number of entries to come. Arrays that have to grow are copied and leave garbage.
   * Reserved space that is not used takes no memory.
   */
  constructor(entries = 0) {
    const size = 1024 + Math.ceil(Math.min(entries, mostPrepared) * 1.25)
    this.tree = new PathTree(size)
    this.files = new FileTable(size)
    this.#touched = new Int32Array(size)
    this.#stamps = new Uint16Array(size)
    this.#whats = new Uint8Array(size)
    this.#own = new Int32Array(size)
    this.#below = new Int32Array(size)
  }

  /**
   * False if an engine would reject a layer, so that there is no file system: an entry below a file of its own layer, a
   * whiteout for a path of the same layer, or a hard link to a missing file. Also false if a limit was exceeded.
   */
  get clear(): boolean {
    return !this.#unclear
  }

  beginLayer(): void {
    this.#lastStart = none
    this.#layer += 1
    if (this.#layer > mostLayers) this.#unclear = true
  }

  add({ kind, path, pathLength, shared, fileBytes, linkTarget }: ListedEntry): void {
    if (this.#unclear) return
    if (pathLength === 0) {
      if (kind !== 'directory') this.#unclear = true
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
      if (parent !== root) this.#whats[parent] = is.opaque
      return
    }
    if (kind === 'whiteout') {
      this.#addWhiteout(parent, path, start, pathLength, fileBytes)
      return
    }
    const node = this.#child(parent, path, start, pathLength)
    if (kind === 'directory') {
      if (!this.#isOwn(node) || !this.#isDirectory(node)) this.#replace(node, is.directory)
    } else if (kind === 'hardlink') this.#addHardLink(node, linkTarget)
    else if (kind === 'file') {
      this.#replace(node, is.file)
      this.#own[node] = this.#newFile(node, fileBytes)
    } else {
      this.#replace(node, is[kind])
      if (kind === 'symlink') this.#targets.set(node, linkTarget)
    }
  }

  /** Adds a file without a path of its own, which no other file hides. */
  addApart(fileBytes: number): void {
    this.#lastStart = none
    if (!this.#unclear) this.#newFile(root, fileBytes)
  }

  /** Lays the layer over the layers below. */
  endLayer(): void {
    const touched = this.#touched.subarray(0, this.#touchedCount)
    for (const node of touched) {
      if (!this.#isOwn(node)) continue
      if (this.#whats[node] !== is.directory) this.#hideBelow(node)
      else this.#hide(node)
    }
    for (const node of touched)
      if (this.#isOwn(node) && this.#whats[node] === is.file) this.#below[node] = this.#own[node] ?? 0
    this.#touchedCount = 0
    this.#targets.clear()
  }

  /** Returns the file that has this name after all layers, or `none`. */
  fileAt(node: number): number {
    return (this.#below[node] ?? 0) || none
  }

  /** Returns the directory at the first bytes of this path, and makes it if needed. Returns `none` if it is unclear. */
  #enter(path: Uint8Array, end: number): number {
    let node: number = root
    for (let at = 0; at < end && node !== none;) {
      let next = at
      while (path[next] !== slash) next += 1
      node = this.#directory(this.#child(node, path, at, next), 0)
      at = next + 1
    }
    return node
  }

  /**
   * Returns this node as a parent: the directory itself, or the directory that a symbolic link of this layer leads to.
   */
  #directory(node: number, hops: number): number {
    if (!this.#isOwn(node)) this.#set(node, is.directory)
    if (this.#isDirectory(node)) return node
    if (this.#whats[node] === is.symlink && hops < mostHops) return this.#follow(node, hops + 1)
    this.#unclear = true
    return none
  }

  #follow(link: number, hops: number): number {
    const target = this.#targets.get(link) ?? ''
    let node = target.startsWith('/') ? root : this.tree.parent(link)
    for (const part of target.split('/')) {
      if (part === '' || part === '.') continue
      if (part === '..') node = this.tree.parent(node)
      else {
        const name = Buffer.from(part)
        node = this.#directory(this.#child(node, name, 0, name.length), hops)
      }
      if (node === none) return none
    }
    return node
  }

  #addWhiteout(parent: number, path: Buffer, start: number, end: number, fileBytes: number): void {
    const from = start + whiteoutPrefix.length
    const hidden = path.toString('latin1', from, Math.min(end, from + 3))
    if (from >= end || hidden === '.' || hidden === '..') {
      this.#unclear = true
      return
    }
    const node = this.#child(parent, path, from, end)
    if (this.#isOwn(node)) this.#unclear = true
    else this.#set(node, is.whiteout)
    if (fileBytes > 0) this.#unlink(this.#newFile(this.#child(parent, path, start, end), fileBytes))
  }

  #addHardLink(node: number, linkTarget: string): void {
    const name = Buffer.from(posix.normalize(`/${linkTarget}`).slice(1))
    const start = name.lastIndexOf(slash) + 1
    const parent = this.#enter(name, start)
    const target = parent === none ? none : this.tree.find(parent, name, start, name.length)
    if (target === none || target === node || !this.#isOwn(target)) {
      this.#unclear = true
      return
    }
    const what = this.#whats[target]
    const file = this.#own[target] ?? 0
    this.#drop(node)
    // The target may have been in the directory that was replaced.
    if (!this.#isOwn(target) || what === undefined || this.#isDirectory(target) || what === is.whiteout) {
      this.#unclear = true
      return
    }
    this.#set(node, what as What)
    if (what === is.file) {
      this.#own[node] = file
      this.files.addName(file)
    }
    if (what === is.symlink) this.#targets.set(node, this.#targets.get(target) ?? '')
  }

  /** Replaces what this layer had here. */
  #replace(node: number, what: What): void {
    this.#drop(node)
    this.#set(node, what)
  }

  /** Removes what this layer has here, including everything inside of it. */
  #drop(node: number): void {
    if (!this.#isOwn(node)) return
    this.#lastStart = none
    if (this.#whats[node] === is.file) this.#unlink(this.#own[node] ?? 0)
    if (this.#isDirectory(node))
      this.#walk(node, (inner) => {
        if (!this.#isOwn(inner)) return
        if (this.#whats[inner] === is.file) this.#unlink(this.#own[inner] ?? 0)
        this.#stamps[inner] = 0
      })
    this.#stamps[node] = 0
  }

  #hideBelow(node: number): void {
    this.#hide(node)
    this.#walk(node, (inner) => this.#hide(inner))
  }

  /** Hides the file that the layers below have here. */
  #hide(node: number): void {
    const file = this.#below[node] ?? 0
    if (file === 0) return
    this.#below[node] = 0
    const isReplaced = this.#isOwn(node) && this.#whats[node] === is.file
    this.#unlink(file, isReplaced ? (this.#own[node] ?? 0) : 0)
  }

  #unlink(file: number, successor = 0): void {
    this.files.removeName(file, this.#layer - 1, successor)
  }

  /** Visits all nodes inside of this one, at any depth. */
  #walk(node: number, visit: (inner: number) => void): void {
    let at = this.tree.firstChild(node)
    while (at !== none) {
      this.#steps += 1
      if (this.#steps > mostSteps) {
        this.#unclear = true
        return
      }
      visit(at)
      let next = this.tree.firstChild(at)
      while (next === none && at !== node) {
        next = this.tree.nextSibling(at)
        at = this.tree.parent(at)
      }
      at = next
    }
  }

  #isOwn(node: number): boolean {
    return this.#stamps[node] === this.#layer
  }

  #isDirectory(node: number): boolean {
    return this.#whats[node] === is.directory || this.#whats[node] === is.opaque
  }

  #set(node: number, what: What): void {
    this.#stamps[node] = this.#layer
    this.#whats[node] = what
    if (this.#touchedCount === this.#touched.length)
      this.#touched = grown(this.#touched, new Int32Array(larger(this.#touchedCount)))
    this.#touched[this.#touchedCount++] = node
  }

  #child(parent: number, name: Uint8Array, start: number, end: number): number {
    const node = this.tree.child(parent, name, start, end)
    if (node >= mostNodes) this.#unclear = true
    if (node >= this.#stamps.length) {
      const size = larger(this.#stamps.length)
      this.#stamps = grown(this.#stamps, new Uint16Array(size))
      this.#whats = grown(this.#whats, new Uint8Array(size))
      this.#own = grown(this.#own, new Int32Array(size))
      this.#below = grown(this.#below, new Int32Array(size))
    }
    return node
  }

  #newFile(node: number, fileBytes: number): number {
    return this.files.add(node, fileBytes, this.#layer - 1)
  }
}
