/** Decides which package owns each file of a layer, once all metadata has been read. */
import { isAt } from './lines.ts'
import { PathBytes } from './path-bytes.ts'
import { mergedPrefix, none, PathHash, PathTable } from './path-table.ts'

/** An entry of the layer, as its entry list stores it (`layer/entry-list.ts`). */
export interface PathEntry {
  readonly kind: string
  /** UTF-8 in the first `pathLength` bytes. */
  readonly path: Buffer
  readonly pathLength: number
  /** Number of leading bytes that it shares with the path of the previous entry. */
  readonly shared: number
  readonly fileBytes: number
  readonly linkTarget: string
}

/**
 * How strong a claim to a file is, strongest first. A system's package manager comes before packages installed through
 * it, so a Python package inside a Debian package belongs to the Debian package. Then come files that other records
 * list. The directory of a file comes next, and last comes a file that is a package by itself.
 */
export type Claim = 'system' | 'recorded' | 'alone'

/** How many paths are kept at most. */
export interface OwnerLimits {
  readonly files: number
  readonly directories: number
}

const claims: readonly Claim[] = ['system', 'recorded', 'alone']
const alone = claims.indexOf('alone')
const slash = 0x2f
const dot = 0x2e
const pycache = '__pycache__'
const compiled = '.pyc'
const source = Buffer.from('.py')

/** Maps the files of a layer to their owners. Owners are numbers from 0. */
export class Owners {
  readonly #hash = new PathHash()
  readonly #target = new PathBytes()
  readonly #files: PathTable
  /** Files that hard links of a package refer to. If nobody else claims such a file, it belongs to the package. */
  readonly #linked: PathTable
  readonly #directories: PathTable
  /** Owners whose directories contain no directories of other owners. */
  readonly #closed = new Set<number>()
  /** The directories of the path that was looked at last, from the top: where each ends, its hash, and its owner. */
  readonly #ends: number[] = []
  readonly #firsts: number[] = []
  readonly #seconds: number[] = []
  readonly #owners: number[] = []
  #depth = 0
  #prefix = 0
  /** Upper bound for the bytes that the next path shares with the path that was looked at last. */
  #shared = 0

  constructor({ files, directories }: OwnerLimits) {
    this.#files = new PathTable(files)
    this.#linked = new PathTable(files)
    this.#directories = new PathTable(directories)
  }

  /**
   * Claims a file for an owner. A stronger claim of another owner stays.
   *
   * @returns false if there is no room
   */
  claimFile(claim: Claim, owner: number, bytes: Buffer, from: number, to: number): boolean {
    const rank = claims.indexOf(claim)
    return this.#files.set(
      this.#hash.of(bytes, from, to),
      owner * claims.length + rank,
      (held) => held % claims.length < rank,
    )
  }

  /**
   * Claims everything below a directory for an owner.
   *
   * @returns false if there is no room
   */
  claimDirectory(owner: number, path: string, closed: boolean): boolean {
    const bytes = Buffer.from(`${path}/`)
    if (closed) this.#closed.add(owner)
    return this.#directories.set(this.#hash.of(bytes, 0, bytes.length - 1), owner)
  }

  /**
   * Claims the file that a hard link of a package refers to, unless another package owns it.
   *
   * @returns false if there is no room
   */
  claimLinked(owner: number, target: string): boolean {
    const bytes = Buffer.from(target)
    let hasRoom = true
    this.#target.resolve(bytes, 0, bytes.length, (path, from, to) => {
      if (to > from) hasRoom = this.#linked.set(this.#hash.of(path, from, to), owner)
      return true
    })
    return hasRoom
  }

  /** Starts another pass over the list of entries. */
  rewind(): void {
    this.#shared = 0
  }

  /**
   * Returns the owner of an entry, or `none` if it has no owner or is neither a file nor a hard link. It must be called
   * for each entry in order.
   */
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

  /** Updates the stack of directories for this path, and leaves the hash of the path in `#hash`. */
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
    }
    // From one slash to the next, because a loop over many bytes is faster than a call for each of them.
    for (let start = at; start < length; start = at) {
      at = start + 1
      while (at < length && path[at] !== slash) at += 1
      hash.addAll(path, start, at)
      if (at < length) this.#push(at)
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

  /**
   * Returns the owner of `a/b.py` for `a/__pycache__/b.cpython-313.pyc`, because records may leave out files that are
   * compiled later.
   */
  #ownerOfSource(path: Buffer, length: number): number {
    if (this.#depth < 2 || !isAt(path, length - compiled.length, length, compiled)) return none
    const end = this.#ends[this.#depth - 1] ?? 0
    const above = this.#ends[this.#depth - 2] ?? 0
    if (end - above - 1 !== pycache.length || !isAt(path, above + 1, end, pycache)) return none
    const hash = this.#hash
    hash.first = this.#firsts[this.#depth - 2] ?? 0
    hash.second = this.#seconds[this.#depth - 2] ?? 0
    for (let at = end; at < length && path[at] !== dot; at += 1) hash.add(path[at] ?? 0)
    for (const byte of source) hash.add(byte)
    const held = this.#files.get(hash)
    return held !== none && held % claims.length < alone ? Math.floor(held / claims.length) : none
  }
}
