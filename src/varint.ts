/**
 * Numbers of variable length, as Protocol Buffers and Go write them (LEB128): seven bits a byte, the lowest first, and
 * the highest bit set in each byte but the last.
 */

/** Limit for the bytes of a number up to 2^53 - 1. */
export const maxVarintBytes = 8

/**
 * Writes a whole number from 0 to 2^53 - 1. The buffer must have room for `maxVarintBytes` from there.
 *
 * @param at offset of the first byte
 * @returns the offset after the number
 */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[end++] = (left % 0x80) | 0x80
  bytes[end++] = left
  return end
}

/** Reads numbers one after another. */
export class VarintReader {
  /**
   * Offset of the next byte. It is past the end after a number that the bytes do not contain completely, and Infinity
   * after one that is larger than 2^53 - 1, so that nothing more is read.
   */
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Returns the next number, or 0 if it is too large. */
  next(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    // A sum that overflows is Infinity, or NaN if zeros follow.
    if (value <= Number.MAX_SAFE_INTEGER) return value
    this.at = Infinity
    return 0
  }
}
