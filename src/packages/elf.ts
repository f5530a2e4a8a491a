/** Looks for Go's build information in programs, while their bytes go by. ELF: System V ABI, "Program Header". */
import type { Finding, Recognised } from './finding.ts'
import { buildInfoAlign, buildInfoHead, buildInfoMagic, goFindings, isBuildInfo, longestBuildInfo } from './go.ts'
import type { ByteRange, PayloadReader } from './payload-reader.ts'

/** The smallest program that Go links is three times as large. Bytes. */
const smallestProgram = 256 * 1024
/** What the header and the program headers take. Linkers put them at the start. */
const headBytes = 4096
const elf = 0x7f454c46
const loadable = 1
/** Of a segment: it holds code, it is writable. */
const flag = { code: 1, writable: 2 } as const
/** Bytes that may begin what goes on in the next piece. */
const carried = buildInfoHead - 1

/** Any file may be a program, if it is large enough. */
export function recogniseProgram(path: string, fileBytes: number): Recognised | null {
  return fileBytes < smallestProgram ? null : { reader: (onFindings) => new ProgramReader(path, fileBytes, onFindings) }
}

/**
 * Reads the start of a file; if that is a program, its writable data. Build information is there, as `go version` has it
 * too, and so most of a large program is passed over.
 */
class ProgramReader implements PayloadReader {
  wants = 0
  readonly #fileBytes: number
  readonly #path: string
  readonly #onFindings: (findings: readonly Finding[]) => void
  #head = Buffer.allocUnsafe(0)
  #ranges: readonly ByteRange[] | null = null
  #range = 0
  /** The last bytes of the piece before, of the same range. */
  #carry = Buffer.alloc(0)
  /** What begins with the magic, once it was found. */
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
    const some = bytes.subarray(0, headBytes - this.#head.length)
    // Most files are none, and that is seen at once.
    if (this.#head.length === 0 && some.length >= 4 && some.readUInt32BE(0) !== elf) {
      this.wants = Infinity
      return
    }
    this.#head = Buffer.concat([this.#head, some])
    this.wants = this.#head.length
    if (this.#head.length < headBytes) return
    this.#ranges = dataSegments(this.#head, this.#fileBytes)
    this.#begin(0)
  }

  #begin(range: number): void {
    this.#range = range
    this.#carry = Buffer.alloc(0)
    // The headers themselves are of a segment, but the magic is not among them.
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

  /** @returns whether build information begins before `to`; it is wanted from there on then */
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

/** Where in the file its writable data is, in order and apart; empty where this is no program that can be read. */
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
