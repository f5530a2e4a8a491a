/** Stores the owner of each file of a layer in little space. Files of one package mostly follow each other. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { VarintReader, writeVarint } from '../varint.ts'

/** Size limit for packed runs, in bytes. A larger list is not kept. */
const maxPackedBytes = 1_000_000
/** Size limit for unpacked runs, in bytes. A run is two numbers of up to five bytes each. */
const maxBytes = 40_000_000
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } }
/** Stands for a file that belongs to no package. */
const nobody = 0

/** Collects the owners of files. It takes 8 bytes of memory for each change of owner. */
export class OwnerRuns {
  #runs = new Int32Array(1024)
  #length = 0

  /**
   * Adds the owner of the next file.
   *
   * @param owner -1 if the file has no owner
   */
  add(owner: number): void {
    if (this.#length > 0 && this.#runs[this.#length - 2] === owner) {
      this.#runs[this.#length - 1] = (this.#runs[this.#length - 1] ?? 0) + 1
      return
    }
    if (this.#length === this.#runs.length) {
      const larger = new Int32Array(this.#runs.length * 2)
      larger.set(this.#runs)
      this.#runs = larger
    }
    this.#runs[this.#length++] = owner
    this.#runs[this.#length++] = 1
  }

  /**
   * Returns the runs as text. Returns null if they take too much space.
   *
   * @param rankOf returns the position of an owner in the list that is kept with the runs, or -1 if it is not in the list
   */
  packed(rankOf: (owner: number) => number): string | null {
    const bytes = Buffer.allocUnsafe(this.#length * 5)
    let at = 0
    for (let run = 0; run < this.#length; run += 2) {
      const owner = this.#runs[run] ?? -1
      at = writeVarint(bytes, at, owner < 0 ? nobody : rankOf(owner) + 1)
      at = writeVarint(bytes, at, this.#runs[run + 1] ?? 0)
    }
    const packed = zstdCompressSync(bytes.subarray(0, at), compression)
    return packed.length > maxPackedBytes ? null : packed.toString('base64')
  }
}

/**
 * Reads what `packed` returned. Returns a function that returns the owner of the next file, as its position in the list,
 * or -1 if the file has no owner. It also returns -1 after the last file. Returns null if the text is damaged.
 */
export function ownersOf(packed: string): (() => number) | null {
  let bytes: Buffer
  try {
    bytes = zstdDecompressSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxBytes })
  } catch {
    return null
  }
  const numbers = new VarintReader(bytes)
  let owner = -1
  let left = 0
  return () => {
    while (left === 0 && numbers.at < bytes.length) {
      owner = numbers.next() - 1
      left = numbers.next()
    }
    if (left === 0) return -1
    left -= 1
    return owner
  }
}
