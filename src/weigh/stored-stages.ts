/**
 * Stages that are images of an engine whose store holds layers unpacked. Layers that are known stay where they are; if
 * some are not, one `docker save` brings those of all stages, read as it comes.
 */
import type { Readable } from 'node:stream'
import { inspectStored, type StoredImage, type StoredStage } from '../docker/engine-store.ts'
import { FootprintError } from '../errors.ts'
import { layersAboveBase } from '../graph/attribution.ts'
import { dockerArchiveImages, plainTar } from '../images/docker-archive.ts'
import { saveFromDaemon } from '../images/engine-client.ts'
import type { IndexStore } from '../layer/index-store.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../oci/manifest.ts'
import { createLayerReader, type LayerReader, type LayerStores, type ReadingProgress } from './layer-reader.ts'
import type { WeighedImage } from './weigh-stage.ts'

export interface StoredStagesOptions extends LayerStores {
  /** For layers of an engine before Docker 25, whose archives do not say which layer comes. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadingProgress) => void
  /** Gets the entries and packages of each layer; null where nobody asks for them. */
  readonly lists?: LayerLists | null
}

/**
 * @param stored by the stage's position
 * @throws FootprintError where the engine does not give an image, or a layer is damaged; Cancelled
 */
export async function weighStoredStages(
  stored: ReadonlyMap<number, StoredStage>,
  options: StoredStagesOptions,
): Promise<ReadonlyMap<number, WeighedImage>> {
  // With no image to name, the client would refuse the call.
  if (stored.size === 0) return new Map()
  const images = await inspectStored(
    [...stored.values()].map(({ imageId }) => imageId),
    options.signal,
  )
  const imageOf = ({ imageId }: StoredStage): StoredImage => {
    const image = images.get(imageId)
    if (!image)
      throw new FootprintError('WEIGHING_FAILED', `the engine does not describe the image ${imageId} of a stage`)
    return image
  }
  const unknown = await unknownLayers([...images.values()], options.indexes)
  const wanted = [...stored].filter(([, stage]) => {
    // Where there is no provenance only the history in its config tells of its instructions.
    return stage.steps === null || imageOf(stage).diffIds.some((diffId) => unknown.has(diffId))
  })
  const aboveBase = [...stored.values()].flatMap((stage) => layersAboveBase(imageOf(stage).diffIds, stage.steps))
  const read = await readSaved([...new Set(wanted.map(([, { imageId }]) => imageId))], { unknown, aboveBase }, options)
  return new Map(
    await Promise.all(
      [...stored].map(async ([index, stage]) => [index, await weighedImage(stage, imageOf(stage), read)] as const),
    ),
  )
}

async function unknownLayers(images: readonly StoredImage[], indexes: IndexStore): Promise<ReadonlySet<Digest>> {
  const all = [...new Set(images.flatMap(({ diffIds }) => diffIds))]
  const known = await Promise.all(all.map((diffId) => indexes.get(diffId)))
  return new Set(all.filter((_, position) => known[position] === null))
}

interface Saved {
  readonly reader: LayerReader
  readonly configs: ReadonlyMap<Digest, ImageConfig>
}

async function readSaved(
  imageIds: readonly Digest[],
  { unknown, aboveBase }: { readonly unknown: ReadonlySet<Digest>; readonly aboveBase: readonly Digest[] },
  { folder, signal, onProgress, lists = null, ...stores }: StoredStagesOptions,
): Promise<Saved> {
  const openers = new Map<Digest, () => Promise<Readable>>()
  const open = ({ digest }: Descriptor): Promise<Readable> => {
    const opener = openers.get(digest)
    if (!opener) throw new FootprintError('WEIGHING_FAILED', `the engine did not give layer ${digest} of a stage`)
    return opener()
  }
  const reader = createLayerReader(stores, { open }, onProgress, lists)
  reader.wantTimeless(aboveBase)
  if (imageIds.length === 0) return { reader, configs: new Map() }
  try {
    const archive = await saveFromDaemon(imageIds, {
      folder,
      signal,
      weigh: async ({ digest, size, body }) => {
        if (!unknown.has(digest)) return
        openers.set(digest, () => Promise.resolve(body))
        await reader.index({ digest, size, mediaType: plainTar })
      },
    })
    const saved = await dockerArchiveImages(archive)
    for (const { blob, open } of saved.flatMap(({ layers }) => layers)) {
      if (!openers.has(blob.digest)) openers.set(blob.digest, open)
    }
    // Those that did not say what they are when they came by.
    const late = saved.flatMap(({ layers }) => layers).filter(({ diffId }) => unknown.has(diffId))
    await Promise.all(late.map(({ blob }) => reader.index(blob)))
    return { reader, configs: new Map(saved.map(({ configDigest, config }) => [configDigest, config])) }
  } catch (error) {
    throw ofTheWeighing(error)
  }
}

/** The source is nothing that the user named. */
function ofTheWeighing(error: unknown): unknown {
  if (!(error instanceof FootprintError) || error.code !== 'UNREADABLE_INPUT') return error
  return new FootprintError('WEIGHING_FAILED', `the stages could not be read from the engine: ${error.message}`, {
    cause: error,
  })
}

async function weighedImage(
  { imageId, steps }: StoredStage,
  image: StoredImage,
  { reader, configs }: Saved,
): Promise<WeighedImage> {
  // Of a tar that is unpacked nobody tells the size before it is read, and then its index has it.
  const layers = image.diffIds.map((digest): Descriptor => ({ mediaType: plainTar, digest, size: 0 }))
  const config: ImageConfig = configs.get(imageId) ?? {
    ...image.platform,
    rootfs: { diff_ids: [...image.diffIds] },
  }
  return {
    image: {
      manifest: { layers },
      config,
      configDigest: imageId,
      manifestDigest: imageId,
    },
    steps,
    indexes: await Promise.all(layers.map((layer) => reader.index(layer))),
    unpacked: true,
  }
}
