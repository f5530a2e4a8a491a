/** Indexes of layers, each read once in a run and kept between runs. */
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

export interface LayerReader {
  /** Has the digests without times made of these layers where they are read from now on: it takes a fifth longer. */
  readonly wantTimeless: (digests: readonly Digest[]) => void
  /** The diffID is made by `tarAlgorithm`, sha256 unless told. */
  readonly index: (descriptor: Descriptor, tarAlgorithm?: DigestAlgorithm) => Promise<LayerIndex>
  /** Of a layer whose index was read; null where what was kept of it is damaged. */
  readonly contents: (digest: Digest) => Promise<LayerContents | null>
  /** The same of its packages; null also where they could not be determined. */
  readonly packages: (digest: Digest) => Promise<LayerPackagesAndOthers | null>
  /** Tells of each entry of a layer whose index was read; false where they are not known, whatever was told. */
  readonly entries: (digest: Digest, onEntry: (entry: ListedEntry) => void) => Promise<boolean>
  /** Keeps what follows from these layers, whose indexes were read; null where one was not verified. */
  readonly derivedFrom: (digests: readonly Digest[]) => TextStore | null
}

/** Bytes of blobs that are to be read, and that have been; compressed. */
export interface ReadingProgress {
  readonly totalBytes: number
  readonly readBytes: number
}

/** Where blobs come from. */
export interface LayerBlobs {
  readonly open: (descriptor: Descriptor) => LayerSource | Promise<LayerSource>
  /** Where a blob lies in a local file that stays as it is; null where it does not. */
  readonly part?: (descriptor: Descriptor) => Promise<FilePart | null>
  /** Told of each blob that was read; it is not opened again. */
  readonly release?: (digest: Digest) => Promise<void>
}

export interface LayerStores {
  readonly indexes: IndexStore
  /** Of these layers. */
  readonly derived: TextStore
}

/** From here on the headers alone of a plain tar take less time than to read and verify it. Bytes. */
const seekFrom = 8 * 1024 * 1024

/**
 * A layer whose index is known is not opened. Of a large plain tar in a local file the headers are read only: then
 * nothing is verified, and so nothing is kept beyond this run.
 *
 * @param lists gets the entries and packages of each layer; null where nobody asks for them
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
  // This thread unpacks too.
  const threads = new UnpackingThreads(lanes - 1)
  let totalBytes = 0
  let readBytes = 0

  const read = async (descriptor: Descriptor, tarAlgorithm: DigestAlgorithm): Promise<LayerIndex> => {
    const { digest, size } = descriptor
    const known = await store.get(digest)
    if (known && algorithmOf(known.diffId) === tarAlgorithm) return known
    totalBytes += size
    return inTurn(async () => {
      let readOfThis = 0
      const onBytes = (bytes: number): void => {
        readBytes += bytes - readOfThis
        readOfThis = bytes
        onProgress({ totalBytes, readBytes })
      }
      // Where headers alone are read, the digest of the blob has to stand for that of the tar.
      const isSeekable = size >= seekFrom && algorithmOf(digest) === tarAlgorithm
      const part = isSeekable ? await blobs.part?.(descriptor) : null
      const found = part ? await seekLayer(part, digest, onBytes) : null
      if (found) {
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
      await Promise.all([store.put(layer), blobs.release?.(digest)])
      return layer.index
    })
  }

  const packagesOf: LayerReader['packages'] = async (digest) => {
    const found = unverified.get(digest)
    return found === undefined ? store.packages(digest) : found.packages
  }

  const readWithLists = async (descriptor: Descriptor, tarAlgorithm: DigestAlgorithm): Promise<LayerIndex> => {
    const index = await read(descriptor, tarAlgorithm)
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
    entries: async (digest, onEntry) => {
      const list = unverified.get(digest)?.entries
      return list ? readEntryList(list, digest, onEntry) : store.entries(digest, onEntry)
    },
    derivedFrom: (digests) => (digests.some((digest) => unverified.has(digest)) ? null : derived),
    index(descriptor, tarAlgorithm = 'sha256') {
      const key = `${tarAlgorithm} ${descriptor.digest}`
      const begun = indexes.get(key)
      if (begun) return begun
      const reading = readWithLists(descriptor, tarAlgorithm)
      indexes.set(key, reading)
      // It may be read from elsewhere then.
      reading.catch(() => indexes.delete(key))
      return reading
    },
  }
}

/** Lets at most `most` tasks run at a time. */
export function limit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    try {
      return await task()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}
