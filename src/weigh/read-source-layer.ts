/** Reads a layer of a source and checks it against its descriptor and the image's config. */
import { MissingBlob } from '../images/content.ts'
import { damaged } from '../images/document.ts'
import type { SourceLayer } from '../images/source-image.ts'
import type { LayerIndex } from '../layer/layer-index.ts'
import { algorithmOf } from '../oci/digest.ts'
import type { LayerReader } from './layer-reader.ts'

/**
 * Returns whether the source has the blob. A known layer need not be read again, but the answer must not depend on what
 * is known.
 *
 * @throws FootprintError UNREADABLE_INPUT if the blob has another length than its descriptor says
 */
export async function isHeld({ blob, storedBytes }: SourceLayer, name: string): Promise<boolean> {
  const bytes = await storedBytes()
  if (bytes !== null && bytes !== blob.size)
    throw damaged(`${name}: layer ${blob.digest} has ${bytes} bytes, and its descriptor says ${blob.size}`)
  return bytes !== null
}

/**
 * Returns the index of a layer, which may contradict its descriptor and config.
 *
 * @param neededBy the image, for the progress
 */
export const readIndex = ({ blob, diffId }: SourceLayer, reader: LayerReader, neededBy: string): Promise<LayerIndex> =>
  reader.index(blob, { tarAlgorithm: algorithmOf(diffId), stageName: neededBy })

/**
 * Returns the index of a layer. What is known by its digest alone must match this image. Returns null if the source
 * does not hold the layer after all.
 */
export async function readCheckedIndex(
  layer: SourceLayer,
  reader: LayerReader,
  name: string,
  neededBy: string,
): Promise<LayerIndex | null> {
  const { blob, diffId } = layer
  const index = await readIndex(layer, reader, neededBy).catch((error: unknown) => {
    if (error instanceof MissingBlob) return null
    throw error
  })
  if (index === null) return null
  if (index.compressedSize !== blob.size) {
    throw damaged(
      `${name}: layer ${blob.digest} has ${index.compressedSize} bytes, and its descriptor says ${blob.size}`,
    )
  }
  if (index.diffId !== diffId) {
    throw damaged(
      `${name}: the tar of layer ${blob.digest} has the digest ${index.diffId}, and the config names ${diffId}`,
    )
  }
  return index
}
