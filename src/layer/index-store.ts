import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import { encodedPart, isDigest, type Digest } from '../oci/digest.ts'
import type { LayerIndex } from './layer-index.ts'

/** Keeps the index of each layer that was once read, by the digest of its blob: a blob never changes. */
export interface IndexStore {
  /** Digests of the layers that `get` can give, from the same moment on: nothing that others delete is missed. */
  known(): Promise<Digest[]>
  /** Null when the layer is not kept, or its file is torn or foreign. */
  get(digest: Digest): Promise<LayerIndex | null>
  /** Keeps the index if the folder allows it; a folder that cannot be written is no error. */
  put(index: LayerIndex): Promise<void>
}

/** Part of the file name: a change of what an index holds needs a new one. */
const version = 'v1'
const dayMs = 24 * 60 * 60 * 1000
const unwritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENOENT'])
const readsAtOnce = 32

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const digestSchema = v.custom<Digest>(isDigest)
const indexSchema = v.object({
  digest: digestSchema,
  diffId: digestSchema,
  compressedSize: count,
  uncompressedSize: count,
  fileBytes: count,
  entries: count,
  whiteouts: count,
  opaqueWhiteouts: count,
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
 * A store in this folder, one small file a layer; the folder is made when first needed. At most `maxEntries` are kept,
 * those that were used last. Several processes may use the folder at once.
 */
export function openIndexStore(folder: string, options: { readonly maxEntries?: number } = {}): IndexStore {
  const files = join(folder, version)
  const maxEntries = options.maxEntries ?? 5000
  const memory = new Map<Digest, LayerIndex>()

  async function read(digest: Digest): Promise<LayerIndex | null> {
    const remembered = memory.get(digest)
    if (remembered !== undefined) return remembered
    const text = await readFile(fileOf(files, digest), 'utf8').catch(() => null)
    const index = text === null ? null : parseIndex(text, digest)
    if (index !== null) memory.set(digest, index)
    return index
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

    async put(index) {
      memory.set(index.digest, index)
      try {
        await mkdir(files, { recursive: true })
        await writeWhole(fileOf(files, index.digest), JSON.stringify(index))
        await prune(files, maxEntries)
      } catch (error) {
        if (!unwritable.has(codeOf(error))) throw error
      }
    },
  }
}

function parseIndex(text: string, digest: Digest): LayerIndex | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const result = v.safeParse(indexSchema, value)
  return result.success && result.output.digest === digest ? result.output : null
}

/** Others see the old file or the new one, never a part: it is written beside and renamed. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
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

/** Deletes the files used longest ago, and drafts that a killed process left a day ago. */
async function prune(files: string, maxEntries: number): Promise<void> {
  const names = await namesIn(files)
  const drafts = names.filter((name) => name.endsWith('.tmp'))
  for (const draft of await withAge(files, drafts)) {
    if (Date.now() - draft.mtimeMs > dayMs) await rm(draft.path, { force: true })
  }
  const kept = names.filter((name) => digestOfName(name) !== null)
  if (kept.length <= maxEntries) return
  const byAge = (await withAge(files, kept)).sort((a, b) => a.mtimeMs - b.mtimeMs)
  for (const { path } of byAge.slice(0, Math.max(0, byAge.length - maxEntries))) await rm(path, { force: true })
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

function digestOfName(name: string): Digest | null {
  if (!name.endsWith('.json')) return null
  const digest = `sha256:${name.slice(0, -'.json'.length)}`
  return isDigest(digest) ? digest : null
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
