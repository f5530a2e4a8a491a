/** Whose each file of a layer is, in little room: files of one package mostly follow each other. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Of runs, packed: a list that needs more is not kept. Bytes. */
const maxPackedBytes = 1_000_000
/** Two numbers a run, each of up to five bytes. */
const maxBytes = 40_000_000
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } }
/** Of a file that is no package's. */
const nobody = 0

/** Takes the owner of each file in turn. Memory: 8 bytes for each change of owner. */
export class OwnerRuns {
  #runs = new Int32Array(1024)
  #length = 0

  /** @param owner -1 for nobody */
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
   * The runs as text; null where they take too much room.
   *
   * @param rankOf position of an owner in the list that is kept with them; -1 where it is not in it
   */
  packed(rankOf: (owner: number) => number): string | null {
    const bytes = Buffer.allocUnsafe(this.#length * 5)
    let at = 0
    const put = (value: number): void => {
      let left = value
      for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80
      bytes[at++] = left
    }
    for (let run = 0; run < this.#length; run += 2) {
      const owner = this.#runs[run] ?? -1
      put(owner < 0 ? nobody : rankOf(owner) + 1)
      put(this.#runs[run + 1] ?? 0)
    }
    const packed = zstdCompressSync(bytes.subarray(0, at), compression)
    return packed.length > maxPackedBytes ? null : packed.toString('base64')
  }
}

/**
 * Reads what `packed` wrote: a function that gives the owner of each file in turn, its position in the list, or -1 for
 * nobody. Null where the text is damaged. Past the last file everything is nobody's.
 */
export function ownersOf(packed: string): (() => number) | null {
  let bytes: Buffer
  try {
    bytes = zstdDecompressSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxBytes })
  } catch {
    return null
  }
  let at = 0
  let owner = -1
  let left = 0
  const number = (): number => {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 0x80) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    return value
  }
  return () => {
    while (left === 0 && at < bytes.length) {
      owner = number() - 1
      left = number()
    }
    if (left === 0) return -1
    left -= 1
    return owner
  }
}
