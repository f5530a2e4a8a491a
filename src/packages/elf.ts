/**
 * Searches executables for Go's build information while their bytes stream past. The format of an executable is
 * described in the System V ABI, "Program Header".
 */
import type { Finding, Recognised } from './finding.ts'
import { buildInfoAlign, buildInfoHead, buildInfoMagic, goFindings, isBuildInfo, longestBuildInfo } from './go.ts'
import type { ByteRange, PayloadReader } from './payload-reader.ts'

/** Size from which a file may be a Go program, in bytes. The smallest program that Go links is three times as large. */
export const smallestProgram = 256 * 1024
/** Number of bytes that contain the ELF header and the program headers. Linkers put these at the start of the file. */
const headBytes = 4096
const elf = 0x7f454c46
const loadable = 1
/** Flags of a segment. */
const flag = { code: 1, writable: 2 } as const
/** Number of bytes that are carried over to the next chunk, because build information may begin in them. */
const carried = buildInfoHead - 1

/** Recognises any file that is large enough to be a Go program. */
export function recogniseProgram(path: string, fileBytes: number): Recognised | null {
  return fileBytes < smallestProgram ? null : { reader: (onFindings) => new ProgramReader(path, fileBytes, onFindings) }
}

/**
 * Reads the start of a file. If the file is an executable, it then searches the writable data segments for build
 * information, as `go version` does. Most of a large program is skipped.
 */
class ProgramReader implements PayloadReader {
  wants = 0
  readonly #fileBytes: number
  readonly #path: string
  readonly #onFindings: (findings: readonly Finding[]) => void
  #head = Buffer.allocUnsafe(0)
  #ranges: readonly ByteRange[] | null = null
  #range = 0
  /** The last bytes of the previous chunk of the same range. */
  #carry = Buffer.alloc(0)
  /** The bytes from the magic onwards, once the magic has been found. */
  #found: { readonly bytes: Buffer; filled: number } | null = null

  constructor(path: string, fileBytes: number, onFindings: (findings: readonly Finding[]) => void) {
    this.#path = path
    this.#fileBytes = fileBytes
    this.#onFindings = onFindings
  }

  take(bytes: Buffer, at: number): void {
    const end = at + bytes.length
    while (this.wants < end) {
      const from = this.wants - at
      if (this.#found !== null) this.#fill(this.#found, bytes.subarray(from))
      else if (this.#ranges === null) this.#readHead(bytes.subarray(from))
      else this.#search(bytes.subarray(from, Math.min(bytes.length, (this.#ranges[this.#range]?.to ?? 0) - at)))
    }
  }

  #readHead(bytes: Buffer): void {
    const chunk = bytes.subarray(0, headBytes - this.#head.length)
    // Most files are not executables, and their first four bytes show that.
    if (this.#head.length === 0 && chunk.length >= 4 && chunk.readUInt32BE(0) !== elf) {
      this.wants = Infinity
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    this.wants = this.#head.length
    if (this.#head.length < headBytes) return
    this.#ranges = dataSegments(this.#head, this.#fileBytes)
    this.#begin(0)
  }

  #begin(range: number): void {
    this.#range = range
    this.#carry = Buffer.alloc(0)
    // The first segment may include the headers, but the magic is never in them.
    this.wants = this.#ranges?.[range]?.from ?? Infinity
  }

  #search(bytes: Buffer): void {
    const at = this.wants
    const border = Buffer.concat([this.#carry, bytes.subarray(0, carried)])
    if (this.#searchIn(border, at - this.#carry.length, this.#carry.length)) return
    if (this.#searchIn(bytes, at, bytes.length)) return
    const end = at + bytes.length
    this.#carry =
      bytes.length >= carried ? Buffer.from(bytes.subarray(-carried)) : Buffer.from(border.subarray(-carried))
    if (end === this.#ranges?.[this.#range]?.to) this.#begin(this.#range + 1)
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
      const found = { bytes: Buffer.allocUnsafeSlow(Math.min(longestBuildInfo, this.#fileBytes - start)), filled: 0 }
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

/**
 * Returns the ranges of the file that hold writable data, in order and without overlaps. The list is empty if the
 * header is not that of a readable executable.
 */
export function dataSegments(head: Buffer, fileBytes: number): readonly ByteRange[] {
  const is64 = head[4] === 2
  const isLittle = head[5] === 1
  const u16 = (at: number): number => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at))
  const u32 = (at: number): number => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at))
  const u64 = (at: number): number => (isLittle ? u32(at) + u32(at + 4) * 2 ** 32 : u32(at + 4) + u32(at) * 2 ** 32)
  const start = is64 ? u64(32) : u32(28)
  const [size, count] = is64 ? [u16(54), u16(56)] : [u16(42), u16(44)]
  if (size < (is64 ? 56 : 32) || start + size * count > head.length) return []
  const ranges: ByteRange[] = []
  for (let nth = 0; nth < count; nth += 1) {
    const at = start + nth * size
    const flags = is64 ? u32(at + 4) : u32(at + 24)
    if (u32(at) !== loadable || (flags & (flag.code | flag.writable)) !== flag.writable) continue
    const [from, bytes] = is64 ? [u64(at + 8), u64(at + 32)] : [u32(at + 4), u32(at + 16)]
    ranges.push({ from: Math.max(from, head.length), to: Math.min(from + bytes, fileBytes) })
  }
  let end = 0
  return ranges
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to }) => {
      const apart = { from: Math.max(from, end), to }
      end = Math.max(end, to)
      return apart
    })
    .filter(({ from, to }) => from < to)
}
