/**
 * Reads archives of `docker save` from their manifest.json: the old layout with a folder for each layer, and the
 * archives of skopeo, kaniko and others. Newer archives also contain an image layout, which has more information.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { compressionOf } from '../layer/decoder.ts'
import { digestOfBlobPath, digestOfEncoded, type Digest } from '../oci/digest.ts'
import { ImageConfigSchema, type ImageConfig } from '../oci/manifest.ts'
import { layerCompression } from '../oci/media-type.ts'
import { combinePlatforms } from '../oci/platform.ts'
import { openArchiveLayout } from './archive-layout.ts'
import type { Archive } from './archive.ts'
import { MissingBlob } from './content.ts'
import { damaged, digestOf, parseDocument } from './document.ts'
import { findImages, type FoundImages } from './find-images.ts'
import { withoutWords } from './image-history.ts'
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
type Item = Readonly<v.InferOutput<typeof ItemsSchema>[number]> & { readonly names: readonly string[] }

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
  const items = distinctItems(archive, chosen(await itemsOf(archive), reference, archive.name))
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
  items: readonly Item[],
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
  item: Item,
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
  return imagesOf(archive, distinctItems(archive, await itemsOf(archive)), configReader(archive))
}

async function itemsOf(archive: Archive): Promise<readonly Item[]> {
  const bytes = await archive.document('manifest.json')
  if (bytes === null) throw damaged(`${archive.name} is not a Docker archive: it has no manifest.json`)
  const items = parseDocument(ItemsSchema, bytes, `manifest.json of ${archive.name}`)
  return items.map((item) => ({ ...item, names: item.RepoTags }))
}

/** Limit for the number of images, the same as for an index (`find-images.ts`). */
const mostItems = 2_000

/**
 * Merges items that describe the same image, which keeps all of its names. A hostile archive may name one image
 * thousands of times.
 */
function distinctItems(archive: Archive, items: readonly Item[]): readonly Item[] {
  const groups = Map.groupBy(items, ({ Config, Layers }) => JSON.stringify([Config, Layers]))
  if (groups.size > mostItems) throw damaged(`${archive.name}: its manifest.json lists more than ${mostItems} images`)
  return [...groups.values()].flatMap((same) =>
    same.slice(0, 1).map((item) => ({ ...item, names: same.flatMap(({ names }) => names) })),
  )
}

async function imagesOf(
  archive: Archive,
  items: readonly Item[],
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
  item: Item,
  { config, configDigest }: ReadConfig,
  blobs: CompressedBlobs,
): Promise<SourceImage> {
  return {
    names: item.names,
    ...combinePlatforms(undefined, config),
    ...withoutWords(config),
    configDigest,
    manifestDigest: null,
    layers: await layersOf(archive, item, config, blobs),
    attested: false,
    build: null,
    base: null,
    note: noteOfName(item.Config, configDigest),
  }
}

interface ReadConfig {
  readonly config: ImageConfig
  readonly configDigest: Digest
}

type ConfigReader = (item: Pick<Item, 'Config'>) => Promise<ReadConfig>

const mostConfigBytes = 128_000_000

/** Returns a function that reads each config only once. */
function configReader(archive: Archive): ConfigReader {
  const known = new Map<string, Promise<ReadConfig>>()
  let bytes = 0
  return (item) => {
    const found = known.get(item.Config)
    if (found !== undefined) return found
    bytes += archive.size(item.Config) ?? 0
    if (bytes > mostConfigBytes)
      throw damaged(`${archive.name}: its configs have more than ${mostConfigBytes} bytes together`)
    const read = readConfig(archive, item)
    known.set(item.Config, read)
    return read
  }
}

async function readConfig(archive: Archive, { Config }: Pick<Item, 'Config'>): Promise<ReadConfig> {
  const bytes = await archive.document(Config)
  if (bytes === null) throw damaged(`${archive.name}: the config ${Config} that its manifest.json names is missing`)
  return {
    config: parseDocument(ImageConfigSchema, bytes, `${archive.name}: config ${Config}`),
    configDigest: digestOf(bytes),
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

async function layersOf(
  archive: Archive,
  { Layers }: Item,
  { rootfs }: ImageConfig,
  blobs: CompressedBlobs,
): Promise<readonly SourceLayer[]> {
  if (Layers.length !== rootfs.diff_ids.length) {
    throw damaged(
      `${archive.name}: an image does not have as many layers in its manifest.json (${Layers.length}) as in its config (${rootfs.diff_ids.length})`,
    )
  }
  return Promise.all(
    rootfs.diff_ids.map(async (diffId, position): Promise<SourceLayer> => {
      const path = Layers[position] ?? ''
      const size = archive.size(path)
      const stored = size === null ? null : await blobs(path, diffId, size)
      const blob = { mediaType: stored?.mediaType ?? plainTar, digest: stored?.digest ?? diffId, size: size ?? 0 }
      return {
        blob,
        digest: stored?.digest ?? null,
        diffId,
        mediaType: blob.mediaType,
        compressedSize: stored ? size : null,
        held: () => Promise.resolve(size),
        open: () => (size === null ? Promise.reject(new MissingBlob(archive.name, diffId)) : archive.open(path)),
        part: () => Promise.resolve(archive.part(path)),
      }
    }),
  )
}

/** Media type of a layer that is stored uncompressed. */
export const plainTar = 'application/vnd.docker.image.rootfs.diff.tar'

interface CompressedBlob {
  readonly digest: Digest
  readonly mediaType: string
}

/**
 * Returns the compressed blob of a layer, or null if the layer is a plain tar. Kaniko and Bazel save compressed layers,
 * and then the file is the blob that clients pull.
 */
type CompressedBlobs = (path: string, diffId: Digest, size: number) => Promise<CompressedBlob | null>

/** Returns a function that reads each file only once, however many layers and links refer to it. */
function compressedBlobs(archive: Archive): CompressedBlobs {
  const known = new Map<string, Promise<CompressedBlob | null>>()
  return (path, diffId, size) => {
    // The usual name of a plain tar is its diffID. Then the file need not be read.
    if (size === 0 || digestInName(path) === diffId) return Promise.resolve(null)
    const part = archive.part(path)
    const key = part === null ? path : `${part.path}:${part.start}`
    const found = known.get(key) ?? compressedBlob(archive, path)
    known.set(key, found)
    return found
  }
}

async function compressedBlob(archive: Archive, path: string): Promise<CompressedBlob | null> {
  const stream = await archive.open(path)
  const hash = createHash('sha256')
  let compression: ReturnType<typeof compressionOf> | null = null
  // The first chunk is large enough to contain the magic number.
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

/**
 * Returns the digest in `HEX.json`, `HEX.tar` or `blobs/sha256/HEX`. Returns null if the name contains none, as in
 * `ID/layer.tar`.
 */
function digestInName(path: string): Digest | null {
  const hex = /^(?:sha256:)?([0-9a-f]{64})(?:\.json|\.tar)?$/.exec(path)?.[1]
  return hex === undefined ? digestOfBlobPath(path) : digestOfEncoded(hex)
}
