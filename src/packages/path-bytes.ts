/** Turns paths in metadata into paths of the layer. */
import type { OnPath } from './finding.ts'
import { placeOf } from './lines.ts'

const slash = 0x2f
const dot = 0x2e
/** Length limit for a path, in characters. Linux allows no longer one. */
export const maxPathLength = 4096
/** The same limit for UTF-8, in bytes. Anything longer is not a path. */
const maxPathBytes = 3 * maxPathLength

/**
 * Joins paths in one reusable buffer, so that a million paths create neither strings nor garbage. A resulting path has
 * no leading slash and no empty or "." segments, like all paths in a layer.
 */
export class PathBytes {
  readonly #bytes = Buffer.allocUnsafe(maxPathBytes)
  #base: Buffer
  #length = 0
  #isEnough = false

  /** @param base a directory of the layer, '' for its root */
  constructor(base = '') {
    this.#base = bytesOf(base)
  }

  /** Sets the directory that later paths are relative to. */
  enter(base: string): void {
    this.#base = bytesOf(base)
  }

  /**
   * Resolves a path against the base and passes it to `onPath`. A leading slash means the root of the layer. Does
   * nothing once no more paths are wanted.
   */
  resolve(path: Buffer, from: number, to: number, onPath: OnPath): void {
    if (this.#isEnough) return
    const work = this.#base.length + to - from
    if (isPlain(path, from, to)) {
      this.#isEnough = !onPath(path, from + 1, to, work)
      return
    }
    const length = this.#join(path, from, to) ? this.#length : 0
    this.#isEnough = !onPath(this.#bytes, 0, length, work)
  }

  /** Returns whether no more paths are wanted. */
  get isEnough(): boolean {
    return this.#isEnough
  }

  /** @returns false if the path leads out of the root or is too long */
  #join(path: Buffer, from: number, to: number): boolean {
    const isAbsolute = path[from] === slash
    if (to - from > maxPathBytes || this.#base.length > maxPathBytes) return false
    this.#length = isAbsolute ? 0 : this.#base.copy(this.#bytes)
    for (let at = from; at < to;) {
      const end = placeOf(slash, path, at, to)
      if (!this.#take(path, at, end)) return false
      at = end + 1
    }
    return this.#length > 0
  }

  #take(path: Buffer, from: number, to: number): boolean {
    const size = to - from
    if (size === 0 || (size === 1 && path[from] === dot)) return true
    if (size === 2 && path[from] === dot && path[from + 1] === dot) return this.#goUp()
    const start = this.#length === 0 ? 0 : this.#length + 1
    if (start + size > maxPathBytes) return false
    if (start > 0) this.#bytes[this.#length] = slash
    this.#length = start + path.copy(this.#bytes, start, from, to)
    return true
  }

  #goUp(): boolean {
    if (this.#length === 0) return false
    this.#length = Math.max(0, this.#bytes.lastIndexOf(slash, this.#length - 1))
    return true
  }
}

/**
 * Returns whether a path is absolute and can be used as it is after its slash, as nearly all paths in the lists of dpkg
 * can. No segment of it is empty or begins with a dot.
 */
function isPlain(path: Buffer, from: number, to: number): boolean {
  if (path[from] !== slash || to - from > maxPathBytes) return false
  let before = slash
  for (let at = from + 1; at < to; at += 1) {
    const byte = path[at] ?? 0
    if (before === slash && (byte === slash || byte === dot)) return false
    before = byte
  }
  return before !== slash
}

/** Returns a function that lists paths given as strings, relative to a base. Values of other types are skipped. */
export function textPaths(base: string, paths: readonly unknown[]): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes(base)
    for (const text of paths) {
      if (typeof text !== 'string') continue
      const bytes = Buffer.from(text)
      path.resolve(bytes, 0, bytes.length, onPath)
    }
  }
}

/**
 * Returns the bytes of a base. A base that is too long becomes a buffer that is too long as well, so that no path
 * resolves against it.
 */
function bytesOf(base: string): Buffer {
  return base.length > maxPathBytes ? tooLong : Buffer.from(base)
}

const tooLong = Buffer.alloc(maxPathBytes + 1)

/** Returns the directory that contains a path, or '' for the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** Returns the last segment of a path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
