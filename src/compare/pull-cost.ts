/** Computes how many bytes a client downloads if it already has another image. */
import type { Layer, Stage } from '../record/footprint.ts'
import type { ImageComparison } from './comparison.ts'

/** Returns the bytes that clients download for the final stage `after`. */
export function pullCost(before: Stage, after: Stage): ImageComparison['pullCost'] {
  const base = after.layers.filter(({ origin }) => origin === 'base')
  return {
    fromBaseline: bytesToPull(after.layers, before.layers),
    fromBaseImage:
      after.base === null
        ? null
        : bytesToPull(
            after.layers.filter(({ origin }) => origin !== 'base'),
            base,
          ),
  }
}

/**
 * Returns the compressed bytes of all blobs that are not present yet. Each digest counts once.
 *
 * @returns null if a size is not known, or if it is not known whether a blob is present
 */
function bytesToPull(wanted: readonly Layer[], present: readonly Layer[]): number | null {
  const have = new Set(present.map(({ digest }) => digest))
  const contents = new Set(present.map(({ diffId }) => diffId))
  const unnamed = new Set(present.filter(({ digest }) => digest === null).map(({ diffId }) => diffId))
  let total = 0
  for (const { digest, diffId, compressedSize } of wanted) {
    if (digest !== null && have.has(digest)) continue
    // The same content with an unknown digest on one side may be the same blob.
    if (digest === null ? contents.has(diffId) : unnamed.has(diffId)) return null
    if (compressedSize === null) return null
    total += compressedSize
    if (digest !== null) have.add(digest)
  }
  return total
}
