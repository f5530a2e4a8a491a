/** Adds to a stage what its layers contain: parts of their file systems, and packages. */
import { isDigest } from '../oci/digest.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { contentsForRecord } from './contents-for-record.ts'
import type { LayerReader } from './layer-reader.ts'
import { lowerPackages } from './replaced-packages.ts'

/**
 * Returns the stage with the contents of each layer above its base. Base layers have no contents, because they do not
 * change with the Dockerfile and would be most of a record.
 *
 * @param digests digests that the layers were read with, from the lowest; by default their own
 */
export async function withContents(
  stage: Stage,
  reader: Pick<LayerReader, 'contents' | 'packages'>,
  digests: readonly (string | null)[] = stage.layers.map(({ digest }) => digest),
): Promise<Stage> {
  const read = await Promise.all(
    stage.layers.map(async (layer, position): Promise<Layer> => {
      // Data of a layer without a blob is stored under the digest of its tar.
      const digest = digests[position] ?? layer.diffId
      if (layer.origin === 'base' || !isDigest(digest)) return layer
      if (layer.entries === null) return { ...layer, contents: null }
      const contents = await reader.contents(digest)
      return { ...layer, contents: contents && contentsForRecord(contents, await reader.packages(digest)) }
    }),
  )
  // Packages of the base are parsed only if others may replace them.
  const hasPackages = read.some(({ contents }) => (contents?.packages?.packages.length ?? 0) > 0)
  const lower = lowerPackages()
  const layers: Layer[] = []
  for (const [position, layer] of read.entries()) {
    const packages = layer.contents?.packages ?? null
    layers.push(
      layer.contents && packages
        ? { ...layer, contents: { ...layer.contents, packages: lower.marked(packages) } }
        : layer,
    )
    const digest = digests[position] ?? layer.diffId
    if (packages) lower.add(packages.packages, position)
    else if (hasPackages && layer.origin === 'base' && isDigest(digest))
      lower.add((await reader.packages(digest))?.packages ?? [], position)
  }
  return { ...stage, layers }
}
