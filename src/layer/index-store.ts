import { join } from 'node:path'
import { openCacheFolder, removeOlderVersions, type CacheFolder, type CacheLimits } from '../cache/cache-folder.ts'
import { mapConcurrently } from '../concurrency.ts'
import { isSystemError } from '../files.ts'
import type { Digest } from '../oci/digest.ts'
import { readEntryList, type ListedEntry } from './entry-list.ts'
import { parsePackages, type KeptContents } from './kept-layer.ts'
import { layersVersion, pruneLayers, type Held } from './layer-files.ts'
import { layersIn, type LayerFolder } from './layer-folder.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'
import type { Tallied } from './layer-tally.ts'

/** What is stored of one layer. */
export interface KeptLayer extends Tallied {
  readonly index: LayerIndex
}

/**
 * Stores index, contents, packages and entries of each layer that was read, by the digest of its blob. They never
 * become outdated, because the content of a blob never changes.
 */
export interface IndexStore {
  /**
   * Returns the digests of the layers that `get` can return. These layers are then remembered, even if another process
   * deletes their files.
   */
  known(): Promise<Digest[]>
  /** Returns the index of a layer. Returns null if it is not stored, or one of its files is damaged. */
  get(digest: Digest): Promise<LayerIndex | null>
  /**
   * Returns the contents of a layer. Returns null if it is not stored, if another process has deleted its contents in
   * the meantime, or if these turn out to be damaged. In the last case the index is deleted too, so that the layer is
   * read again the next time.
   */
  contents(digest: Digest): Promise<LayerContents | null>
  /**
   * Returns the packages of a layer, or null for the same reasons as `contents`, and if the layer was stored without
   * packages.
   */
  packages(digest: Digest): Promise<LayerPackagesAndOthers | null>
  /** Returns the packed facts about the files of a layer (`fileFactsOf`), or null for the same reasons as `contents`. */
  facts(digest: Digest): Promise<string | null>
  /**
   * Calls `onEntry` for each entry, in the order of the tar. Returns false for the same reasons as `contents`, and if
   * the layer was stored without entries. Then the entries that were passed must be discarded.
   */
  entries(digest: Digest, onEntry: (entry: ListedEntry) => void): Promise<boolean>
  /**
   * Returns the same entries as they are packed (`readEntryList`), or null for the same reasons. The list may be damaged.
   */
  entryList(digest: Digest): Promise<Buffer | null>
  /** Deletes the index of a layer, so that the layer is read again. */
  forget(digest: Digest): Promise<void>
  /**
   * Stores a layer. If the folder cannot be written, there is no error, and the layer is kept while the store is open.
   */
  put(layer: KeptLayer): Promise<void>
}

const readsAtOnce = 32
/** Limits for the number of layers, and for the bytes of all their files. */
const usualLimits: CacheLimits = { count: 5000, bytes: 500_000_000 }

/**
 * Opens a store in this folder. Each layer has three files: the small index, the contents with the packages, and the
 * entries. The last two are read only when they are requested. The folder is made on first use. If the limits are
 * exceeded, the layers that were not used for the longest time are deleted.
 */
export function openIndexStore(path: string, options: Partial<CacheLimits> = {}): IndexStore {
  const folder = openCacheFolder(join(path, layersVersion))
  const layers = withMemory(layersIn(folder), pruner(path, folder, { ...usualLimits, ...options }))
  return {
    async known() {
      const digests = await layers.digests()
      const indexes = await mapConcurrently(digests, readsAtOnce, layers.index)
      return digests.filter((_, nth) => indexes[nth] !== null)
    },

    async get(digest) {
      const index = await layers.index(digest)
      if (index !== null) await layers.markUsed(digest)
      return index
    },

    async contents(digest) {
      const kept = await layers.contents(digest)
      if (kept === null) return null
      const { files, directories, complete, bare } = kept
      return { files, directories, complete, ...(bare === undefined ? {} : { bare }) }
    },

    async packages(digest) {
      const text = (await layers.contents(digest))?.packages ?? null
      if (text === null) return null
      const packages = parsePackages(text)
      if (packages === null) await layers.forget(digest)
      return packages
    },

    async facts(digest) {
      return (await layers.contents(digest))?.facts ?? null
    },

    entryList: layers.entries,

    async entries(digest, onEntry) {
      const list = await layers.entries(digest)
      if (list === null) return false
      if (readEntryList(list, digest, onEntry)) return true
      await layers.forget(digest)
      return false
    },

    forget: layers.forget,
    put: layers.put,
  }
}

/** The layers in a folder, and those that this process has read or put, even if their files are deleted. */
interface RememberedLayers extends Omit<LayerFolder, 'write'> {
  readonly put: IndexStore['put']
}

/** @param onWritten called with the bytes of each layer that was written */
function withMemory(layers: LayerFolder, onWritten: (bytes: number) => Promise<void>): RememberedLayers {
  const indexes = new Map<Digest, LayerIndex>()
  const entriesOfPut = new Map<Digest, Buffer>()
  const contentsOfPut = new Map<Digest, KeptContents>()

  async function index(digest: Digest): Promise<LayerIndex | null> {
    const known = indexes.get(digest) ?? (await layers.index(digest))
    if (known !== null) indexes.set(digest, known)
    return known
  }

  async function forget(digest: Digest): Promise<void> {
    indexes.delete(digest)
    await layers.forget(digest)
  }

  return {
    ...layers,
    index,
    forget,

    async contents(digest) {
      const put = contentsOfPut.get(digest)
      if (put !== undefined) return put
      if ((await index(digest)) === null) return null
      const kept = await layers.contents(digest)
      if (kept === null) await forget(digest)
      return kept
    },

    async entries(digest) {
      const put = entriesOfPut.get(digest)
      if (put !== undefined) return put
      return (await index(digest)) === null ? null : layers.entries(digest)
    },

    async put({ index: layer, contents, packages, facts, entries }) {
      const { digest } = layer
      indexes.set(digest, layer)
      const kept: KeptContents = { ...contents, packages: packages && JSON.stringify(packages), facts }
      contentsOfPut.set(digest, kept)
      try {
        await onWritten(await layers.write(layer, JSON.stringify({ digest, ...kept }), entries))
      } catch (error) {
        if (entries !== null) entriesOfPut.set(digest, entries)
        if (!isSystemError(error)) throw error
      }
    },
  }
}

/**
 * Returns a function that keeps the folder within its limits. It is called with the bytes of each layer that was
 * written. The folder is scanned after the first one and whenever it has grown beyond a limit, because scanning it for
 * each layer would take longer than reading an image with a thousand layers.
 */
function pruner(path: string, folder: CacheFolder, limits: CacheLimits): (bytes: number) => Promise<void> {
  /** What the folder contained when it was last scanned, plus what was added since. Null before the first scan. */
  let held: Held | null = null
  return async (bytes) => {
    if (held === null) await removeOlderVersions(path, layersVersion)
    else held = { layers: held.layers + 1, bytes: held.bytes + bytes }
    if (held === null || held.layers > limits.count || held.bytes > limits.bytes)
      held = await pruneLayers(folder, limits)
  }
}
