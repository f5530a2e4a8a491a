/**
 * Finds layers that were read without a digest that ignores file times, such as those of a base image. A comparison needs
 * that digest, so it reads such a layer again if that is possible.
 */
import type { IndexStore } from '../layer/index-store.ts'
import type { Digest } from '../oci/digest.ts'

/**
 * Returns those of the layers that are known without that digest.
 *
 * @param needed layers that may be compared. For a stage, these are the ones above its base image
 */
export async function untimedLayers(
  needed: readonly Digest[],
  indexes: Pick<IndexStore, 'get'>,
): Promise<readonly Digest[]> {
  const digests = [...new Set(needed)]
  const known = await Promise.all(digests.map((digest) => indexes.get(digest)))
  return digests.filter((_, nth) => known[nth]?.timelessDigest === null)
}
