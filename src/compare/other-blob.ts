/** Finds layers whose contents are the same on both sides, although a client has to pull another blob. Pure. */
import type { LayerChange } from './comparison.ts'

/** What differs between two such blobs: the times of files, or only how the same archive is compressed. */
export type OtherBlob = 'file-times' | 'compression'

/**
 * Returns why a layer of the kind `same` is another blob. Null if it is the same blob as far as is known, or not of this
 * kind.
 */
export function otherBlobOf({ kind, before, after }: Pick<LayerChange, 'kind' | 'before' | 'after'>): OtherBlob | null {
  if (kind !== 'same' || before === null || after === null) return null
  if (before.diffId !== after.diffId) return 'file-times'
  return before.digest !== null && after.digest !== null && before.digest !== after.digest ? 'compression' : null
}
