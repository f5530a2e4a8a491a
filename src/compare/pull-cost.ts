/** What somebody downloads for an image who has another one already. */
import type { Layer, Stage } from '../record/footprint.ts'
import type { ImageComparison } from './comparison.ts'

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
 * Compressed bytes of the blobs that are not there yet, each once: clients go by digest.
 *
 * @returns null where a size is not known, or not whether a blob is there
 */
function bytesToPull(wanted: readonly Layer[], present: readonly Layer[]): number | null {
  const have = new Set(present.map(({ digest }) => digest))
  const contents = new Set(present.map(({ diffId }) => diffId))
  const unnamed = new Set(present.filter(({ digest }) => digest === null).map(({ diffId }) => diffId))
  let total = 0
  for (const { digest, diffId, compressedSize } of wanted) {
    if (digest !== null && have.has(digest)) continue
    // The same content under a digest that is not known on one side: perhaps the same blob.
    if (digest === null ? contents.has(diffId) : unnamed.has(diffId)) return null
    if (compressedSize === null) return null
    total += compressedSize
    if (digest !== null) have.add(digest)
  }
  return total
}
