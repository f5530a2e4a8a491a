/**
 * Finds Go and Rust programs by what their linkers write into them, while their bytes stream past. The format of an
 * executable is described in the System V ABI, "Program Header".
 */
import { auditableFindings } from './auditable.ts'
import { elfMagic, numbersOf } from './elf-numbers.ts'
import type { Finding, Recognised } from './finding.ts'
import { BuildInfoReader } from './go-search.ts'
import { RangesReader, TwoReaders, type ByteRange, type PayloadReader } from './payload-reader.ts'

/** Size from which a file may be a Go or Rust program, in bytes. Go links none of a third of this size. */
export const minProgramBytes = 256 * 1024
/** Number of bytes that contain the ELF header and the program headers. Linkers put these at the start of the file. */
const headBytes = 4096
/**
 * Number of bytes to search for a list of crates. It is not loaded when the program runs, so linkers put it behind all
 * segments, after the few bytes of `.comment`. The list of a program with 400 crates takes 10 kB.
 */
const listBytes = 64 * 1024
const loadable = 1
/** Flags of a segment. */
const flag = { code: 1, writable: 2 } as const

/** Recognises any file that is large enough to be a Go or Rust program. */
export function recogniseProgram(path: string, fileBytes: number): Recognised | null {
  return fileBytes < minProgramBytes ? null : { reader: (onFindings) => new ProgramReader(path, fileBytes, onFindings) }
}

/**
 * Reads the start of a file. If the file is an executable, it then searches the writable data segments for build
 * information, as `go version` does, and the bytes behind all segments for a list of crates. Most of a large program is
 * skipped.
 */
class ProgramReader implements PayloadReader {
  readonly #fileBytes: number
  readonly #path: string
  readonly #onFindings: (findings: readonly Finding[]) => void
  #head = Buffer.allocUnsafe(0)
  /** Number of bytes of the start that have been read, or Infinity once the start is of no more use. */
  #headEnd = 0
  /** Null until the segments are known. */
  #rest: PayloadReader | null = null

  constructor(path: string, fileBytes: number, onFindings: (findings: readonly Finding[]) => void) {
    this.#path = path
    this.#fileBytes = fileBytes
    this.#onFindings = onFindings
  }

  get wants(): number {
    return this.#rest?.wants ?? this.#headEnd
  }

  take(bytes: Buffer, at: number): void {
    if (this.#rest === null) this.#readHead(bytes.subarray(this.#headEnd - at))
    if (this.#rest !== null && this.#rest.wants < at + bytes.length) this.#rest.take(bytes, at)
  }

  #readHead(bytes: Buffer): void {
    const chunk = bytes.subarray(0, headBytes - this.#head.length)
    // Most files are not executables, and their first four bytes show that.
    if (this.#head.length === 0 && chunk.length >= 4 && chunk.readUInt32BE(0) !== elfMagic) {
      this.#headEnd = Infinity
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    this.#headEnd = this.#head.length
    if (this.#head.length < headBytes) return
    const segments = segmentsOf(this.#head)
    this.#headEnd = Infinity
    if (segments.length > 0) this.#rest = this.#restReader(segments)
  }

  #restReader(segments: readonly Segment[]): PayloadReader {
    const [path, fileBytes, onFindings] = [this.#path, this.#fileBytes, this.#onFindings]
    const buildInfo = new BuildInfoReader(dataRanges(segments, fileBytes), path, fileBytes, onFindings)
    const list = new RangesReader([rangeAfter(segments, fileBytes)], ([bytes]) => {
      if (bytes !== undefined) onFindings(auditableFindings(bytes, path, fileBytes) ?? [])
    })
    return new TwoReaders(buildInfo, list)
  }
}

/** The bytes of a file that are loaded together when the program runs. */
interface Segment extends ByteRange {
  readonly flags: number
}

/** Returns what is loaded. The list is empty if the header is not that of a readable executable. */
function segmentsOf(head: Buffer): readonly Segment[] {
  const { is64, u16, u32, word } = numbersOf(head)
  const start = word(is64 ? 32 : 28)
  const [size, count] = is64 ? [u16(54), u16(56)] : [u16(42), u16(44)]
  if (size < (is64 ? 56 : 32) || start + size * count > head.length) return []
  const segments: Segment[] = []
  for (let nth = 0; nth < count; nth += 1) {
    const at = start + nth * size
    if (u32(at) !== loadable) continue
    const from = word(at + (is64 ? 8 : 4))
    const bytes = word(at + (is64 ? 32 : 16))
    segments.push({ flags: u32(at + (is64 ? 4 : 24)), from, to: from + bytes })
  }
  return segments
}

/** Returns the ranges of the file that hold writable data, in order and without overlaps. */
function dataRanges(segments: readonly Segment[], fileBytes: number): readonly ByteRange[] {
  let end = headBytes
  return segments
    .filter(({ flags }) => (flags & (flag.code | flag.writable)) === flag.writable)
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to }) => {
      // The first segment may include the headers, but the magic is never in them.
      const apart = { from: Math.max(from, end), to: Math.min(to, fileBytes) }
      end = Math.max(end, apart.to)
      return apart
    })
    .filter(({ from, to }) => from < to)
}

/** Returns the first bytes behind all that is loaded when the program runs. */
function rangeAfter(segments: readonly Segment[], fileBytes: number): ByteRange {
  const from = segments.reduce((end, { to }) => Math.max(end, to), headBytes)
  return { from, to: Math.min(from + listBytes, fileBytes) }
}
