/** Says how many bytes to pull an edit saves at least. Pure. */
import type { Layer } from '../record/footprint.ts'

/** Sizes of a layer. Null if they are not known. */
type Sizes = Pick<Layer, 'compressedSize' | 'uncompressedSize' | 'fileBytes' | 'entries'>

/** Bytes of a header of a tar archive, of which each entry has at least one. Contents are padded to a multiple of it. */
const block = 512

/** Returns the bytes that a file takes in a tar archive without extensions. */
export function tarBytesOf(fileBytes: number): number {
  return block + Math.ceil(fileBytes / block) * block
}

/**
 * Returns how many bytes to pull are saved at least if layers lose some bytes of their tar archives. Whatever the
 * compression does, what is left of a layer takes at most its own length, and a little for the frame. So a layer saves
 * at least its compressed size less that. Only compressing the rest again would give the exact figure.
 *
 * @param lost for each layer, how many bytes its tar archive loses
 * @returns null if the sizes are not known, or if the true figure may be more than twice as large
 */
export function leastPullBytes(lost: Iterable<readonly [layer: Sizes | undefined, tarBytes: number]>): number | null {
  let [least, most] = [0, 0]
  for (const [layer, tarBytes] of lost) {
    const { compressedSize = null, uncompressedSize = null } = layer ?? {}
    if (compressedSize === null || uncompressedSize === null || layer === undefined || mayBeSparse(layer)) return null
    least += Math.max(0, compressedSize - storedBytes(uncompressedSize - tarBytes))
    most += Math.min(compressedSize, tarBytes)
  }
  return least > 0 && 2 * least >= most ? least : null
}

/** Returns how long data can get if it does not compress: gzip and zstd add less than 0.1 %, and headers. */
const storedBytes = (bytes: number): number => Math.max(0, bytes) + Math.ceil(bytes / 1_000) + 4_096

/** Returns whether files may be longer than what the archive holds of them. */
const mayBeSparse = ({ uncompressedSize, fileBytes, entries }: Sizes): boolean =>
  uncompressedSize === null || fileBytes === null || entries === null || uncompressedSize < fileBytes + entries * block
