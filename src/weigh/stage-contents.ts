/** Adds to a stage what its layers contain: parts of their file systems, and packages. */
import { isDigest } from '../oci/digest.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { basePackagesForRecord, contentsForRecord, type BaseLayerContents } from './contents-for-record.ts'
import type { LayerReader } from './layer-reader.ts'
import { lowerPackages } from './replaced-packages.ts'

/**
 * Returns the stage with the contents of each layer above its base. Base layers have no contents, because they do not
 * change with the Dockerfile and would be most of a record. What the base has is summed up, only for the final stage.
 *
 * @param digests digests that the layers were read with, from the lowest; by default their own
 */
export async function withContents(
  stage: Stage,
  reader: Pick<LayerReader, 'contents' | 'packages'>,
  digests: readonly (string | null)[] = stage.layers.map(({ digest }) => digest),
): Promise<Stage> {
  // Data of a layer without a blob is stored under the digest of its tar.
  const digestOf = (layer: Layer, position: number): string => digests[position] ?? layer.diffId
  const read = await Promise.all(
    stage.layers.map(async (layer, position): Promise<Layer> => {
      const digest = digestOf(layer, position)
      if (layer.origin === 'base' || !isDigest(digest)) return layer
      if (layer.entries === null) return { ...layer, contents: null }
      const contents = await reader.contents(digest)
      return { ...layer, contents: contents && contentsForRecord(contents, await reader.packages(digest)) }
    }),
  )
  const listedBase = stage.role === 'final' ? stage.base : null
  // Packages of another base are parsed only if packages above it may replace them.
  const isBaseRead = listedBase !== null || read.some(({ contents }) => (contents?.packages?.packages.length ?? 0) > 0)
  const ofBase = await Promise.all(
    read.map(async (layer, position) => {
      const digest = digestOf(layer, position)
      return isBaseRead && layer.origin === 'base' && isDigest(digest) ? reader.packages(digest) : null
    }),
  )
  const lower = lowerPackages()
  const layers = read.map((layer, position): Layer => {
    const packages = layer.contents?.packages ?? null
    const marked = packages && lower.marked(packages)
    lower.add((packages ?? ofBase[position])?.packages ?? [], position)
    return layer.contents && marked ? { ...layer, contents: { ...layer.contents, packages: marked } } : layer
  })
  if (listedBase === null) return { ...stage, layers }
  const packages = basePackagesForRecord(
    await Promise.all(
      read.flatMap((layer, position) =>
        layer.origin === 'base' ? [baseLayer(digestOf(layer, position), ofBase[position] ?? null, reader)] : [],
      ),
    ),
  )
  return { ...stage, layers, base: { ...listedBase, packages } }
}

/** Returns what a layer of the base has. The contents of a layer with packages are not read. */
async function baseLayer(
  digest: string,
  packages: BaseLayerContents['packages'],
  reader: Pick<LayerReader, 'contents'>,
): Promise<BaseLayerContents> {
  const isWhole = packages !== null && packages.others === null && isDigest(digest)
  return { packages, contents: isWhole ? await reader.contents(digest) : null }
}
