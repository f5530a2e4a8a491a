/** Whose each file of a layer is, once all metadata was read. */
import { PathBytes } from './path-bytes.ts'
import { mergedPrefix, none, PathHash, PathTable } from './path-table.ts'

/** An entry of the layer as its list tells it (`layer/entry-list.ts`). */
export interface PathEntry {
  readonly kind: string
  /** UTF-8, in the first `pathLength` bytes. */
  readonly path: Buffer
  readonly pathLength: number
  /** Bytes at its start that are those of the entry before. */
  readonly shared: number
  readonly fileBytes: number
  readonly linkTarget: string
}

/**
 * How much a claim to a file counts, the surest first: a system's package manager before what was installed through
 * it, so that a Python package that a Debian package holds is that one's; then what other records list; then the
 * directory that the file is in; then a file that is a package by itself.
 */
export type Claim = 'system' | 'recorded' | 'alone'

/** Most paths that are held. */
export interface OwnerLimits {
  readonly files: number
  readonly directories: number
}

const claims: readonly Claim[] = ['system', 'recorded', 'alone']
const alone = claims.indexOf('alone')
const slash = 0x2f
const dot = 0x2e
const pycache = Buffer.from('__pycache__')
const compiled = Buffer.from('.pyc')
const source = Buffer.from('.py')

/** Owners are numbers from 0. */
export class Owners {
  readonly #hash = new PathHash()
  readonly #target = new PathBytes()
  readonly #files: PathTable
  /** Files that links of a package lead to, and that are nobody's: the bytes are there for it. */
  readonly #linked: PathTable
  readonly #directories: PathTable
  /** Nobody else owns a directory in theirs. */
  readonly #closed = new Set<number>()
  /** The directories of the path that was looked at last, from the top: where each ends, its hash, and its owner. */
  readonly #ends: number[] = []
  readonly #firsts: number[] = []
  readonly #seconds: number[] = []
  readonly #owners: number[] = []
  #depth = 0
  #prefix = 0
  /** Bytes that the next path shares with the one that was looked at last, at most. */
  #shared = 0

  constructor({ files, directories }: OwnerLimits) {
    this.#files = new PathTable(files)
    this.#linked = new PathTable(files)
    this.#directories = new PathTable(directories)
  }

  /** @returns false where there is no room */
  claimFile(claim: Claim, owner: number, bytes: Buffer, from: number, to: number): boolean {
    const hash = this.#hash.of(bytes, from, to)
    const held = this.#files.get(hash)
    const rank = claims.indexOf(claim)
    return (held !== none && held % claims.length < rank) || this.#files.set(hash, owner * claims.length + rank)
  }

  /** @returns false where there is no room */
  claimDirectory(owner: number, path: string, closed: boolean): boolean {
    const bytes = Buffer.from(`${path}/`)
    if (closed) this.#closed.add(owner)
    return this.#directories.set(this.#hash.of(bytes, 0, bytes.length - 1), owner)
  }

  /**
   * What a hard link of a package leads to is for that package, unless it is another's.
   *
   * @returns false where there is no room
   */
  claimLinked(owner: number, target: string): boolean {
    const bytes = Buffer.from(target)
    let hasRoom = true
    this.#target.tell(bytes, 0, bytes.length, (path, from, to) => {
      if (to > from) hasRoom = this.#linked.set(this.#hash.of(path, from, to), owner)
      return true
    })
    return hasRoom
  }

  /** The next run through the list begins. */
  rewind(): void {
    this.#shared = 0
  }

  /** Whose this entry is; none of what is no file and no hard link. To be asked of each entry in turn. */
  ownerOf({ kind, path, pathLength, shared }: PathEntry): number {
    this.#shared = Math.min(this.#shared, shared)
    if (kind !== 'file' && kind !== 'hardlink') return none
    this.#enter(path, pathLength, this.#shared)
    this.#shared = Infinity
    const held = this.#files.get(this.#hash)
    if (held !== none && held % claims.length < alone) return Math.floor(held / claims.length)
    const linked = this.#linked.get(this.#hash)
    const compiledOf = this.#ownerOfSource(path, pathLength)
    if (compiledOf !== none) return compiledOf
    const below = this.#depth === 0 ? none : (this.#owners[this.#depth - 1] ?? none)
    if (below !== none) return below
    return held === none ? linked : Math.floor(held / claims.length)
  }

  /** Leaves the directories that the path is not in, enters those that it is in, and leaves its hash in `#hash`. */
  #enter(path: Buffer, length: number, shared: number): void {
    const hash = this.#hash.start()
    const prefix = mergedPrefix(path, 0, length)
    while (this.#depth > 0 && (prefix !== this.#prefix || (this.#ends[this.#depth - 1] ?? 0) >= shared))
      this.#depth -= 1
    this.#prefix = prefix
    let at = prefix
    if (this.#depth > 0) {
      const last = this.#depth - 1
      hash.first = this.#firsts[last] ?? 0
      hash.second = this.#seconds[last] ?? 0
      at = this.#ends[last] ?? 0
      hash.add(slash)
      at += 1
    }
    for (; at < length; at += 1) {
      const byte = path[at] ?? 0
      if (byte === slash) this.#push(at)
      hash.add(byte)
    }
  }

  #push(end: number): void {
    const above = this.#depth === 0 ? none : (this.#owners[this.#depth - 1] ?? none)
    const own = this.#closed.has(above) ? none : this.#directories.get(this.#hash)
    this.#ends[this.#depth] = end
    this.#firsts[this.#depth] = this.#hash.first
    this.#seconds[this.#depth] = this.#hash.second
    this.#owners[this.#depth] = own === none ? above : own
    this.#depth += 1
  }

  /** Of `a/__pycache__/b.cpython-313.pyc` whose `a/b.py` is: records may leave out what is compiled later. */
  #ownerOfSource(path: Buffer, length: number): number {
    if (this.#depth < 2 || path.compare(compiled, 0, 4, length - 4, length) !== 0) return none
    const end = this.#ends[this.#depth - 1] ?? 0
    const above = this.#ends[this.#depth - 2] ?? 0
    if (end - above - 1 !== pycache.length || path.compare(pycache, 0, pycache.length, above + 1, end) !== 0)
      return none
    const hash = this.#hash
    hash.first = this.#firsts[this.#depth - 2] ?? 0
    hash.second = this.#seconds[this.#depth - 2] ?? 0
    for (let at = end; at < length && path[at] !== dot; at += 1) hash.add(path[at] ?? 0)
    for (const byte of source) hash.add(byte)
    const held = this.#files.get(hash)
    return held !== none && held % claims.length < alone ? Math.floor(held / claims.length) : none
  }
}
