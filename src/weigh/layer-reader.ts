/** Reads indexes of layers, each once per run, and keeps them between runs. */
import { availableParallelism } from 'node:os'
import type { TextStore } from '../cache/text-store.ts'
import { limitConcurrency } from '../concurrency.ts'
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
  /** Name of the stage or image that needs the layer, for the progress. Untrusted text. */
  readonly stageName?: string
}

/** Number and compressed bytes of all blobs to read, and of those that were read. */
export interface ReadingProgress {
  readonly totalLayers: number
  readonly readLayers: number
  readonly totalBytes: number
  readonly readBytes: number
  /** The stage, or the image without known stages, whose layer was read last. Untrusted text; null if it is not known. */
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
  const read = blobReader(store, blobs, { timeless, unverified }, new ProgressCount(onProgress))

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

/** What a reader of blobs shares with the layer reader. */
interface SharedWithReader {
  /** Layers for which digests that ignore file times are wanted. */
  readonly timeless: ReadonlySet<Digest>
  /** Receives the layers of which only the headers were read. They are not stored. */
  readonly unverified: Map<Digest, ReadLayer>
}

/** Returns a function that returns a known index, or reads the blob. Two to four blobs are read at the same time. */
function blobReader(
  store: IndexStore,
  blobs: LayerBlobs,
  { timeless, unverified }: SharedWithReader,
  progress: ProgressCount,
): (descriptor: Descriptor, options: IndexOptions) => Promise<LayerIndex> {
  const lanes = Math.max(2, Math.min(4, availableParallelism()))
  const inTurn = limitConcurrency(lanes)
  // This thread unpacks, too.
  const threads = new UnpackingThreads(lanes - 1)
  return async (descriptor, { tarAlgorithm = 'sha256', stageName = null }) => {
    const { digest, size } = descriptor
    const known = await store.get(digest)
    if (known && algorithmOf(known.diffId) === tarAlgorithm) return known
    progress.expect(size)
    return inTurn(async () => {
      const { onBytes, end } = progress.begin(stageName)
      // If only headers are read, the digest of the blob must be usable as the digest of the tar.
      const isSeekable = size >= seekFrom && algorithmOf(digest) === tarAlgorithm
      const part = isSeekable ? await blobs.part?.(descriptor) : null
      const found = part ? await seekLayer(part, digest, onBytes) : null
      if (found) {
        end()
        unverified.set(digest, found)
        return found.index
      }
      const source = part ? chunksOf(part, part.signal) : await blobs.open(descriptor)
      const expected = { digest, size, tarAlgorithm, timeless: timeless.has(digest) }
      const layer = await readLayer(source, expected, onBytes, threads)
      end()
      await Promise.all([store.put(layer), blobs.release?.(digest)])
      return layer.index
    })
  }
}

/** Counts all blobs that are read, and reports the sums. */
class ProgressCount {
  readonly #onProgress: (progress: ReadingProgress) => void
  #totalLayers = 0
  #readLayers = 0
  #totalBytes = 0
  #readBytes = 0

  constructor(onProgress: (progress: ReadingProgress) => void) {
    this.#onProgress = onProgress
  }

  /** Counts a blob that is going to be read. */
  expect(bytes: number): void {
    this.#totalLayers += 1
    this.#totalBytes += bytes
  }

  /** Begins a blob. `onBytes` is called with the bytes of it that have been read, and `end` once all have. */
  begin(stageName: string | null): { readonly onBytes: (bytes: number) => void; readonly end: () => void } {
    let ofThis = 0
    return {
      onBytes: (bytes) => {
        this.#readBytes += bytes - ofThis
        ofThis = bytes
        this.#onProgress({
          totalLayers: this.#totalLayers,
          readLayers: this.#readLayers,
          totalBytes: this.#totalBytes,
          readBytes: this.#readBytes,
          stageName,
        })
      },
      end: () => (this.#readLayers += 1),
    }
  }
}
