import { join } from 'node:path'
import { openCacheFolder, removeOlderVersions, type CacheFolder, type CacheLimits } from '../cache/cache-folder.ts'
import { mapConcurrently } from '../concurrency.ts'
import { isSystemError } from '../files.ts'
import type { Digest } from '../oci/digest.ts'
import { readEntryList, type ListedEntry } from './entry-list.ts'
import { parsePackages, type KeptContents } from './kept-layer.ts'
import { layersVersion, pruneLayers, type Held } from './layer-files.ts'
import { layersIn } from './layer-folder.ts'
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
  const layers = layersIn(folder)
  const keepWithin = pruner(path, folder, { ...usualLimits, ...options })
  const memory = new Map<Digest, LayerIndex>()
  const entriesOfPut = new Map<Digest, Buffer>()
  const contentsOfPut = new Map<Digest, KeptContents>()

  async function read(digest: Digest): Promise<LayerIndex | null> {
    const remembered = memory.get(digest)
    if (remembered !== undefined) return remembered
    const index = await layers.index(digest)
    if (index !== null) memory.set(digest, index)
    return index
  }

  async function readContents(digest: Digest): Promise<KeptContents | null> {
    const put = contentsOfPut.get(digest)
    if (put !== undefined) return put
    if ((await read(digest)) === null) return null
    const kept = await layers.contents(digest)
    if (kept === null) await forget(digest)
    return kept
  }

  async function entryList(digest: Digest): Promise<Buffer | null> {
    const put = entriesOfPut.get(digest)
    if (put !== undefined) return put
    return (await read(digest)) === null ? null : layers.entries(digest)
  }

  async function forget(digest: Digest): Promise<void> {
    memory.delete(digest)
    await layers.forget(digest)
  }

  async function put({ index, contents, packages, facts, entries }: KeptLayer): Promise<void> {
    memory.set(index.digest, index)
    const kept: KeptContents = { ...contents, packages: packages && JSON.stringify(packages), facts }
    contentsOfPut.set(index.digest, kept)
    try {
      await keepWithin(await layers.write(index, JSON.stringify({ digest: index.digest, ...kept }), entries))
    } catch (error) {
      if (entries !== null) entriesOfPut.set(index.digest, entries)
      if (!isSystemError(error)) throw error
    }
  }

  return {
    async known() {
      const digests = await layers.digests()
      const indexes = await mapConcurrently(digests, readsAtOnce, read)
      return digests.filter((_, nth) => indexes[nth] !== null)
    },

    async get(digest) {
      const index = await read(digest)
      if (index !== null) await layers.markUsed(digest)
      return index
    },

    async contents(digest) {
      const kept = await readContents(digest)
      return kept && { files: kept.files, directories: kept.directories, complete: kept.complete }
    },

    async packages(digest) {
      const text = (await readContents(digest))?.packages ?? null
      if (text === null) return null
      const packages = parsePackages(text)
      if (packages === null) await forget(digest)
      return packages
    },

    async facts(digest) {
      return (await readContents(digest))?.facts ?? null
    },

    entryList,

    async entries(digest, onEntry) {
      const list = await entryList(digest)
      if (list === null) return false
      if (readEntryList(list, digest, onEntry)) return true
      await forget(digest)
      return false
    },

    put,
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
