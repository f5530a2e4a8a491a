import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import { systemErrorCode, writeWhole } from '../files.ts'
import { encodedPart, isDigest, type Digest } from '../oci/digest.ts'
import type { LayerContents, LayerIndex } from './layer-index.ts'

/** Keeps index and contents of each layer that was once read, by the digest of its blob: a blob never changes. */
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
  /** Keeps both, at least while the store is open; a folder that cannot be written is no error. */
  put(index: LayerIndex, contents: LayerContents): Promise<void>
}

/** Part of the file name: a change of what an index holds needs a new one. */
const version = 'v2'
const contentsEnd = '.contents.json'
const dayMs = 24 * 60 * 60 * 1000
const unwritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENOENT'])
const readsAtOnce = 32
/** No contents are larger: lists, their paths and the longest form of these in JSON are bounded. */
const maxContentsBytes = 4_000_000

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const digestSchema = v.custom<Digest>(isDigest)
const contentsSchema = v.object({
  digest: digestSchema,
  files: v.array(v.object({ path: v.string(), fileBytes: count })),
  directories: v.array(v.object({ path: v.string(), fileBytes: count, files: count })),
  complete: v.boolean(),
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
  /** Bytes of the file of its contents: tells whether that is whole without reading it. */
  contentsBytes: v.pipe(count, v.maxValue(maxContentsBytes)),
})

/**
 * The folder of the XDG Base Directory Specification: under XDG_CACHE_HOME when that is an absolute path, else under
 * ~/.cache.
 */
export function defaultIndexFolder(env: NodeJS.ProcessEnv, home: string = homedir()): string {
  const cache = env['XDG_CACHE_HOME']
  return join(cache !== undefined && isAbsolute(cache) ? cache : join(home, '.cache'), 'stage-footprint', 'layers')
}

/**
 * A store in this folder, two files a layer: the small index, and the contents, which are read only when asked for and
 * are written first, so that an index implies contents. The folder is made when first needed. At most `maxEntries`
 * layers are kept, those that were used last. Several processes may use the folder at once.
 */
export function openIndexStore(folder: string, options: { readonly maxEntries?: number } = {}): IndexStore {
  const files = join(folder, version)
  const maxEntries = options.maxEntries ?? 5000
  const memory = new Map<Digest, LayerIndex>()
  const contentsOfPut = new Map<Digest, LayerContents>()

  async function read(digest: Digest): Promise<LayerIndex | null> {
    const remembered = memory.get(digest)
    if (remembered !== undefined) return remembered
    const text = await readFile(fileOf(files, digest), 'utf8').catch(() => null)
    const kept = text === null ? null : parseKept(indexSchema, text, digest)
    if (kept === null) return null
    const { contentsBytes, ...index } = kept
    const contents = await stat(contentsFileOf(files, digest)).catch(() => null)
    if (contents?.size !== contentsBytes) return null
    memory.set(digest, index)
    return index
  }

  async function forget(digest: Digest): Promise<void> {
    memory.delete(digest)
    await rm(fileOf(files, digest), { force: true }).catch(() => {})
  }

  return {
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
      const put = contentsOfPut.get(digest)
      if (put !== undefined) return put
      if ((await read(digest)) === null) return null
      const text = await readFile(contentsFileOf(files, digest), 'utf8').catch(() => null)
      const kept = text === null ? null : parseKept(contentsSchema, text, digest)
      if (kept === null) {
        await forget(digest)
        return null
      }
      return { files: kept.files, directories: kept.directories, complete: kept.complete }
    },

    async put(index, contents) {
      memory.set(index.digest, index)
      contentsOfPut.set(index.digest, contents)
      const contentsText = JSON.stringify({ digest: index.digest, ...contents })
      const contentsBytes = Buffer.byteLength(contentsText)
      try {
        await mkdir(files, { recursive: true })
        await writeWhole(contentsFileOf(files, index.digest), contentsText)
        await writeWhole(fileOf(files, index.digest), JSON.stringify({ ...index, contentsBytes }))
        await prune(files, maxEntries)
      } catch (error) {
        if (!unwritable.has(systemErrorCode(error))) throw error
      }
    },
  }
}

/** What a file of the folder holds; null if it is torn, or of another layer or program. */
function parseKept<S extends v.GenericSchema<unknown, { readonly digest: Digest }>>(
  schema: S,
  text: string,
  digest: Digest,
): v.InferOutput<S> | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const result = v.safeParse(schema, value)
  return result.success && result.output.digest === digest ? result.output : null
}

/** Marks as used, once a day at most so that a shared folder is not written without need. */
async function touch(path: string): Promise<void> {
  try {
    const now = Date.now()
    const { mtimeMs } = await stat(path)
    if (now - mtimeMs > dayMs) await utimes(path, new Date(now), new Date(now))
  } catch {
    // Gone or read-only: the index is at hand all the same.
  }
}

/** Deletes the layers used longest ago, and what a killed process left a day ago: drafts, contents without an index. */
async function prune(files: string, maxEntries: number): Promise<void> {
  const names = await namesIn(files)
  const kept = names.filter((name) => digestOfName(name) !== null)
  const indexed = new Set(kept.map(contentsName))
  const left = names.filter((name) => name.endsWith('.tmp') || (name.endsWith(contentsEnd) && !indexed.has(name)))
  for (const { path, mtimeMs } of await withAge(files, left)) {
    if (Date.now() - mtimeMs > dayMs) await rm(path, { force: true })
  }
  if (kept.length <= maxEntries) return
  const byAge = (await withAge(files, kept)).sort((a, b) => a.mtimeMs - b.mtimeMs)
  for (const { path } of byAge.slice(0, Math.max(0, byAge.length - maxEntries))) {
    await rm(path, { force: true })
    await rm(contentsName(path), { force: true })
  }
}

async function withAge(files: string, names: string[]): Promise<{ path: string; mtimeMs: number }[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(files, name)
      const age = await stat(path).catch(() => null)
      return age === null ? null : { path, mtimeMs: age.mtimeMs }
    }),
  )
  return found.filter((file) => file !== null)
}

async function namesIn(files: string): Promise<string[]> {
  return await readdir(files).catch(() => [])
}

function fileOf(files: string, digest: Digest): string {
  return join(files, `${encodedPart(digest)}.json`)
}

function contentsFileOf(files: string, digest: Digest): string {
  return contentsName(fileOf(files, digest))
}

/** Of the name or path of an index. */
function contentsName(name: string): string {
  return name.slice(0, -'.json'.length) + contentsEnd
}

function digestOfName(name: string): Digest | null {
  if (!name.endsWith('.json')) return null
  const digest = `sha256:${name.slice(0, -'.json'.length)}`
  return isDigest(digest) ? digest : null
}
