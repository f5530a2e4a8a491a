/**
 * Reads the images of `docker-daemon:REF`. An engine returns only whole images, with `docker save`, which takes seconds
 * for each hundred megabytes. But the ID of an image is a digest of its whole content. An image that was read before,
 * and whose layers are known, need not be read again.
 */
import type { Digest } from '../oci/digest.ts'
import { platformOf } from '../oci/platform.ts'
import type { StreamedBlob } from './archive-stream.ts'
import { imagesOfDockerArchive, type ArchiveImages } from './docker-archive.ts'
import { damaged } from './document.ts'
import { engineHasPlatform, engineImageId, saveFromDaemon } from './engine-client.ts'
import type { FoundImages } from './find-images.ts'
import { openImageMemory, type RememberedImages } from './image-memory.ts'
import { isRuledOut, matchesAny, type WantedPlatforms } from './platforms.ts'

/** Options for reading the images of an engine. */
export interface EngineImagesOptions {
  readonly wanted: WantedPlatforms
  readonly signal: AbortSignal
  /** Returns a temporary folder, which is made on first use. */
  readonly folder: () => Promise<string>
  /** Weighs a layer that streams past and cannot be read again. */
  readonly weigh: (blob: StreamedBlob) => Promise<void>
  /** Returns whether a layer is known, so that it need not be read. */
  readonly isKnown: (digest: Digest) => Promise<boolean>
  /** Folder for what is remembered about images of engines. */
  readonly memoryFolder: string
}

/**
 * Returns the images of an engine with this reference.
 *
 * @throws FootprintError ENGINE_UNREACHABLE if no engine answers
 * @throws FootprintError UNREADABLE_INPUT if there is no such image, or its archive is damaged
 */
export async function imagesOfEngine(reference: string, options: EngineImagesOptions): Promise<FoundImages> {
  const { wanted, signal, weigh } = options
  const memory = openImageMemory(options.memoryFolder)
  const remembered = await memory.recall(reference)
  if (remembered && (await isAsItWas(remembered, reference, options))) return foundAgain(remembered, reference, wanted)
  const archive = await saveFromDaemon([await oneImage(reference, signal)], {
    folder: await options.folder(),
    signal,
    weigh,
  })
  const saved = await imagesOfDockerArchive(archive, null, wanted)
  if (saved.images.length === 0) return saved
  const imageId = await engineImageId(reference, signal)
  const found = imageId === null ? saved : { ...saved, images: asPushed(imageId, saved) }
  const { images, platforms, absent } = found
  // Platforms that were not requested have not been read completely. Anything unusual is read again.
  const isPlain = found.unreadable.length === 0 && images.every(({ note }) => note === null)
  if (imageId !== null && isPlain && images.length === platforms.length && isWholly(imageId, found)) {
    await memory.remember(reference, { imageId, images, platforms, absent })
  }
  return found
}

/**
 * Returns the ID for a word such as `cafe`, which may be an ID or a name. With a name, `docker save` would write all of
 * its tags.
 */
async function oneImage(reference: string, signal: AbortSignal): Promise<string> {
  return /^[0-9a-f]{4,63}$/.test(reference) ? ((await engineImageId(reference, signal)) ?? reference) : reference
}

/**
 * Returns the images with the digests and sizes that a push uses. A store that keeps the manifest (containerd's) pushes
 * the blobs that it names, even if they are uncompressed.
 */
function asPushed(imageId: Digest, { images, roots }: ArchiveImages): FoundImages['images'] {
  if (!isKept(imageId, roots)) return images
  return images.map((image) => ({
    ...image,
    layers: image.layers.map((layer) => ({ ...layer, digest: layer.blob.digest, compressedSize: layer.blob.size })),
  }))
}

const isKept = (imageId: Digest, roots: readonly Digest[]): boolean =>
  roots.length > 0 && roots.every((root) => root === imageId)

/**
 * Returns whether the ID is the digest of what was read. In the meantime, the name may have been given to another
 * image.
 */
function isWholly(imageId: Digest, { images, roots }: ArchiveImages): boolean {
  if (isKept(imageId, roots)) return true
  // If layers are stored unpacked, the manifest is made only for the archive, and the config identifies the image.
  return images.every(({ configDigest }) => configDigest === imageId)
}

async function isAsItWas(
  { imageId, images, platforms, absent }: RememberedImages,
  reference: string,
  { isKnown, signal }: EngineImagesOptions,
): Promise<boolean> {
  const known = await Promise.all(images.flatMap(({ layers }) => layers.map(({ blob }) => isKnown(blob.digest))))
  if (!known.every(Boolean) || (await engineImageId(reference, signal)) !== imageId) return false
  const listed = [
    ...platforms.map((platform) => ({ platform, isThere: true })),
    ...absent.map(({ platform }) => ({ platform: platform && platformOf(platform), isThere: false })),
  ]
  if (listed.length === 1) return true
  // The client is asked for an architecture and does not distinguish versions of it.
  if (listed.some(({ platform }) => platform?.['os.version'] !== undefined || platform?.['os.features'] !== undefined))
    return false
  // The platforms of an image can be added and removed without a change of its ID.
  if (listed.length > maxAsked) return false
  const same = await Promise.all(
    listed.map(
      async ({ platform, isThere }) =>
        platform !== undefined && (await engineHasPlatform(reference, platform, signal)) === isThere,
    ),
  )
  return same.every(Boolean)
}

/**
 * Limit for the number of platforms to ask for. Each takes the client about 60 ms, and official images have up to ten.
 */
const maxAsked = 16

function foundAgain(
  { images, platforms, absent }: RememberedImages,
  reference: string,
  wanted: WantedPlatforms,
): FoundImages {
  return {
    images: images
      .filter((image) => matchesAny(image.platform, wanted))
      .map((image) => ({
        ...image,
        note: null,
        layers: image.layers.map((layer) => ({
          ...layer,
          open: () =>
            Promise.reject(
              damaged(`docker-daemon:${reference}: layer ${layer.blob.digest} is no longer in the cache; try again`),
            ),
          part: () => Promise.resolve(null),
          storedBytes: () => Promise.resolve(layer.blob.size),
        })),
      })),
    platforms,
    unreadable: [],
    absent: absent.filter(({ platform }) => platform === undefined || !isRuledOut(platform, wanted)),
  }
}
