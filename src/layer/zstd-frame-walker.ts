/** The parsed start of a frame. `length` is in bytes and includes the magic number. */
interface FrameHeader {
  readonly length: number
  readonly skippable: number | null
  readonly hasChecksum: boolean
}

type Where = 'between-frames' | 'skippable' | 'block-header' | 'block' | 'checksum'

const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const dictionaryIdLength = [0, 1, 2, 4] as const
const nothing = Buffer.alloc(0)

/**
 * Returns whether these four bytes, read as little-endian, begin a frame of either kind. RFC 8878, sections 3.1.1 and
 * 3.1.2.
 */
export function isZstdMagic(magic: number): boolean {
  return magic === frameMagic || (magic & 0xfffffff0) >>> 0 === skippableMagic
}

/**
 * Finds the boundaries of zstd frames from their headers and block headers, without decoding (RFC 8878, section 3.1).
 * Skippable frames are left out. It holds only the few bytes of a header that is split over chunks.
 *
 * `split` throws an Error on bytes that do not begin a frame and on reserved header bits. `end` throws one if the
 * stream stops inside a frame.
 */
export class ZstdFrameWalker {
  #where: Where = 'between-frames'
  #held: Buffer = nothing
  /**
   * Remaining bytes of the skippable frame, block or checksum. For a block header, the number of its bytes that were
   * read.
   */
  #left = 0
  #blockHeader = 0
  #lastBlock = false
  #hasChecksum = false
  #seenFrame = false

  /** Checks that the stream is complete. It must be called after the last chunk. */
  end(): void {
    if (this.#where !== 'between-frames' || this.#held.length > 0 || !this.#seenFrame) {
      throw new Error('the zstd stream ends inside a frame')
    }
  }

  /** Yields the pieces of this chunk, in order. Each belongs to one frame and shares the memory of the chunk. */
  *split(input: Buffer): Generator<Buffer> {
    const chunk = this.#held.length === 0 ? input : Buffer.concat([this.#held, input])
    this.#held = nothing
    let at = 0
    while (at < chunk.length) {
      const begin = at
      if (this.#where === 'between-frames') {
        const header = parseFrameHeader(chunk, at)
        if (header === null) {
          this.#held = Buffer.from(chunk.subarray(at))
          return
        }
        at += header.length
        this.#enter(header)
      }
      if (this.#where === 'skippable') {
        at = this.#skip(chunk, at)
        if (this.#left === 0) this.#where = 'between-frames'
        continue
      }
      at = this.#walkBlocks(chunk, at)
      yield chunk.subarray(begin, at)
    }
  }

  #enter(header: FrameHeader): void {
    this.#seenFrame = true
    this.#hasChecksum = header.hasChecksum
    this.#left = header.skippable ?? 0
    this.#where = header.skippable === null ? 'block-header' : 'skippable'
    this.#blockHeader = 0
  }

  /** A method, because the compiler does not see that a walk changes the state. */
  #isBetweenFrames(): boolean {
    return this.#where === 'between-frames'
  }

  /** Walks to the end of the frame or of the chunk, whichever comes first, and returns that offset. */
  #walkBlocks(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length && !this.#isBetweenFrames()) {
      if (this.#where === 'block-header') {
        this.#blockHeader |= (chunk[at] ?? 0) << (8 * this.#left)
        at += 1
        this.#left += 1
        if (this.#left === 3) this.#enterBlock(this.#blockHeader)
      } else {
        at = this.#skip(chunk, at)
      }
      if (this.#where !== 'block-header' && this.#left === 0) this.#leaveBlockOrChecksum()
    }
    return at
  }

  #enterBlock(header: number): void {
    this.#lastBlock = (header & 1) === 1
    const type = (header >> 1) & 3
    if (type === 3) throw new Error('the zstd stream has a block of the reserved type')
    // A run-length block has one byte, however long its output is.
    this.#left = type === 1 ? 1 : header >> 3
    this.#where = 'block'
  }

  #leaveBlockOrChecksum(): void {
    if (this.#where === 'block' && !this.#lastBlock) {
      this.#where = 'block-header'
      this.#blockHeader = 0
    } else if (this.#where === 'block' && this.#hasChecksum) {
      this.#where = 'checksum'
      this.#left = 4
    } else {
      this.#where = 'between-frames'
    }
  }

  #skip(chunk: Buffer, at: number): number {
    const step = Math.min(this.#left, chunk.length - at)
    this.#left -= step
    return at + step
  }
}

/**
 * Parses the header of a frame. Returns null if the chunk ends before the header does. RFC 8878, sections 3.1.1.1 and
 * 3.1.2.
 */
function parseFrameHeader(chunk: Buffer, at: number): FrameHeader | null {
  if (chunk.length - at < 4) return null
  const magic = chunk.readUInt32LE(at)
  if (!isZstdMagic(magic)) throw new Error('the zstd stream has bytes that belong to no frame')
  if (magic !== frameMagic) {
    if (chunk.length - at < 8) return null
    return { length: 8, skippable: chunk.readUInt32LE(at + 4), hasChecksum: false }
  }
  const descriptor = chunk[at + 4]
  if (descriptor === undefined) return null
  if ((descriptor & 0x08) !== 0) throw new Error('the zstd stream has a frame with a reserved bit set')
  const singleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeLength = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag
  const sizeAt = 5 + (singleSegment ? 0 : 1) + (dictionaryIdLength[descriptor & 3] ?? 0)
  const length = sizeAt + sizeLength
  if (chunk.length - at < length) return null
  return {
    length,
    skippable: null,
    hasChecksum: (descriptor & 0x04) !== 0,
  }
}
