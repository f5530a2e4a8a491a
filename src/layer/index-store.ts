import { lstat, lutimes, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { isSystemError, makeOwnFolder, namesIn, readRegularFile, readRegularText, writeWhole } from '../files.ts'
import { digestOfEncoded, encodedPart, isDigest, type Digest } from '../oci/digest.ts'
import { packagesSchema } from '../packages/packages-schema.ts'
import { maxListBytes, readEntryList, type ListedEntry } from './entry-list.ts'
import type { LayerContents, LayerIndex, LayerPackagesAndOthers } from './layer-index.ts'
import type { Tallied } from './layer-tally.ts'
import { removeOlderVersions } from './older-versions.ts'
import { openTextStore, parseKept, type TextStore } from './text-store.ts'

/** What is kept of one layer. */
export interface KeptLayer extends Tallied {
  readonly index: LayerIndex
}

/** Keeps index, contents, packages and entries of each layer that was once read, by the digest of its blob: a blob never changes. */
export interface IndexStore {
  /** Digests of the layers that `get` can give, from the same moment on: nothing that others delete is missed. */
  known(): Promise<Digest[]>
  /** Null when the layer is not kept, or a file of it is torn or foreign. */
  get(digest: Digest): Promise<LayerIndex | null>
  /**
   * Null when the layer is not kept. Also when others have deleted its contents since, or these turn out to be torn or
   * foreign: then its index goes too, so that the layer is read again the next time.
   */
  contents(digest: Digest): Promise<LayerContents | null>
  /** Null as `contents` is, and where the layer was put without them. */
  packages(digest: Digest): Promise<LayerPackagesAndOthers | null>
  /**
   * Tells of each entry in the order of the tar. False as `contents` is null, and where the layer was put without its
   * entries: what was told by then is void.
   */
  entries(digest: Digest, onEntry: (entry: ListedEntry) => void): Promise<boolean>
  /** The same entries as they are packed (`readEntryList`). Null where `entries` is false; what is given may be torn. */
  entryList(digest: Digest): Promise<Buffer | null>
  /** Keeps all, at least while the store is open; a folder that cannot be written is no error. */
  put(layer: KeptLayer): Promise<void>
  /** What follows from several layers together, by a name of who keeps it. */
  readonly derived: TextStore
}

/** The folder's: a change of what an index holds needs a new one, `v` and the next number. */
const version = 'v5'
const contentsEnd = '.contents.json'
const entriesEnd = '.entries'
const dayMs = 24 * 60 * 60 * 1000
const readsAtOnce = 32
/** Of some kilobytes each. */
const mostDerived = 1000
/** No contents are larger: lists, their texts and the longest form of these in JSON are bounded. */
const maxContentsBytes = 16_000_000
/** Two digests and some numbers. */
const maxIndexBytes = 4_096
/** Lists may be kept by a release that allows longer ones. */
const maxEntriesBytes = 2 * maxListBytes

export interface StoreLimits {
  /** Layers. */
  readonly maxEntries: number
  /** Of all files together. */
  readonly maxBytes: number
}

const defaultLimits: StoreLimits = { maxEntries: 5000, maxBytes: 500_000_000 }

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const digestSchema = v.custom<Digest>(isDigest)
const listsSchema = v.object({
  files: v.array(v.object({ path: v.string(), fileBytes: count })),
  directories: v.array(v.object({ path: v.string(), fileBytes: count, files: count })),
  complete: v.boolean(),
})
const keptPackagesSchema = v.object({
  ...packagesSchema.entries,
  others: v.nullable(listsSchema),
  /** Absent from what earlier releases kept. */
  owners: v.optional(v.nullable(v.string()), null),
})
const contentsSchema = v.object({
  digest: digestSchema,
  ...listsSchema.entries,
  /** JSON by itself: it may be long, and is looked into only when it is asked for. */
  packages: v.nullable(v.string()),
})
const indexSchema = v.object({
  digest: digestSchema,
  diffId: digestSchema,
  compressedSize: count,
  uncompressedSize: count,
  fileBytes: count,
  entries: count,
  whiteouts: count,
  opaqueWhiteouts: count,
  /** Absent from what earlier releases kept. */
  timelessDigest: v.optional(v.nullable(digestSchema), null),
  /** Bytes of the file of its contents: tells whether that is whole without reading it. */
  contentsBytes: v.pipe(count, v.maxValue(maxContentsBytes)),
  /** The same of its entries; null where they are not kept. */
  entriesBytes: v.nullable(v.pipe(count, v.maxValue(maxEntriesBytes))),
})

/**
 * A store in this folder, three files a layer: the small index, the contents with the packages, and the entries. These
 * two are read only when asked for and are written first, so that an index implies them. The folder is made when first needed. At most
 * `maxEntries` layers and `maxBytes` bytes are kept, those that were used last. Several processes may use the folder at
 * once.
 */
export function openIndexStore(folder: string, options: Partial<StoreLimits> = {}): IndexStore {
  const files = join(folder, version)
  const limits = { ...defaultLimits, ...options }
  /** What the folder held when it was last looked through, and what was put since; null before that. */
  let held: Held | null = null
  const memory = new Map<Digest, LayerIndex>()
  const entriesOfPut = new Map<Digest, Buffer>()
  const contentsOfPut = new Map<Digest, KeptContents>()

  async function read(digest: Digest): Promise<LayerIndex | null> {
    const remembered = memory.get(digest)
    if (remembered !== undefined) return remembered
    const text = await readRegularText(fileOf(files, digest), maxIndexBytes)
    const kept = parseOf(indexSchema, text, digest)
    if (kept === null) return null
    const { contentsBytes, entriesBytes, ...index } = kept
    if ((await bytesOf(contentsFileOf(files, digest))) !== contentsBytes) return null
    if (entriesBytes !== null && (await bytesOf(entriesFileOf(files, digest))) !== entriesBytes) return null
    memory.set(digest, index)
    return index
  }

  async function readContents(digest: Digest): Promise<KeptContents | null> {
    const put = contentsOfPut.get(digest)
    if (put !== undefined) return put
    if ((await read(digest)) === null) return null
    const text = await readRegularText(contentsFileOf(files, digest), maxContentsBytes)
    const kept = parseOf(contentsSchema, text, digest)
    if (kept === null) await forget(digest)
    return kept
  }

  async function entryList(digest: Digest): Promise<Buffer | null> {
    const put = entriesOfPut.get(digest)
    if (put !== undefined) return put
    if ((await read(digest)) === null) return null
    const list = await readRegularFile(entriesFileOf(files, digest), maxEntriesBytes)
    return 'why' in list ? null : list
  }

  async function forget(digest: Digest): Promise<void> {
    memory.delete(digest)
    await remove(fileOf(files, digest))
  }

  return {
    derived: openTextStore(join(files, 'derived'), mostDerived),

    async known() {
      const digests = (await namesIn(files)).map(digestOfName).filter((digest) => digest !== null)
      const found: Digest[] = []
      for (let at = 0; at < digests.length; at += readsAtOnce) {
        const some = digests.slice(at, at + readsAtOnce)
        const indexes = await Promise.all(some.map(read))
        found.push(...some.filter((_, nth) => indexes[nth] !== null))
      }
      return found
    },

    async get(digest) {
      const index = await read(digest)
      if (index !== null) await touch(fileOf(files, digest))
      return index
    },

    async contents(digest) {
      const kept = await readContents(digest)
      return kept && { files: kept.files, directories: kept.directories, complete: kept.complete }
    },

    async packages(digest) {
      const text = (await readContents(digest))?.packages ?? null
      if (text === null) return null
      const packages = parseKept(keptPackagesSchema, text)
      if (packages === null) await forget(digest)
      return packages
    },

    entryList,

    async entries(digest, onEntry) {
      const list = await entryList(digest)
      if (list === null) return false
      if (readEntryList(list, digest, onEntry)) return true
      await forget(digest)
      return false
    },

    async put({ index, contents, packages, entries }) {
      memory.set(index.digest, index)
      const kept: KeptContents = { ...contents, packages: packages && JSON.stringify(packages) }
      contentsOfPut.set(index.digest, kept)
      const contentsText = JSON.stringify({ digest: index.digest, ...kept })
      const contentsBytes = Buffer.byteLength(contentsText)
      try {
        await makeOwnFolder(files)
        await writeWhole(contentsFileOf(files, index.digest), contentsText)
        if (entries === null) await rm(entriesFileOf(files, index.digest), { force: true })
        else await writeWhole(entriesFileOf(files, index.digest), entries)
        const entriesBytes = entries?.length ?? null
        const text = JSON.stringify({ ...index, contentsBytes, entriesBytes })
        await writeWhole(fileOf(files, index.digest), text)
        if (held === null) await removeOlderVersions(folder, version)
        else held = { layers: held.layers + 1, bytes: held.bytes + text.length + contentsBytes + (entriesBytes ?? 0) }
        // To look through the folder for each layer would take longer than to read an image of a thousand.
        if (held === null || held.layers > limits.maxEntries || held.bytes > limits.maxBytes)
          held = await prune(files, limits)
      } catch (error) {
        if (entries !== null) entriesOfPut.set(index.digest, entries)
        if (!isSystemError(error)) throw error
      }
    },
  }
}

/** What a file of the folder holds; null if it is torn, or of another layer or program. */
function parseOf<Schema extends v.GenericSchema<unknown, { readonly digest: Digest }>>(
  schema: Schema,
  text: string | null,
  digest: Digest,
): v.InferOutput<Schema> | null {
  const kept = parseKept(schema, text)
  return kept?.digest === digest ? kept : null
}

/** Marks as used, once a day at most so that a shared folder is not written without need. */
async function touch(path: string): Promise<void> {
  try {
    const now = Date.now()
    const { mtimeMs } = await lstat(path)
    if (now - mtimeMs > dayMs) await lutimes(path, new Date(now), new Date(now))
  } catch {
    // Gone or read-only: the index is at hand all the same.
  }
}

type KeptContents = LayerContents & { readonly packages: string | null }

interface Held {
  readonly layers: number
  /** Of all files together. */
  readonly bytes: number
}

/**
 * Deletes the layers used longest ago, and what a killed process left a day ago: drafts, and what has no index.
 *
 * @returns what the folder holds afterwards
 */
async function prune(files: string, { maxEntries, maxBytes }: StoreLimits): Promise<Held> {
  const names = await namesIn(files)
  const kept = names.filter((name) => digestOfName(name) !== null)
  const belong = new Set(kept.flatMap((name) => [contentsName(name), entriesName(name)]))
  const left = names.filter((name) => /\.tmp$|\.contents\.json$|\.entries$/.test(name) && !belong.has(name))
  for (const { path, mtimeMs } of await statsOf(files, left)) {
    if (Date.now() - mtimeMs > dayMs) await remove(path)
  }
  const layers = (await statsOf(files, kept)).sort((a, b) => b.mtimeMs - a.mtimeMs)
  const beside = new Map((await statsOf(files, [...belong])).map(({ path, bytes }) => [path, bytes]))
  let total = 0
  let count = 0
  for (const [position, { path, bytes }] of layers.entries()) {
    const all = bytes + (beside.get(contentsName(path)) ?? 0) + (beside.get(entriesName(path)) ?? 0)
    if (position < maxEntries && total + all <= maxBytes) {
      total += all
      count += 1
    }
    // The index first, so that nobody finds one without the rest.
    else for (const file of [path, contentsName(path), entriesName(path)]) await remove(file)
  }
  return { layers: count, bytes: total }
}

/** What is no file stays. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined)
}

interface FileStats {
  readonly path: string
  readonly mtimeMs: number
  readonly bytes: number
}

async function statsOf(files: string, names: readonly string[]): Promise<FileStats[]> {
  const found: (FileStats | null)[] = []
  for (let at = 0; at < names.length; at += readsAtOnce) {
    const some = names.slice(at, at + readsAtOnce).map(async (name) => {
      const path = join(files, name)
      const stats = await lstat(path).catch(() => null)
      return stats === null ? null : { path, mtimeMs: stats.mtimeMs, bytes: stats.size }
    })
    found.push(...(await Promise.all(some)))
  }
  return found.filter((file) => file !== null)
}

/** Null where there is no such regular file. */
async function bytesOf(path: string): Promise<number | null> {
  const found = await lstat(path).catch(() => null)
  return found?.isFile() === true ? found.size : null
}

function fileOf(files: string, digest: Digest): string {
  return join(files, `${encodedPart(digest)}.json`)
}

function contentsFileOf(files: string, digest: Digest): string {
  return contentsName(fileOf(files, digest))
}

function entriesFileOf(files: string, digest: Digest): string {
  return entriesName(fileOf(files, digest))
}

/** Of the name or path of an index. */
function contentsName(name: string): string {
  return name.slice(0, -'.json'.length) + contentsEnd
}

function entriesName(name: string): string {
  return name.slice(0, -'.json'.length) + entriesEnd
}

function digestOfName(name: string): Digest | null {
  if (!name.endsWith('.json')) return null
  return digestOfEncoded(name.slice(0, -'.json'.length))
}
