/** Determines the layers of an image from its manifest and config, or why they cannot be read. */
import type { ImageConfig, Manifest } from '../oci/manifest.ts'
import { layerCompression } from '../oci/media-type.ts'
import type { Content } from './content.ts'
import { damaged } from './document.ts'
import type { SourceLayer } from './source-image.ts'

/**
 * Returns the layers of an image, lowest first. It must only be called if all of them can be read: see `whyUnreadable`.
 *
 * @param what the image, for messages
 * @throws FootprintError UNREADABLE_INPUT if manifest and config differ in the number of layers
 */
export function layersOf(
  content: Content,
  what: string,
  { layers }: Manifest,
  { rootfs }: ImageConfig,
): readonly SourceLayer[] {
  if (rootfs.diff_ids.length !== layers.length) {
    throw damaged(
      `${content.name}: image ${what} does not have as many layers in its manifest (${layers.length}) as in its config (${rootfs.diff_ids.length})`,
    )
  }
  return layers.map((blob, position): SourceLayer => ({
    blob,
    digest: blob.digest,
    diffId: rootfs.diff_ids[position] ?? blob.digest,
    mediaType: blob.mediaType,
    compressedSize: blob.size,
    storedBytes: async () => (content.size ? await content.size(blob) : blob.size),
    open: () => content.open(blob),
    part: async () => (await content.part?.(blob)) ?? null,
  }))
}

/** Returns the end of a sentence about an image, "its layer …", or null if all layers can be read. */
export function whyUnreadable({ layers }: Manifest): string | null {
  const foreign = layers.find(({ mediaType }) => layerCompression(mediaType) === null)
  return foreign ? `its layer ${foreign.digest} ${kindOf(foreign.mediaType)}` : null
}

function kindOf(mediaType: string): string {
  const quoted = JSON.stringify(mediaType)
  if (/\+encrypted\b/.test(mediaType)) return `is encrypted (media type ${quoted})`
  if (/\bnydus\b/.test(mediaType)) return `is in the format of Nydus (media type ${quoted})`
  const [, compression] = /tar[.+](xz|bzip2|bz2|lzma|lz4|br)$/.exec(mediaType) ?? []
  if (compression !== undefined)
    return `is compressed with ${compression}, which is not supported (media type ${quoted})`
  return `has the media type ${quoted}, which is not supported`
}
