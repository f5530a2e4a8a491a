import type { Digest } from '../oci/digest.ts'
import { ByteMeter } from './byte-meter.ts'
import { blockBytes, parseNumber } from './tar-header.ts'

/** Receives the bytes of an archive by their role. The bytes are only valid until the call returns. */
export interface TarSink {
  /** The header block of an entry. */
  readonly header: (block: Buffer) => void
  /** The content of a block before a header: PAX records (`x`, `X`, `g`), or a long name (`L`, `K`). */
  readonly helper: (type: string, bytes: Buffer) => void
  /** Part of a payload, without padding. */
  readonly payload: (bytes: Buffer) => void
}

/** Modification time and checksum. POSIX pax, "ustar Interchange Format". */
const timeFields = [136, 156] as const
/** Access and change time, at the offsets of GNU tar and of star. */
const gnuTimes = [
  [345, 357],
  [357, 369],
] as const
const starTimes = [476, 500] as const
const timeRecords = new Set(['mtime', 'atime', 'ctime', 'LIBARCHIVE.creationtime'])

/**
 * Computes a digest of everything that an archive unpacks to, except for the times of files: names, modes, owners,
 * attributes, links and contents, in their order. A step that runs again gives its files new times. If nothing else
 * differs, the two layers have the same digest.
 */
export class TimelessDigest implements TarSink {
  readonly #meter = new ByteMeter('sha256')
  readonly #block = Buffer.alloc(blockBytes)
  readonly #head = Buffer.alloc(5)
  /** Whether records for the next entry have already been seen. */
  #hasLocal = false

  header(block: Buffer): void {
    const timeless = this.#block
    this.#hasLocal = false
    block.copy(timeless)
    timeless.fill(0, ...timeFields)
    if (block.toString('latin1', 257, 265) === 'ustar  \0') {
      // To Go, and so to container engines, fields that are not times are a prefix of the name.
      if (gnuTimes.every((range) => isTime(block.subarray(...range)))) timeless.fill(0, gnuTimes[0][0], gnuTimes[1][1])
    } else if (block.toString('latin1', 508, 512) === 'tar\0') timeless.fill(0, ...starTimes)
    this.#add('0', timeless)
  }

  helper(type: string, bytes: Buffer): void {
    if (type === 'L' || type === 'K') {
      this.#add(type, bytes)
      return
    }
    // These records replace earlier ones, whatever they contain, so that they count even if they are empty. The first
    // records of an entry may only contain times and then count as absent.
    if (type === 'g' || this.#hasLocal) this.#add(type, Buffer.alloc(0))
    if (type !== 'g') this.#hasLocal = true
    for (const record of recordsWithoutTimes(bytes)) this.#add(type, record)
  }

  payload(bytes: Buffer): void {
    this.#meter.add(bytes)
  }

  /** Returns the digest. It may be called only once, after the last byte. */
  digest(): Digest {
    return this.#meter.digest()
  }

  /** Adds kind and length before the bytes, so that different inputs cannot give the same sequence. */
  #add(kind: string, bytes: Buffer): void {
    this.#head.write(kind, 0, 'latin1')
    this.#head.writeUInt32BE(bytes.length, 1)
    this.#meter.add(this.#head)
    this.#meter.add(bytes)
  }
}

function isTime(bytes: Buffer): boolean {
  // A time before 1970 has all bits of its first byte set. A size never has.
  if (bytes[0] === 0xff) return true
  try {
    parseNumber(bytes, 'time')
    return true
  } catch {
    return false
  }
}

/** @param bytes records that `parsePax` has read without an error */
function* recordsWithoutTimes(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at)
    const end = at + Number(bytes.toString('latin1', at, space))
    if (!timeRecords.has(bytes.toString('latin1', space + 1, bytes.indexOf(0x3d, space)))) yield bytes.subarray(at, end)
    at = end
  }
}
