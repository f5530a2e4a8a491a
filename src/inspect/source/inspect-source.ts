/** SOURCE -> footprint: the images of a source weighed, known layers not read at all. */
import { basename, join, resolve } from 'node:path'
import { createWorkspace, type Workspace } from '../../build/workspace.ts'
import { Cancelled, FootprintError, messageOf } from '../../errors.ts'
import { openIndexStore } from '../../layer/index-store.ts'
import type { LayerIndex } from '../../layer/layer-index.ts'
import type { Digest } from '../../oci/digest.ts'
import { formatPlatform, platformOf } from '../../oci/platform.ts'
import type { Footprint, Image } from '../footprint.ts'
import { withFileSystem } from '../weigh-file-system.ts'
import { createLayerReader, type LayerReader, type ReadingProgress } from '../layer-reader.ts'
import { withContents } from '../weigh-stage.ts'
import { findCredentials } from './credentials.ts'
import { damaged } from './document.ts'
import { openSource, requireImages } from './open-source.ts'
import type { Source } from './parse-source.ts'
import { parsePlatforms } from './platforms.ts'
import { familiarName, formatReference, parseReference } from './reference.ts'
import type { SourceImage, SourceLayer } from './source-image.ts'
import { weighImage, type WeighedSourceImage } from './weigh-image.ts'

export interface InspectOptions {
  /** `--platform`: one or several with commas between them; null for every platform of the source. */
  readonly platform: string | null
  /** Folder of the index store; null where nothing is kept between runs. */
  readonly indexFolder: string | null
  /** Where a temporary folder may go, if one is needed. */
  readonly tempFolders: readonly string[]
  /** `DOCKER_CONFIG` or `~/.docker`: credentials of registries. Null where neither has a place. */
  readonly dockerConfigFolder: string | null
  readonly signal: AbortSignal
  readonly onProgress: (progress: ReadingProgress) => void
  /** Before a request to a registry is tried again; doubled each time. Milliseconds, 500 unless told. */
  readonly retryDelay?: number
}

/**
 * @throws FootprintError UNREADABLE_INPUT where the source cannot be read or is damaged, REGISTRY_UNREACHABLE and
 *   ENGINE_UNREACHABLE where nobody answers; Cancelled on the signal
 */
export async function inspectSource(source: Source, options: InspectOptions): Promise<Footprint> {
  const { signal } = options
  // One layer that fails ends the reading of the others.
  const others = new AbortController()
  const within = AbortSignal.any([signal, others.signal])
  let workspace: Promise<Workspace> | null = null
  try {
    return await inspect(source, {
      ...options,
      signal: within,
      folder: async () => (await (workspace ??= createWorkspace(options.tempFolders))).folder,
    })
  } catch (error) {
    if (signal.aborted) throw new Cancelled('stopped')
    throw ofTheSource(error)
  } finally {
    others.abort()
    await (await (workspace as Promise<Workspace> | null)?.catch(() => null))?.remove()
  }
}

async function inspect(
  source: Source,
  options: InspectOptions & { readonly folder: () => Promise<string> },
): Promise<Footprint> {
  const { signal, dockerConfigFolder } = options
  const wanted = parsePlatforms(options.platform)
  const indexFolder = options.indexFolder ?? join(await options.folder(), 'layers')
  const openers = new Map<Digest, Pick<SourceLayer, 'open' | 'part'>>()
  const store = openIndexStore(indexFolder)
  const reader = createLayerReader(
    store,
    {
      open: ({ digest }) => {
        const layer = openers.get(digest)
        if (!layer) throw new RangeError(`layer ${digest} is not of this source`)
        return layer.open()
      },
      part: async ({ digest }) => (await openers.get(digest)?.part()) ?? null,
    },
    options.onProgress,
  )
  const found = await openSource(source, {
    wanted,
    signal,
    folder: options.folder,
    weigh: async ({ digest, size, body }) => {
      openers.set(digest, { open: () => Promise.resolve(body), part: () => Promise.resolve(null) })
      // Whether it is a layer at all, the manifest tells later.
      await reader.index({ digest, size, mediaType: '' }).catch(() => undefined)
    },
    isKnown: async (digest) => (await store.get(digest)) !== null,
    memoryFolder: indexFolder,
    credentials: (registry) => findCredentials(registry, { folder: dockerConfigFolder, signal }),
    retryDelay: options.retryDelay ?? 500,
  })
  const name = nameOf(source)
  const images = requireImages(found, wanted, name.whole)
  const layers = images.flatMap((image) => image.layers)
  for (const layer of layers) if (!openers.has(layer.blob.digest)) openers.set(layer.blob.digest, layer)
  // The largest first: at the end it would be read alone. What fails is told below.
  for (const { blob } of layers.toSorted((a, b) => b.blob.size - a.blob.size)) reader.index(blob).catch(() => undefined)
  const weighed = await Promise.all(
    images.map(async (image, position): Promise<WeighedSourceImage> => {
      const indexes = await Promise.all(image.layers.map((layer) => indexOf(layer, reader, name.whole)))
      const { image: plain, notes } = weighImage(image, indexes, nameOfImage(images, position, name))
      const digests = image.layers.map(({ blob }) => blob.digest)
      const stages = await Promise.all(
        plain.stages.map(async (stage) => withFileSystem(await withContents(stage, reader.contents, digests), digests, reader, plain.platform.os)),
      )
      return { image: { ...plain, stages }, notes }
    }),
  )
  const absent = found.absent.flatMap(({ platform }) => (platform ? [formatPlatform(platformOf(platform))] : []))
  return {
    schemaVersion: 1,
    notes: [
      ...notesOf(weighed),
      ...(absent.length === 0 ? [] : [`Its index lists more platforms, which are not in it: ${absent.join(', ')}.`]),
    ],
    images: weighed.map(({ image }) => image),
  }
}

/** A note that is not true of all images names the one that it is true of. */
function notesOf(weighed: readonly WeighedSourceImage[]): readonly string[] {
  const isCommon = (note: string): boolean => weighed.every(({ notes }) => notes.includes(note))
  const hasSeveralNames = new Set(weighed.map(({ image }) => image.name)).size > 1
  const nameIn = ({ name, platform }: Image): string => (hasSeveralNames ? `${name} (${formatPlatform(platform)})` : formatPlatform(platform))
  return [...new Set(weighed.flatMap(({ image, notes }) => notes.map((note) => (isCommon(note) ? note : `${nameIn(image)}: ${note}`))))]
}

/** What is known of a layer by its digest alone has to fit what this image says of it. */
async function indexOf({ blob, diffId }: SourceLayer, reader: LayerReader, name: string): Promise<LayerIndex> {
  const index = await reader.index(blob)
  if (index.compressedSize !== blob.size) {
    throw damaged(`${name}: layer ${blob.digest} has ${index.compressedSize} bytes instead of ${blob.size}`)
  }
  if (index.diffId !== diffId) {
    throw damaged(`${name}: the tar of layer ${blob.digest} has the digest ${index.diffId}, and the config names ${diffId}`)
  }
  return index
}

/** Nothing was built: what is wrong with a layer is wrong with what was given. */
function ofTheSource(error: unknown): unknown {
  if (error instanceof FootprintError && error.code === 'LAYER') {
    return new FootprintError('UNREADABLE_INPUT', error.message, { cause: error })
  }
  if (isSystemError(error)) return new FootprintError('UNREADABLE_INPUT', `the source cannot be read: ${messageOf(error)}`, { cause: error })
  return error
}

const isSystemError = (error: unknown): boolean => typeof error === 'object' && error !== null && 'syscall' in error

interface SourceName {
  /** For messages. */
  readonly whole: string
  /** For an image that has no name of its own. */
  readonly short: string
}

function nameOf(source: Source): SourceName {
  switch (source.kind) {
    case 'docker':
      return { whole: `docker://${formatReference(source.reference)}`, short: familiarName(source.reference) }
    case 'docker-daemon':
      return { whole: `docker-daemon:${source.reference}`, short: source.reference }
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return { whole: source.reference === null ? source.path : `${source.path}:${source.reference}`, short: shortName(source.path) }
    case 'path':
      return { whole: source.path, short: shortName(source.path) }
  }
}

const shortName = (path: string): string => basename(resolve(path)).replace(/(?:\.oci|\.docker)?\.(?:tar(?:\.\w+)?|tgz)$/, '')

/** Without its tag, as in the report of a build; with it where that alone tells two images of a source apart. */
function nameOfImage(images: readonly SourceImage[], position: number, { short }: SourceName): string {
  const names = images.map(({ names }) => {
    // A lone word in a layout most often is a tag.
    const full = names.find((name) => /[/:]/.test(name))
    const reference = full === undefined ? null : parseReference(full)
    const plain = reference ? familiarName(reference) : short
    const tag = reference ? reference.tag : (names[0] ?? null)
    return { plain, tagged: tag === null ? plain : `${plain}:${tag}` }
  })
  const own = names[position]
  if (!own) return short
  // Platforms of one image share its names; other images of the same name have another tag.
  const isShared = names.some(({ plain, tagged }) => plain === own.plain && tagged !== own.tagged)
  return isShared ? own.tagged : own.plain
}
