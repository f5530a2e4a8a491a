/**
 * Facts about the regular files of a layer that only their bytes show: a checksum, and how many bytes are debug
 * information. They are packed in the order of the layer's entries, about six bytes for each file.
 */
import { crc32 } from 'node:zlib'
import type { PayloadReader } from '../packages/payload-reader.ts'
import { maxVarintBytes, VarintReader, writeVarint } from '../varint.ts'

/** What is known of a file. */
export interface FileFacts {
  /** CRC-32 of the content. Null if it is not known. */
  readonly checksum: number | null
  /** Bytes that `strip` removes at least. */
  readonly debugBytes: number
}

/** Limit for the number of files of a layer that facts are kept of. */
const maxFiles = 250_000
/** Limit for the bytes of one file: two numbers and a checksum. */
const maxBytesOfFile = 2 * maxVarintBytes + 4
const unknown: FileFacts = { checksum: null, debugBytes: 0 }

/**
 * Collects the facts of one layer. A file whose bytes were only read in part has no checksum.
 */
export class FileFactsWriter {
  #bytes = Buffer.allocUnsafe(16 * maxBytesOfFile)
  #filled = 0
  #kept = 0
  /** Number of regular files so far, and of those up to the last one that was packed. */
  #files = 0
  #packed = 0
  #checksum: number | null = null
  #debugBytes = 0

  /** Begins the next regular file. */
  begin(): void {
    this.#pack()
    this.#files += 1
  }

  /** Whether there is room for another checksum. */
  get hasRoom(): boolean {
    return this.#kept < maxFiles
  }

  setChecksum(checksum: number): void {
    this.#checksum = checksum
  }

  setDebugBytes(bytes: number): void {
    this.#debugBytes = bytes
  }

  /** Returns the facts as text. It may be called only once, after the last file. */
  packed(): string {
    this.#pack()
    return this.#bytes.toString('base64', 0, this.#filled)
  }

  #pack(): void {
    if (this.#checksum === null && this.#debugBytes === 0) return
    if (this.hasRoom) {
      if (this.#filled + maxBytesOfFile > this.#bytes.length)
        this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
      // The lowest bit says whether there is a checksum.
      this.#put((this.#files - this.#packed) * 2 + (this.#checksum === null ? 0 : 1))
      if (this.#checksum !== null) this.#filled = this.#bytes.writeUInt32LE(this.#checksum, this.#filled)
      this.#put(this.#debugBytes)
      this.#kept += 1
      this.#packed = this.#files
    }
    this.#checksum = null
    this.#debugBytes = 0
  }

  #put(value: number): void {
    this.#filled = writeVarint(this.#bytes, this.#filled, value)
  }
}

/** Reads packed facts. Returns a function that returns those of each regular file in turn. */
export function fileFactsOf(packed: string): () => FileFacts {
  const bytes = Buffer.from(packed, 'base64')
  const numbers = new VarintReader(bytes)
  /** Number of files up to the next one that has facts. */
  let distance = 0
  let hasChecksum = false
  const next = (): void => {
    if (numbers.at >= bytes.length) distance = Infinity
    else {
      const head = numbers.next()
      hasChecksum = head % 2 === 1
      distance = Math.floor(head / 2)
    }
  }
  next()
  return () => {
    distance -= 1
    if (distance > 0) return unknown
    const isWhole = !hasChecksum || numbers.at + 4 <= bytes.length
    const checksum = hasChecksum && isWhole ? bytes.readUInt32LE(numbers.at) : null
    if (checksum !== null) numbers.at += 4
    const debugBytes = numbers.next()
    if (isWhole) next()
    else distance = Infinity
    return { checksum, debugBytes }
  }
}

/**
 * Computes the checksum of a file whose bytes all pass, and hands them on to another reader. One object serves all files
 * of a layer.
 */
export class ChecksumReader implements PayloadReader {
  readonly wants = 0
  #inner: PayloadReader | null = null
  #left = 0
  #checksum = 0
  readonly #onChecksum: (checksum: number) => void

  constructor(onChecksum: (checksum: number) => void) {
    this.#onChecksum = onChecksum
  }

  /** Begins a file of `fileBytes` bytes. */
  of(fileBytes: number, inner: PayloadReader | null): this {
    this.#inner = inner
    this.#left = fileBytes
    this.#checksum = 0
    return this
  }

  take(bytes: Buffer, at: number): void {
    this.#checksum = crc32(bytes, this.#checksum)
    if (this.#inner !== null && this.#inner.wants < at + bytes.length) this.#inner.take(bytes, at)
    this.#left -= bytes.length
    if (this.#left === 0) this.#onChecksum(this.#checksum)
  }
}
