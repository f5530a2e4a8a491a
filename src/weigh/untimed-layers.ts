/**
 * Finds layers that were read without a digest that ignores file times, such as by `inspect`. A build needs that digest,
 * so it reads such a layer again if that is possible.
 */
import type { IndexStore } from '../layer/index-store.ts'
import type { Digest } from '../oci/digest.ts'

/**
 * Returns those of the layers that are known without that digest.
 *
 * @param aboveBase layers above the base image of a stage; nothing needs the digest of others
 */
export async function untimedLayers(
  aboveBase: readonly Digest[],
  indexes: Pick<IndexStore, 'get'>,
): Promise<readonly Digest[]> {
  const digests = [...new Set(aboveBase)]
  const known = await Promise.all(digests.map((digest) => indexes.get(digest)))
  return digests.filter((_, nth) => known[nth]?.timelessDigest === null)
}
