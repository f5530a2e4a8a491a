/** Reads layers that are in a registry, and that the builder does not provide: pushed ones, and those of a cache. */
import { CallFailed } from '../builder/grpc.ts'
import { messageOf } from '../errors.ts'
import type { Content } from '../images/content.ts'
import { findCredentials } from '../images/credentials.ts'
import { parseReference } from '../images/reference.ts'
import { openRegistryImage } from '../images/registry.ts'
import type { LayerSource } from '../layer/read-layer.ts'
import { isDigest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'

/**
 * Opens a layer of a pushed image. The bytes are not verified. Reading fails with CallFailed if the registry does not
 * provide them.
 */
export type OpenPushedLayer = (layer: Descriptor) => LayerSource

/**
 * Opens a pushed image. A builder that takes a layer from a cache in the same registry never holds its bytes, because
 * the registry mounts them.
 *
 * @param name the image's name without a tag, as in buildx's metadata, or the reference of a cache
 * @param digest digest of the shipped manifest or index. Null for a cache
 * @param dockerConfigFolder folder with the credentials that the image was pushed with
 * @returns null if the registry does not have the image or cannot be reached
 */
export async function openPushedImage(
  name: string,
  digest: string | null,
  dockerConfigFolder: string | null,
  signal: AbortSignal,
): Promise<OpenPushedLayer | null> {
  const reference = parseReference(name)
  if (reference === null || (digest !== null && !isDigest(digest))) return null
  const options = {
    signal,
    retryDelay: 500,
    attempts: 2,
    credentials: (registry: string) => findCredentials(registry, { folder: dockerConfigFolder, signal }),
  }
  try {
    const { content } = await openRegistryImage(
      digest === null ? reference : { ...reference, tag: null, digest },
      options,
    )
    return (layer) => readFrom(content, layer)
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}

/** Returns the bytes of a layer from the first of several images that has it. */
export async function* readFromFirst(images: readonly OpenPushedLayer[], layer: Descriptor): LayerSource {
  for (const [position, open] of images.entries()) {
    let hasBegun = false
    try {
      for await (const chunk of open(layer)) {
        hasBegun = true
        yield chunk
      }
      return
    } catch (error) {
      if (hasBegun || position === images.length - 1) throw error
    }
  }
}

async function* readFrom(content: Content, layer: Descriptor): LayerSource {
  try {
    for await (const chunk of await content.open(layer)) yield chunk as Buffer
  } catch (cause) {
    throw new CallFailed(messageOf(cause), null, { cause })
  }
}
