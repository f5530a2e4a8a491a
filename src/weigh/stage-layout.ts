/** Reads the image of a stage from the image layout that the builder exported. */
import { FootprintError } from '../errors.ts'
import { findImages } from '../images/find-images.ts'
import { openLayout } from '../images/image-layout.ts'
import type { Digest } from '../oci/digest.ts'
import type { ImageConfig, Manifest } from '../oci/manifest.ts'

/** The image of an image layout. */
export interface LayoutImage {
  readonly manifest: Pick<Manifest, 'layers'>
  readonly config: ImageConfig
  /** Null, like the manifest's digest, if the layers were read without an image. */
  readonly configDigest: Digest | null
  readonly manifestDigest: Digest | null
}

/**
 * Returns the only image of a layout, ignoring attestations. Its layers are not read, because some may not be there.
 *
 * @throws FootprintError LAYER if a document is missing or damaged, WEIGHING_FAILED if there is not exactly one image
 */
export async function readLayoutImage(folder: string): Promise<LayoutImage> {
  const { images, absent } = await found(folder)
  const [missing] = absent
  if (missing) throw new FootprintError('LAYER', `${folder}: manifest ${missing.digest} is missing`)
  const [only] = images
  if (images.length !== 1 || !only?.manifestDigest)
    throw new FootprintError('WEIGHING_FAILED', `the builder exported ${images.length} images instead of one`)
  const { config, configDigest, manifestDigest, layers } = only
  return { manifest: { layers: layers.map(({ blob }) => blob) }, config, configDigest, manifestDigest }
}

async function found(folder: string): ReturnType<typeof findImages> {
  try {
    return await findImages(await openLayout(folder, null, neverStopped), [])
  } catch (error) {
    // The user did not name this layout, so a fault in it is not a wrong input.
    if (!(error instanceof FootprintError) || error.code !== 'UNREADABLE_INPUT') throw error
    throw new FootprintError('LAYER', error.message, { cause: error })
  }
}

/** Only documents are read. They are small, so reading need not be stopped. */
const neverStopped = AbortSignal.any([])
