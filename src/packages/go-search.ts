/** Searches ranges of a program for Go's build information while its bytes stream past. */
import type { Finding } from './finding.ts'
import { buildInfoAlign, buildInfoHead, buildInfoMagic, goFindings, isBuildInfo, maxBuildInfoBytes } from './go.ts'
import type { ByteRange, PayloadReader } from './payload-reader.ts'

/** Number of bytes that are carried over to the next chunk, because build information may begin in them. */
const carried = buildInfoHead - 1

/** Searches the ranges in order, and calls `onFindings` once if build information begins in one of them. */
export class BuildInfoReader implements PayloadReader {
  wants = Infinity
  readonly #fileBytes: number
  readonly #path: string
  readonly #ranges: readonly ByteRange[]
  readonly #onFindings: (findings: readonly Finding[]) => void
  #range = 0
  /** The last bytes of the previous chunk of the same range. */
  #carry = Buffer.alloc(0)
  /** The bytes from the magic onwards, once the magic has been found. */
  #found: { readonly bytes: Buffer; filled: number } | null = null

  /** @param ranges in order and without overlaps */
  constructor(
    ranges: readonly ByteRange[],
    path: string,
    fileBytes: number,
    onFindings: (findings: readonly Finding[]) => void,
  ) {
    this.#ranges = ranges
    this.#path = path
    this.#fileBytes = fileBytes
    this.#onFindings = onFindings
    this.#begin(0)
  }

  take(bytes: Buffer, at: number): void {
    const end = at + bytes.length
    while (this.wants < end) {
      const from = this.wants - at
      if (this.#found !== null) this.#fill(this.#found, bytes.subarray(from))
      else this.#search(bytes.subarray(from, Math.min(bytes.length, (this.#ranges[this.#range]?.to ?? 0) - at)))
    }
  }

  #begin(range: number): void {
    this.#range = range
    this.#carry = Buffer.alloc(0)
    this.wants = this.#ranges[range]?.from ?? Infinity
  }

  #search(bytes: Buffer): void {
    const at = this.wants
    const border = Buffer.concat([this.#carry, bytes.subarray(0, carried)])
    if (this.#searchIn(border, at - this.#carry.length, this.#carry.length)) return
    if (this.#searchIn(bytes, at, bytes.length)) return
    const end = at + bytes.length
    this.#carry =
      bytes.length >= carried ? Buffer.from(bytes.subarray(-carried)) : Buffer.from(border.subarray(-carried))
    if (end === this.#ranges[this.#range]?.to) this.#begin(this.#range + 1)
    else this.wants = end
  }

  /**
   * Starts to collect build information if it begins before `to`.
   *
   * @returns whether it was found
   */
  #searchIn(bytes: Buffer, at: number, to: number): boolean {
    for (let from = 0; ; from += 1) {
      from = bytes.indexOf(buildInfoMagic, from)
      if (from === -1 || from >= to || from + buildInfoHead > bytes.length) return false
      if ((at + from) % buildInfoAlign !== 0 || !isBuildInfo(bytes, from)) continue
      const start = at + from
      const found = { bytes: Buffer.allocUnsafeSlow(Math.min(maxBuildInfoBytes, this.#fileBytes - start)), filled: 0 }
      this.#found = found
      this.wants = start
      this.#fill(found, bytes.subarray(from))
      return true
    }
  }

  #fill(found: { readonly bytes: Buffer; filled: number }, bytes: Buffer): void {
    const copied = bytes.copy(found.bytes, found.filled)
    found.filled += copied
    this.wants += copied
    if (found.filled < found.bytes.length) return
    this.wants = Infinity
    this.#onFindings(goFindings(found.bytes, this.#path) ?? [])
  }
}
