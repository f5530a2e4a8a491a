/**
 * Reads archives of `docker save` from their manifest.json: the old layout with a folder for each layer, and the
 * archives of skopeo, kaniko and others. Newer archives also contain an image layout, which has more information.
 */
import { FootprintError } from '../errors.ts'
import { digestOfBlobPath, type Digest } from '../oci/digest.ts'
import { layerCompression } from '../oci/media-type.ts'
import { combinePlatforms } from '../oci/platform.ts'
import { openArchiveLayout } from './archive-layout.ts'
import type { Archive } from './archive.ts'
import { compressedBlobs, digestInName, dockerArchiveLayers, type CompressedBlobs } from './docker-archive-layers.ts'
import {
  configReader,
  distinctImages,
  listedImages,
  type ConfigReader,
  type ListedImage,
  type ReadConfig,
} from './docker-manifest-json.ts'
import { findImages, type FoundImages } from './find-images.ts'
import { withoutArgumentValues } from './image-history.ts'
import { chooseByReference } from './image-layout.ts'
import { matchesAny, type WantedPlatforms } from './platforms.ts'
import type { SourceImage, SourceLayer } from './source-image.ts'

/** The images in an archive. */
export interface ArchiveImages extends FoundImages {
  /** Digests in the index of the layout inside. Empty if there is no layout. */
  readonly roots: readonly Digest[]
}

/**
 * Returns the images that manifest.json names. If there is a layout inside, it has more information about them:
 * digests, media types, provenance, other platforms. It is used if it agrees about their configs and layers.
 * manifest.json takes precedence, because skopeo and engines read it, and some tools write an index.json that is empty
 * or wrong.
 *
 * @param reference null for all images; `@N` is the Nth image, counted from 0
 * @throws FootprintError UNREADABLE_INPUT if the archive is damaged or has no such image
 */
export async function imagesOfDockerArchive(
  archive: Archive,
  reference: string | null,
  wanted: WantedPlatforms,
): Promise<ArchiveImages> {
  const items = distinctImages(archive, chooseByReference(await listedImages(archive), reference, archive.name))
  const configs = configReader(archive)
  const layout =
    reference?.startsWith('@') === true ? null : await layoutWithin(archive, reference, items, configs, wanted)
  if (layout !== null) return layout
  const images = await imagesOf(archive, items, configs)
  const platforms = images.map(({ platform }) => platform)
  return {
    images: images.filter(({ platform }) => matchesAny(platform, wanted)),
    platforms,
    unreadable: [],
    absent: [],
    roots: [],
  }
}

/** Returns null if there is no layout, it cannot be read, or it contradicts manifest.json. */
async function layoutWithin(
  archive: Archive,
  reference: string | null,
  items: readonly ListedImage[],
  configs: ConfigReader,
  wanted: WantedPlatforms,
): Promise<ArchiveImages | null> {
  if (archive.size('index.json') === null) return null
  try {
    const layout = await openArchiveLayout(archive, reference)
    const found = await findImages(layout, wanted)
    const byConfig = new Map(found.images.map((image) => [image.configDigest, image]))
    for (const item of items) if (!isAsListed(item, await configs(item), byConfig, wanted)) return null
    if (found.images.length === 0 && found.platforms.length === 0) return null
    const images = found.images.map((image) => ({ ...image, layers: image.layers.map(withoutDigest) }))
    return { ...found, images, roots: layout.roots.map(({ descriptor }) => descriptor.digest) }
  } catch (error) {
    if (error instanceof FootprintError && error.code === 'UNREADABLE_INPUT') return null
    throw error
  }
}

/**
 * Returns whether the layout has this image with the same layers in the same order. Also true for an image that was not
 * requested.
 */
function isAsListed(
  item: ListedImage,
  { config, configDigest }: ReadConfig,
  images: ReadonlyMap<Digest, SourceImage>,
  wanted: WantedPlatforms,
): boolean {
  if (!matchesAny(combinePlatforms(undefined, config).platform, wanted)) return true
  const image = images.get(configDigest)
  return (
    image?.layers.length === item.Layers.length &&
    image.layers.every(({ blob }, position) => {
      const named = digestOfBlobPath(item.Layers[position] ?? '')
      return named === null || named === blob.digest
    })
  )
}

/**
 * Removes the digests that nobody can pull. An engine that stores layers unpacked makes a manifest of tars only for the
 * archive.
 */
function withoutDigest(layer: SourceLayer): SourceLayer {
  return layerCompression(layer.mediaType) === 'none' ? { ...layer, digest: null, compressedSize: null } : layer
}

/**
 * Returns all images that manifest.json names, without the layout inside.
 *
 * @throws FootprintError UNREADABLE_INPUT if the archive has no manifest.json or is damaged
 */
export async function dockerArchiveImages(archive: Archive): Promise<readonly SourceImage[]> {
  return imagesOf(archive, distinctImages(archive, await listedImages(archive)), configReader(archive))
}

async function imagesOf(
  archive: Archive,
  items: readonly ListedImage[],
  configs: ConfigReader,
): Promise<readonly SourceImage[]> {
  const images = new Map<Digest, { readonly image: SourceImage; readonly names: (readonly string[])[] }>()
  const blobs = compressedBlobs(archive)
  for (const item of items) {
    const read = await configs(item)
    const known = images.get(read.configDigest) ?? { image: await imageOf(archive, item, read, blobs), names: [] }
    known.names.push(item.names)
    images.set(read.configDigest, known)
  }
  return [...images.values()].map(({ image, names }) => ({ ...image, names: names.flat() }))
}

async function imageOf(
  archive: Archive,
  item: ListedImage,
  { config, configDigest }: ReadConfig,
  blobs: CompressedBlobs,
): Promise<SourceImage> {
  return {
    names: item.names,
    ...combinePlatforms(undefined, config),
    ...withoutArgumentValues(config),
    configDigest,
    manifestDigest: null,
    layers: await dockerArchiveLayers(archive, item, config, blobs),
    attested: false,
    build: null,
    base: null,
    note: noteOfName(item.Config, configDigest),
  }
}

/**
 * Returns a note if the name of a config has another digest than its content. Docker and skopeo accept any name, but
 * then somebody has edited the config or named it wrongly.
 */
function noteOfName(path: string, digest: Digest): string | null {
  const named = digestInName(path)
  if (named === null || named === digest) return null
  return `Its config ${path} has the digest ${digest}, which is not the one in its name; docker and skopeo accept that too.`
}
