/**
 * Archives of `docker save`, by their manifest.json: the old layout with a folder for each layer, and what skopeo,
 * kaniko and others write. Newer ones hold an image layout besides, which tells more.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { compressionOf } from '../../layer/decoder.ts'
import { isDigest, type Digest } from '../../oci/digest.ts'
import { ImageConfigSchema, type ImageConfig } from '../../oci/manifest.ts'
import { layerCompression } from '../../oci/media-type.ts'
import { combinePlatforms } from '../../oci/platform.ts'
import { openArchiveLayout } from './archive-content.ts'
import type { Archive } from './archive.ts'
import { damaged, digestOf, parseDocument } from './document.ts'
import { findImages, type FoundImages } from './find-images.ts'
import { withoutWords } from './history.ts'
import { chosen } from './image-layout.ts'
import { matchesAny, type WantedPlatforms } from './platforms.ts'
import type { SourceImage, SourceLayer } from './source-image.ts'

const ItemsSchema = v.array(
  v.object({
    Config: v.string(),
    RepoTags: v.nullish(v.array(v.string()), []),
    Layers: v.nullish(v.array(v.string()), []),
  }),
)
type Item = Readonly<v.InferOutput<typeof ItemsSchema>[number]>

export interface ArchiveImages extends FoundImages {
  /** What the layout within begins with; empty where there is none. */
  readonly roots: readonly Digest[]
}

/**
 * The layout within, if there is one, tells more: digests, media types, provenance, platforms.
 *
 * @throws FootprintError UNREADABLE_INPUT where the archive is damaged or has no such image
 */
export async function imagesOfDockerArchive(
  archive: Archive,
  reference: string | null,
  wanted: WantedPlatforms,
): Promise<ArchiveImages> {
  const byPosition = reference?.startsWith('@') === true
  if (!byPosition && archive.size('index.json') !== null) {
    const layout = await openArchiveLayout(archive, reference)
    const found = await findImages(layout, wanted)
    if (found.images.length > 0 || found.platforms.length > 0) {
      const images = found.images.map((image) => ({ ...image, layers: image.layers.map(withoutDigest) }))
      return { ...found, images, roots: layout.roots.map(({ descriptor }) => descriptor.digest) }
    }
  }
  const images = await dockerArchiveImages(archive, reference)
  const platforms = images.map(({ platform }) => platform)
  return { images: images.filter(({ platform }) => matchesAny(platform, wanted)), platforms, absent: [], roots: [] }
}

/** An engine that keeps layers unpacked writes a manifest of tars for the archive; nobody can pull that. */
function withoutDigest(layer: SourceLayer): SourceLayer {
  return layerCompression(layer.mediaType) === 'none' ? { ...layer, digest: null, compressedSize: null } : layer
}

/** @throws FootprintError UNREADABLE_INPUT where the archive has no manifest.json, is damaged, or has no such image */
export async function dockerArchiveImages(archive: Archive, reference: string | null): Promise<readonly SourceImage[]> {
  const bytes = await archive.document('manifest.json')
  if (bytes === null) throw damaged(`${archive.name} is no Docker archive: it has no manifest.json`)
  const items = parseDocument(ItemsSchema, bytes, `manifest.json of ${archive.name}`)
  const images = new Map<Digest, SourceImage>()
  const named = items.map((item) => ({ item, names: item.RepoTags }))
  for (const { item } of chosen(named, reference, archive.name)) {
    const image = await readImage(archive, item)
    const earlier = images.get(image.configDigest)
    images.set(image.configDigest, earlier ? { ...earlier, names: [...earlier.names, ...image.names] } : image)
  }
  return [...images.values()]
}

async function readImage(archive: Archive, item: Item): Promise<SourceImage> {
  const bytes = await archive.document(item.Config)
  if (bytes === null) throw damaged(`${archive.name}: the config ${item.Config} that its manifest.json names is missing`)
  const configDigest = digestOf(bytes)
  const named = digestInName(item.Config)
  if (named !== null && named !== configDigest) {
    throw damaged(`${archive.name}: the content of ${item.Config} has the digest ${configDigest}`)
  }
  const config = parseDocument(ImageConfigSchema, bytes, `${archive.name}: config ${item.Config}`)
  return {
    names: item.RepoTags,
    ...combinePlatforms(undefined, config),
    ...withoutWords(config),
    configDigest,
    manifestDigest: null,
    layers: await layersOf(archive, item, config),
    attested: false,
    build: null,
    base: null,
  }
}

async function layersOf(archive: Archive, { Layers }: Item, { rootfs }: ImageConfig): Promise<readonly SourceLayer[]> {
  if (Layers.length !== rootfs.diff_ids.length) {
    throw damaged(`${archive.name}: its manifest.json has ${Layers.length} layers, and the config ${rootfs.diff_ids.length}`)
  }
  return Promise.all(
    rootfs.diff_ids.map(async (diffId, position): Promise<SourceLayer> => {
      const path = Layers[position] ?? ''
      const size = archive.size(path)
      if (size === null) throw damaged(`${archive.name}: the layer ${path} that its manifest.json names is missing`)
      const stored = await compressedBlob(archive, path, diffId, size)
      const blob = { mediaType: stored?.mediaType ?? plainTar, digest: stored?.digest ?? diffId, size }
      return {
        blob,
        digest: stored?.digest ?? null,
        diffId,
        mediaType: blob.mediaType,
        compressedSize: stored ? size : null,
        open: () => archive.open(path),
        part: () => Promise.resolve(archive.part(path)),
      }
    }),
  )
}

/** Media type of a layer that is held unpacked. */
export const plainTar = 'application/vnd.docker.image.rootfs.diff.tar'

/** Kaniko and Bazel save compressed layers: then the file is the blob that is pulled. Null for a plain tar. */
async function compressedBlob(
  archive: Archive,
  path: string,
  diffId: Digest,
  size: number,
): Promise<{ readonly digest: Digest; readonly mediaType: string } | null> {
  // The usual name of a plain tar says what is in it; nothing needs to be looked at.
  if (size === 0 || digestInName(path) === diffId) return null
  const stream = await archive.open(path)
  const hash = createHash('sha256')
  let compression: ReturnType<typeof compressionOf> | null = null
  // The first chunk is large, so that it holds the magic number.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    compression ??= compressionOf(chunk)
    if (compression === 'none') {
      stream.destroy()
      return null
    }
    hash.update(chunk)
  }
  if (compression === null) return null
  return { digest: `sha256:${hash.digest('hex')}`, mediaType: `${plainTar}.${compression}` }
}

/** `HEX.json`, `HEX.tar`, `blobs/sha256/HEX`; null where the name tells no digest, as `ID/layer.tar` does not. */
function digestInName(path: string): Digest | null {
  const hex = /^(?:blobs\/sha256\/)?(?:sha256:)?([0-9a-f]{64})(?:\.json|\.tar)?$/.exec(path)?.[1]
  const digest = `sha256:${hex ?? ''}`
  return isDigest(digest) ? digest : null
}
