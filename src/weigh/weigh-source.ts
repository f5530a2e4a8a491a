/** Weighs the images of a SOURCE. Layers that are known are not read. */
import { join } from 'node:path'
import { Cancelled, FootprintError } from '../errors.ts'
import { isSystemError, reasonOf } from '../files.ts'
import { findCredentials } from '../images/credentials.ts'
import type { FoundImages, UnreadableImage } from '../images/find-images.ts'
import { openSource } from '../images/open-source.ts'
import type { Source } from '../images/parse-source.ts'
import { parsePlatforms, type WantedPlatforms } from '../images/platforms.ts'
import { requireImages, requireReadable } from '../images/require-images.ts'
import type { SourceImage, SourceLayer } from '../images/source-image.ts'
import { ForeignCompression } from '../layer/foreign-compression.ts'
import { openDerivedStore } from '../layer/derived-store.ts'
import { openIndexStore, type IndexStore } from '../layer/index-store.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { formatPlatform, platformOf } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { weighImage, type WeighedSourceImage } from './image-footprint.ts'
import { createLayerReader, type LayerReader, type ReadingProgress } from './layer-reader.ts'
import { withFileSystem } from './weigh-file-system.ts'
import { withContents } from './stage-contents.ts'
import { nameOfSource, namesOfImages, type SourceName } from './source-names.ts'
import { untimedLayers } from './untimed-layers.ts'
import { isHeld, readCheckedIndex, readIndex } from './read-source-layer.ts'

/** Options for weighing a SOURCE. */
export interface InspectOptions {
  /** `--platform`: one platform, or several separated by commas. Null for every platform of the source. */
  readonly platform: string | null
  /** Folder of the index store. Null if nothing is kept between runs. */
  readonly indexFolder: string | null
  /** Possible parents of a temporary folder, if one is needed. */
  readonly tempFolders: readonly string[]
  /** `DOCKER_CONFIG` or `~/.docker`, which has the credentials for registries. Null if neither is known. */
  readonly dockerConfigFolder: string | null
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadingProgress) => void
  /** Receives the entries and packages of each layer, for a page. Null or absent if they are not needed. */
  readonly lists?: LayerLists | null
  /**
   * Whether the result may be compared with another one, now or as a record. Each layer then gets a digest that ignores
   * the times of files, even if only its headers would be read otherwise, or it was read before without one. Default:
   * false.
   */
  readonly isCompared?: boolean
  /** Delay before a request to a registry is repeated, in milliseconds. It is doubled each time; the default is 500. */
  readonly retryDelay?: number
}

/**
 * Returns the footprint of a source.
 *
 * @throws FootprintError UNREADABLE_INPUT if the source cannot be read or is damaged, REGISTRY_UNREACHABLE or
 * ENGINE_UNREACHABLE if there is no answer; Cancelled if the signal aborts
 */
export async function inspectSource(source: Source, options: InspectOptions): Promise<Footprint> {
  const { signal } = options
  const name = nameOfSource(source)
  // If reading one layer fails, the others are stopped.
  const others = new AbortController()
  const within = AbortSignal.any([signal, others.signal])
  let workspace: Promise<Workspace> | null = null
  try {
    return await inspect(source, {
      ...options,
      name,
      signal: within,
      folder: async () => (await (workspace ??= createWorkspace(options.tempFolders))).folder,
    })
  } catch (error) {
    if (signal.aborted) throw new Cancelled('stopped')
    throw ofTheSource(error, name.whole)
  } finally {
    others.abort()
    await (await (workspace as Promise<Workspace> | null)?.catch(() => null))?.remove()
  }
}

interface Inspection extends InspectOptions {
  readonly name: SourceName
  /** Returns a temporary folder, which is made on first use. */
  readonly folder: () => Promise<string>
}

async function inspect(source: Source, options: Inspection): Promise<Footprint> {
  const wanted = parsePlatforms(options.platform)
  const { name } = options
  const { found, reader, indexes, addOpeners } = await openImages(source, wanted, options)
  const images = requireImages(found, wanted, name.whole)
  const imageNames = namesOfImages(images, name)
  const labels = labelsOf(images, imageNames)
  const layers = images.flatMap((image, position) =>
    image.layers.map((layer) => ({ layer, neededBy: labels[position] ?? name.short })),
  )
  addOpeners(layers.map(({ layer }) => layer))
  const digests = layers.map(({ layer }) => layer.blob.digest)
  if (options.isCompared === true) {
    reader.wantTimeless(digests)
    for (const digest of await untimedLayers(digests, indexes)) await indexes.forget(digest)
  }
  const isThere = await beginReading(layers, reader, name)
  const outcomes = await Promise.all(
    images.map((image, position) =>
      weighFound(image, isThere, imageNames[position] ?? name.short, {
        reader,
        name,
        neededBy: labels[position] ?? name.short,
      }).catch((error: unknown): UnreadableImage => {
        if (!(error instanceof ForeignCompression)) throw error
        return { platform: image.platform, why: `its ${error.message}` }
      }),
    ),
  )
  const weighed = outcomes.filter((outcome) => 'image' in outcome)
  const unreadable = [...found.unreadable, ...outcomes.filter((outcome) => 'why' in outcome)]
  const platforms = weighed.map(({ image }) => image.platform)
  requireReadable(platforms, unreadable, wanted, name.whole)
  return {
    schemaVersion: 1,
    notes: [...notesOf(weighed), ...notesOnOthers(unreadable, found.absent)],
    images: weighed.map(({ image }) => image),
  }
}

interface OpenedImages {
  readonly found: FoundImages
  readonly reader: LayerReader
  readonly indexes: IndexStore
  /** Lets the reader open these layers. */
  readonly addOpeners: (layers: readonly SourceLayer[]) => void
}

/** Opens a source, and a reader for its layers. Layers that arrive in a stream are read while the images are found. */
async function openImages(source: Source, wanted: WantedPlatforms, options: Inspection): Promise<OpenedImages> {
  const { signal, dockerConfigFolder } = options
  const indexFolder = options.indexFolder ?? join(await options.folder(), 'layers')
  const openers = new Map<Digest, Pick<SourceLayer, 'open' | 'part'>>()
  const indexes = openIndexStore(indexFolder)
  const isCompared = options.isCompared === true
  const isKnown = async (digest: Digest): Promise<boolean> => {
    const known = await indexes.get(digest)
    return known !== null && !(isCompared && known.timelessDigest === null)
  }
  const reader = createLayerReader(
    { indexes, derived: openDerivedStore(indexFolder) },
    {
      open: ({ digest }) => {
        const layer = openers.get(digest)
        if (!layer) throw new RangeError(`layer ${digest} is not of this source`)
        return layer.open()
      },
      part: async ({ digest }) => (isCompared ? null : ((await openers.get(digest)?.part()) ?? null)),
    },
    options.onProgress,
    options.lists ?? null,
  )
  const found = await openSource(source, {
    wanted,
    signal,
    folder: options.folder,
    weigh: async ({ digest, size, body }) => {
      openers.set(digest, { open: () => Promise.resolve(body), part: () => Promise.resolve(null) })
      if (isCompared) reader.wantTimeless([digest])
      if (!(await isKnown(digest))) await indexes.forget(digest)
      // Whether it is a layer is only known from the manifest, later.
      await reader.index({ digest, size, mediaType: '' }, { stageName: options.name.short }).catch(() => undefined)
    },
    isKnown,
    memoryFolder: indexFolder,
    credentials: (registry) => findCredentials(registry, { folder: dockerConfigFolder, signal }),
    retryDelay: options.retryDelay ?? 500,
  })
  return {
    found,
    reader,
    indexes,
    addOpeners: (layers) => {
      for (const layer of layers) if (!openers.has(layer.blob.digest)) openers.set(layer.blob.digest, layer)
    },
  }
}

/** A layer, and the image that needs it, for the progress. */
interface NeededLayer {
  readonly layer: SourceLayer
  readonly neededBy: string
}

/** Begins to read the layers that the source contains, and returns them. Errors are reported by who awaits a layer. */
async function beginReading(
  layers: readonly NeededLayer[],
  reader: LayerReader,
  name: SourceName,
): Promise<ReadonlySet<SourceLayer>> {
  const held = await Promise.all(layers.map(async (one) => ({ ...one, isHeld: await isHeld(one.layer, name.whole) })))
  const toRead = held.filter(({ isHeld }) => isHeld)
  // The largest layer is read first, because at the end it would be read alone.
  for (const { layer, neededBy } of toRead.toSorted((a, b) => b.layer.blob.size - a.layer.blob.size))
    readIndex(layer, reader, neededBy).catch(() => undefined)
  return new Set(toRead.map(({ layer }) => layer))
}

/** @param isThere the layers that the source contains */
async function weighFound(
  image: SourceImage,
  isThere: ReadonlySet<SourceLayer>,
  imageName: string,
  { reader, name, neededBy }: { readonly reader: LayerReader; readonly name: SourceName; readonly neededBy: string },
): Promise<WeighedSourceImage> {
  const indexes = await Promise.all(
    image.layers.map(async (layer) =>
      isThere.has(layer) ? readCheckedIndex(layer, reader, name.whole, neededBy) : null,
    ),
  )
  const { image: plain, notes } = weighImage(image, indexes, imageName)
  const digests = image.layers.map(({ blob }) => blob.digest)
  const stages = await Promise.all(
    plain.stages.map(async (stage) =>
      withFileSystem({ stage: await withContents(stage, reader, digests), digests }, reader, plain.platform.os),
    ),
  )
  return { image: { ...plain, stages }, notes }
}

/** Returns notes on the images that are not weighed. */
function notesOnOthers(unreadable: readonly UnreadableImage[], absent: readonly Descriptor[]): readonly string[] {
  const notThere = absent.flatMap(({ platform }) => (platform ? [formatPlatform(platformOf(platform))] : []))
  return [
    ...new Set(
      unreadable.map(({ platform, why }) => `The image for ${formatPlatform(platform)} is not weighed: ${why}.`),
    ),
    ...(notThere.length === 0 ? [] : [`Its index lists more platforms, which are not in it: ${notThere.join(', ')}.`]),
  ]
}

/** Returns the names of images for the progress. Those of several images have the platform, too. */
function labelsOf(images: readonly SourceImage[], names: readonly string[]): readonly string[] {
  return images.map(({ platform }, position) => {
    const name = names[position] ?? ''
    return images.length === 1 ? name : `${name} ${formatPlatform(platform)}`
  })
}

/** Returns the notes. A note that does not apply to all images names the image that it applies to. */
function notesOf(weighed: readonly WeighedSourceImage[]): readonly string[] {
  const isCommon = (note: string): boolean => weighed.every(({ notes }) => notes.includes(note))
  const hasSeveralNames = new Set(weighed.map(({ image }) => image.name)).size > 1
  const nameIn = ({ name, platform }: Image): string =>
    hasSeveralNames ? `${name} (${formatPlatform(platform)})` : formatPlatform(platform)
  return [
    ...new Set(
      weighed.flatMap(({ image, notes }) => notes.map((note) => (isCommon(note) ? note : `${nameIn(image)}: ${note}`))),
    ),
  ]
}

/** Returns an error about the source. Nothing was built, so a fault in a layer is a fault in the user's input. */
function ofTheSource(error: unknown, name: string): unknown {
  if (error instanceof FootprintError && error.code === 'LAYER') {
    return new FootprintError('UNREADABLE_INPUT', `${name}: ${error.message}`, { cause: error })
  }
  if (isSystemError(error))
    return new FootprintError('UNREADABLE_INPUT', `${name} cannot be read: ${reasonOf(error)}`, { cause: error })
  return error
}
