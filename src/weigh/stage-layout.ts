/** The image of a stage, from the image layout that the builder exported. */
import { FootprintError } from '../errors.ts'
import { findImages } from '../images/find-images.ts'
import { openLayout } from '../images/image-layout.ts'
import type { Digest } from '../oci/digest.ts'
import type { ImageConfig, Manifest } from '../oci/manifest.ts'

export interface LayoutImage {
  readonly manifest: Pick<Manifest, 'layers'>
  readonly config: ImageConfig
  /** Null where the layers were read without an image around them; so is the next one. */
  readonly configDigest: Digest | null
  readonly manifestDigest: Digest | null
}

/**
 * The single image of a layout, attestations aside. Its layers are not looked at: some of them may not be there.
 *
 * @throws FootprintError LAYER where a document is missing or damaged, WEIGHING_FAILED where it is not one image
 */
export async function readLayoutImage(folder: string): Promise<LayoutImage> {
  const { images, absent } = await found(folder)
  const [missing] = absent
  if (missing) throw new FootprintError('LAYER', `${folder}: manifest ${missing.digest} is missing`)
  const [only] = images
  if (images.length !== 1 || !only?.manifestDigest)
    throw new FootprintError('WEIGHING_FAILED', `the builder exported ${images.length} images where one was asked for`)
  const { config, configDigest, manifestDigest, layers } = only
  return { manifest: { layers: layers.map(({ blob }) => blob) }, config, configDigest, manifestDigest }
}

async function found(folder: string): ReturnType<typeof findImages> {
  try {
    return await findImages(await openLayout(folder, null, neverStopped), [])
  } catch (error) {
    // Nobody named this layout: what is wrong with it is no wrong input.
    if (!(error instanceof FootprintError) || error.code !== 'UNREADABLE_INPUT') throw error
    throw new FootprintError('LAYER', error.message, { cause: error })
  }
}

/** Only documents are read, which are small. */
const neverStopped = AbortSignal.any([])
