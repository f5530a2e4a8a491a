import { createHash } from 'node:crypto'
import { isDigest, type Digest } from '../oci/digest.ts'
import { blockBytes, parseNumber } from './tar-header.ts'

/** Gets the bytes of an archive as its parser tells them apart; each is only good until the call returns. */
export interface TarSink {
  /** A header block of an entry. */
  readonly header: (block: Buffer) => void
  /** What a block before a header says: PAX records (`x`, `X`, `g`), or a long name (`L`, `K`). */
  readonly helper: (type: string, bytes: Buffer) => void
  /** A part of a payload, padding left out. */
  readonly payload: (bytes: Buffer) => void
}

/** Modification time and checksum; POSIX pax, "ustar Interchange Format". */
const timeFields = [136, 156] as const
/** Access and change time, where GNU tar or star writes them. */
const gnuTimes = [
  [345, 357],
  [357, 369],
] as const
const starTimes = [476, 500] as const
const timeRecords = new Set(['mtime', 'atime', 'ctime', 'LIBARCHIVE.creationtime'])

/**
 * A digest of all that an archive unpacks to but for the times of its files: names, modes, owners, attributes, links and
 * contents, in their order. A step that runs again gives its files another time; where nothing else differs, two layers
 * have one such digest.
 */
export class TimelessDigest implements TarSink {
  readonly #hash = createHash('sha256')
  readonly #block = Buffer.alloc(blockBytes)
  readonly #head = Buffer.alloc(5)
  /** Whether records for the next entry have come already. */
  #hasLocal = false

  header(block: Buffer): void {
    const timeless = this.#block
    this.#hasLocal = false
    block.copy(timeless)
    timeless.fill(0, ...timeFields)
    if (block.toString('latin1', 257, 265) === 'ustar  \0') {
      // What is no time there is a prefix of the name for Go, and so for engines.
      if (gnuTimes.every((range) => isTime(block.subarray(...range)))) timeless.fill(0, gnuTimes[0][0], gnuTimes[1][1])
    } else if (block.toString('latin1', 508, 512) === 'tar\0') timeless.fill(0, ...starTimes)
    this.#add('0', timeless)
  }

  helper(type: string, bytes: Buffer): void {
    if (type === 'L' || type === 'K') {
      this.#add(type, bytes)
      return
    }
    // It takes the place of earlier ones whatever it holds. A first one for an entry may be there for its times alone.
    if (type === 'g' || this.#hasLocal) this.#add(type, Buffer.alloc(0))
    if (type !== 'g') this.#hasLocal = true
    for (const record of recordsWithoutTimes(bytes)) this.#add(type, record)
  }

  payload(bytes: Buffer): void {
    this.#hash.update(bytes)
  }

  /** To be asked once, at the end. */
  digest(): Digest {
    const digest = `sha256:${this.#hash.digest('hex')}`
    if (!isDigest(digest)) throw new TypeError('not a digest')
    return digest
  }

  /** What it is and how long, so that no bytes can pass for others. */
  #add(kind: string, bytes: Buffer): void {
    this.#head.write(kind, 0, 'latin1')
    this.#head.writeUInt32BE(bytes.length, 1)
    this.#hash.update(this.#head)
    this.#hash.update(bytes)
  }
}

function isTime(bytes: Buffer): boolean {
  // Times before 1970 have all bits of the first byte set; a size never has.
  if (bytes[0] === 0xff) return true
  try {
    parseNumber(bytes, 'time')
    return true
  } catch {
    return false
  }
}

/** @param bytes that `parsePax` has read without an error */
function* recordsWithoutTimes(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const space = bytes.indexOf(0x20, at)
    const end = at + Number(bytes.toString('latin1', at, space))
    if (!timeRecords.has(bytes.toString('latin1', space + 1, bytes.indexOf(0x3d, space)))) yield bytes.subarray(at, end)
    at = end
  }
}
