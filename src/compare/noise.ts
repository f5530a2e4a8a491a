import type { Growth } from './comparison.ts'

/** In bytes. Compressing the same files with other time stamps changes a gzip layer by a few dozen bytes. */
export const defaultNoise = 1_000
/** Unpacked bytes that are as few. Archives are rounded up to 1,024 bytes for each file. */
export const unpackedNoise = 10 * defaultNoise

/** Returns whether a growth is known and only a few bytes, to pull and unpacked. */
export const isFewBytes = ({
  compressedSize,
  uncompressedSize,
}: Pick<Growth, 'compressedSize' | 'uncompressedSize'>): boolean =>
  compressedSize !== null &&
  uncompressedSize !== null &&
  Math.abs(compressedSize) <= defaultNoise &&
  Math.abs(uncompressedSize) <= unpackedNoise
