/** Reads indexes of layers, each once per run, and keeps them between runs. */
import { availableParallelism } from 'node:os'
import type { TextStore } from '../cache/text-store.ts'
import { readEntryList, type ListedEntry } from '../layer/entry-list.ts'
import { chunksOf, type FilePart } from '../layer/file-part.ts'
import type { IndexStore } from '../layer/index-store.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from '../layer/layer-index.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { readLayer, type LayerSource, type ReadLayer } from '../layer/read-layer.ts'
import { seekLayer } from '../layer/seek-layer.ts'
import { UnpackingThreads } from '../layer/unpacking-threads.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'

/** Reads layers and provides what is known about them. */
export interface LayerReader {
  /**
   * Requests digests that ignore file times for these layers, if they are read from now on. Reading then takes a fifth
   * longer.
   */
  readonly wantTimeless: (digests: readonly Digest[]) => void
  /** Returns the index of a layer. */
  readonly index: (descriptor: Descriptor, options?: IndexOptions) => Promise<LayerIndex>
  /** Returns the contents of a layer whose index was read. Null if the stored file is damaged. */
  readonly contents: (digest: Digest) => Promise<LayerContents | null>
  /** Returns the packages of such a layer. Null also if they could not be determined. */
  readonly packages: (digest: Digest) => Promise<LayerPackagesAndOthers | null>
  /** Returns the packed facts about the files of such a layer (`fileFactsOf`). Null if the stored file is damaged. */
  readonly facts: (digest: Digest) => Promise<string | null>
  /**
   * Calls `onEntry` for each entry of a layer whose index was read. Returns false if they are not known; calls that
   * were made until then do not count.
   */
  readonly entries: (digest: Digest, onEntry: (entry: ListedEntry) => void) => Promise<boolean>
  /**
   * Returns a store for results that are derived from these layers, whose indexes were read. Null if a layer was not
   * verified.
   */
  readonly derivedFrom: (digests: readonly Digest[]) => TextStore | null
}

/** How a layer is read. */
export interface IndexOptions {
  /** Algorithm of the diffID. By default sha256. */
  readonly tarAlgorithm?: DigestAlgorithm
  /** Name of the stage that needs the layer, for the progress. Untrusted text. */
  readonly stageName?: string
}

/** Number and compressed bytes of all blobs to read, and of those that were read. */
export interface ReadingProgress {
  readonly totalLayers: number
  readonly readLayers: number
  readonly totalBytes: number
  readonly readBytes: number
  /** The stage whose layer was read last. Untrusted text; null for an image without known stages. */
  readonly stageName: string | null
}

/** Where blobs are read from. */
export interface LayerBlobs {
  readonly open: (descriptor: Descriptor) => LayerSource | Promise<LayerSource>
  /** Returns the place of a blob in a local file that does not change, or null. */
  readonly part?: (descriptor: Descriptor) => Promise<FilePart | null>
  /** Called for each blob that was read and is not opened again. */
  readonly release?: (digest: Digest) => Promise<void>
}

/** Where results are kept between runs. */
export interface LayerStores {
  readonly indexes: IndexStore
  /** Results that are derived from these layers. */
  readonly derived: TextStore
}

/**
 * Size of a plain tar, in bytes, from which reading only its headers is faster than reading and verifying all of it.
 */
const seekFrom = 8 * 1024 * 1024

/**
 * Creates a reader. A layer with a known index is not opened. If a large plain tar is in a local file, only its headers
 * are read. It is then not verified, so nothing is kept beyond this run.
 *
 * @param lists receives the entries and packages of each layer; null if they are not needed
 */
export function createLayerReader(
  { indexes: store, derived }: LayerStores,
  blobs: LayerBlobs,
  onProgress: (progress: ReadingProgress) => void,
  lists: LayerLists | null = null,
): LayerReader {
  const indexes = new Map<string, Promise<LayerIndex>>()
  const unverified = new Map<Digest, ReadLayer>()
  const timeless = new Set<Digest>()
  const lanes = Math.max(2, Math.min(4, availableParallelism()))
  const inTurn = limit(lanes)
  // This thread unpacks, too.
  const threads = new UnpackingThreads(lanes - 1)
  let [totalLayers, readLayers, totalBytes, readBytes] = [0, 0, 0, 0]

  const read = async (
    descriptor: Descriptor,
    { tarAlgorithm = 'sha256', stageName }: IndexOptions,
  ): Promise<LayerIndex> => {
    const { digest, size } = descriptor
    const known = await store.get(digest)
    if (known && algorithmOf(known.diffId) === tarAlgorithm) return known
    totalLayers += 1
    totalBytes += size
    return inTurn(async () => {
      let readOfThis = 0
      const onBytes = (bytes: number): void => {
        readBytes += bytes - readOfThis
        readOfThis = bytes
        onProgress({ totalLayers, readLayers, totalBytes, readBytes, stageName: stageName ?? null })
      }
      // If only headers are read, the digest of the blob must be usable as the digest of the tar.
      const isSeekable = size >= seekFrom && algorithmOf(digest) === tarAlgorithm
      const part = isSeekable ? await blobs.part?.(descriptor) : null
      const found = part ? await seekLayer(part, digest, onBytes) : null
      if (found) {
        readLayers += 1
        unverified.set(digest, found)
        return found.index
      }
      const source = part ? chunksOf(part, part.signal) : await blobs.open(descriptor)
      const layer = await readLayer(
        source,
        { digest, size, tarAlgorithm, timeless: timeless.has(digest) },
        onBytes,
        threads,
      )
      readLayers += 1
      await Promise.all([store.put(layer), blobs.release?.(digest)])
      return layer.index
    })
  }

  const packagesOf: LayerReader['packages'] = async (digest) => {
    const found = unverified.get(digest)
    return found === undefined ? store.packages(digest) : found.packages
  }

  const readWithLists = async (descriptor: Descriptor, options: IndexOptions): Promise<LayerIndex> => {
    const index = await read(descriptor, options)
    const { digest } = descriptor
    if (lists === null || lists.has(digest)) return index
    const entries = unverified.get(digest)?.entries ?? (await store.entryList(digest))
    if (entries !== null) lists.add(digest, { entries, packages: await packagesOf(digest) })
    return index
  }

  return {
    wantTimeless: (digests) => {
      for (const digest of digests) timeless.add(digest)
    },
    contents: async (digest) => unverified.get(digest)?.contents ?? (await store.contents(digest)),
    packages: packagesOf,
    facts: async (digest) => unverified.get(digest)?.facts ?? (await store.facts(digest)),
    entries: async (digest, onEntry) => {
      const list = unverified.get(digest)?.entries
      return list ? readEntryList(list, digest, onEntry) : store.entries(digest, onEntry)
    },
    derivedFrom: (digests) => (digests.some((digest) => unverified.has(digest)) ? null : derived),
    index(descriptor, options = {}) {
      const key = `${options.tarAlgorithm ?? 'sha256'} ${descriptor.digest}`
      const begun = indexes.get(key)
      if (begun) return begun
      const reading = readWithLists(descriptor, options)
      indexes.set(key, reading)
      // A later attempt may read it from another place.
      reading.catch(() => indexes.delete(key))
      return reading
    },
  }
}

/** Returns a function that runs at most `maxRunning` tasks at a time. */
export function limit(maxRunning: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running < maxRunning) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      // A waiting task takes this place at once. Otherwise another call could take it before that task continues.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
