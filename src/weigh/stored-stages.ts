/**
 * Reads stages that are images of an engine that stores layers unpacked. Known layers are not read. If some are not
 * known, one `docker save` streams the layers of all stages.
 */
import type { Readable } from 'node:stream'
import { inspectStored, type StoredImage, type StoredStage } from '../docker/engine-store.ts'
import { FootprintError } from '../errors.ts'
import { layersAboveBase } from '../graph/attribution.ts'
import { plainTarMediaType } from '../images/docker-archive-layers.ts'
import { dockerArchiveImages } from '../images/docker-archive.ts'
import { saveFromDaemon } from '../images/engine-client.ts'
import type { IndexStore } from '../layer/index-store.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../oci/manifest.ts'
import { createLayerReader, type LayerReader, type LayerStores, type ReadingProgress } from './layer-reader.ts'
import { untimedLayers } from './untimed-layers.ts'
import type { WeighedImage } from './weighed-image.ts'

/** Where stages are read from and kept. */
export interface StoredStagesOptions extends LayerStores {
  /** For layers of an engine before Docker 25, whose archives do not say which layer comes next. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadingProgress) => void
  /** Receives the entries and packages of each layer. Null if they are not needed. */
  readonly lists?: LayerLists | null
}

/**
 * Returns the weighed images by the stage's position.
 *
 * @param stored the stored images, by the stage's position
 * @throws FootprintError if the engine does not provide an image or a layer is damaged; Cancelled
 */
export async function weighStoredStages(
  stored: ReadonlyMap<number, StoredStage>,
  options: StoredStagesOptions,
): Promise<ReadonlyMap<number, WeighedImage>> {
  // Without an image to name, the client would reject the call.
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
  const aboveBase = [...stored.values()].flatMap((stage) => layersAboveBase(imageOf(stage).diffIds, stage.steps))
  // The engine holds all of these layers, so they can be read again.
  for (const digest of await untimedLayers(aboveBase, options.indexes)) await options.indexes.forget(digest)
  const unknown = await unknownLayers([...images.values()], options.indexes)
  const wanted = [...stored].filter(([, stage]) => {
    // Without provenance, only the history in the image's config describes its instructions.
    return stage.steps === null || imageOf(stage).diffIds.some((diffId) => unknown.has(diffId))
  })
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
    if (!opener) throw new FootprintError('WEIGHING_FAILED', `the engine did not return layer ${digest} of a stage`)
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
        await reader.index({ digest, size, mediaType: plainTarMediaType })
      },
    })
    const saved = await dockerArchiveImages(archive)
    for (const { blob, open } of saved.flatMap(({ layers }) => layers)) {
      if (!openers.has(blob.digest)) openers.set(blob.digest, open)
    }
    // Layers that could not be identified while they were streamed.
    const late = saved.flatMap(({ layers }) => layers).filter(({ diffId }) => unknown.has(diffId))
    await Promise.all(late.map(({ blob }) => reader.index(blob)))
    return { reader, configs: new Map(saved.map(({ configDigest, config }) => [configDigest, config])) }
  } catch (error) {
    throw ofTheWeighing(error)
  }
}

/** Returns the error of a weighing, because the user did not name this source. */
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
  // The size of an unpacked layer's tar is not known before it is read. Its index then has it.
  const layers = image.diffIds.map((digest): Descriptor => ({ mediaType: plainTarMediaType, digest, size: 0 }))
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
