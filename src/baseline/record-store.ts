/**
 * Records of earlier revisions in a folder, which the user's Actions cache or upload step keeps between runs. What
 * lies there may come from anywhere: a file counts only as what it is once it was read and checked.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { isSystemError, makeFolder, systemErrorCode, writeWhole } from '../files.ts'
import type { Footprint, Revision } from '../inspect/footprint.ts'
import { parseRecord } from '../inspect/record.ts'
import { isCommitHash } from './git.ts'

export interface RecordStore {
  /**
   * Keeps a record that says which revision it is of. A folder that cannot be written is no error.
   * @param name of the job's comment
   * @returns a sentence why it was not kept; null if it was
   */
  readonly put: (record: Footprint, name: string) => Promise<string | null>
  /** The latest record of exactly this commit, weighed under the same settings. */
  readonly exactly: (commit: string, name: string, settings: string) => Promise<StoredRecord>
  /** The latest record of a branch, weighed under the same settings; not of the commit `except`, which is the head. */
  readonly newestOf: (branch: string, name: string, settings: string, except: string | null) => Promise<StoredRecord>
}

export interface StoredRecord {
  readonly record: Footprint | null
  /** Sentences about files that were passed over. */
  readonly notes: readonly string[]
}

export interface RecordStoreLimits {
  /** Records of one name; the oldest go first. */
  readonly perName: number
  /** Bytes of one record. */
  readonly recordBytes: number
  /** Bytes of all records of one name. */
  readonly nameBytes: number
}

const usualLimits: RecordStoreLimits = { perName: 60, recordBytes: 16_000_000, nameBytes: 128_000_000 }

/** Part of the folder's name: a change of what a file's name says needs a new one. */
const version = 'v1'
const dayMs = 24 * 60 * 60 * 1000

/** Several processes may use the folder at once. */
export function openRecordStore(folder: string, limits: Partial<RecordStoreLimits> = {}): RecordStore {
  const { perName, recordBytes, nameBytes } = { ...usualLimits, ...limits }
  const folderOf = (name: string): string => join(folder, version, safeName(name))

  /** The latest file that fits and turns out to be such a record. */
  async function latest(
    name: string,
    fits: (file: FileName) => boolean,
    isIt: (revision: Revision) => boolean,
  ): Promise<StoredRecord> {
    const inFolder = folderOf(name)
    const files = (await filesIn(inFolder)).filter(fits).sort(latestFirst)
    const notes: string[] = []
    for (const file of files) {
      const found = await readRecord(join(inFolder, file.name), file.name, recordBytes)
      if (typeof found === 'string') {
        if (found !== '') notes.push(`A stored record was passed over: ${found}.`)
      } else if (found.revision === undefined || !isIt(found.revision)) {
        notes.push(`A stored record was passed over: ${file.name} is of another revision than its name says.`)
      } else if (found.revision.weighedAt > Date.now() + dayMs) {
        notes.push(`A stored record was passed over: ${file.name} says that it was weighed in the future.`)
      } else {
        return { record: found, notes }
      }
    }
    return { record: null, notes }
  }

  return {
    async put(record, name) {
      const { revision } = record
      if (revision === undefined) return 'the record does not say which revision it is of'
      const text = `${JSON.stringify(record)}\n`
      if (Buffer.byteLength(text) > recordBytes)
        return `the record has more than ${Math.round(recordBytes / 1e6)} MB`
      const inFolder = folderOf(name)
      try {
        await makeFolder(inFolder)
        await writeWhole(join(inFolder, fileNameOf(revision)), text)
        await prune(inFolder, perName, nameBytes)
        return null
      } catch (error) {
        if (!isSystemError(error)) throw error
        return `the folder ${inFolder} cannot be written (${systemErrorCode(error)})`
      }
    },

    exactly: (commit, name, settings) =>
      isCommitHash(commit)
        ? latest(
            name,
            (file) => file.commit === commit && file.settings === keyOf(settings),
            (revision) => revision.commit === commit && revision.settings === settings,
          )
        : Promise.resolve({ record: null, notes: [] }),

    newestOf: (branch, name, settings, except) =>
      latest(
        name,
        (file) => file.branch === keyOf(branch) && file.settings === keyOf(settings) && file.commit !== except,
        (revision) =>
          revision.branch === branch &&
          revision.settings === settings &&
          (except === null || revision.commit !== except),
      ),
  }
}

/** What a name tells before a file is read; only its content is believed. */
interface FileName {
  readonly name: string
  readonly weighedAt: number
  readonly commit: string
  readonly branch: string
  readonly settings: string
}

function fileNameOf({ weighedAt, commit, branch, settings }: Revision): string {
  const hash = commit !== null && isCommitHash(commit) ? commit : 'none'
  return `${weighedAt}-${hash}-${branch === null ? 'none' : keyOf(branch)}-${keyOf(settings)}.json`
}

function parseFileName(name: string): FileName | null {
  const [, weighedAt, commit, branch, settings] =
    /^(\d{1,16})-([0-9a-f]{40}|[0-9a-f]{64}|none)-([0-9a-f]{16}|none)-([0-9a-f]{16})\.json$/.exec(name) ?? []
  if (weighedAt === undefined || commit === undefined || branch === undefined || settings === undefined) return null
  return { name, weighedAt: Number(weighedAt), commit, branch, settings }
}

const latestFirst = (a: FileName, b: FileName): number => b.weighedAt - a.weighedAt || (a.name < b.name ? -1 : 1)

const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Readable where the name is plain, and never two names in one folder, whatever a file system folds together. */
export function safeName(name: string): string {
  const readable = name.toLowerCase().replace(/[^a-z0-9_]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40)
  return `${readable === '' ? 'record' : readable}-${keyOf(name)}`
}

async function filesIn(folder: string): Promise<readonly FileName[]> {
  const names = await readdir(folder).catch(() => [])
  return names.map(parseFileName).filter((file) => file !== null)
}

/** The record, or what is wrong with the file; empty where it is gone. */
async function readRecord(path: string, name: string, mostBytes: number): Promise<Footprint | string> {
  // A pipe would keep us waiting, and a link could lead anywhere.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: unknown) => systemErrorCode(error))
  if (typeof file === 'string') return file === 'ENOENT' ? '' : `${name} cannot be read (${file})`
  try {
    const { size } = await file.stat().then((found) => (found.isFile() ? found : { size: -1 }))
    if (size < 0) return `${name} is not a file`
    if (size > mostBytes) return `${name} has more than ${Math.round(mostBytes / 1e6)} MB`
    return parseRecord(await file.readFile('utf8'), name)
  } catch (error) {
    // The message may repeat what the file says.
    return messageOf(error).slice(0, 300)
  } finally {
    await file.close()
  }
}

/** Deletes the oldest beyond the limits, and drafts that a killed process left a day ago. */
async function prune(folder: string, perName: number, nameBytes: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue
    const age = await stat(join(folder, name)).catch(() => null)
    if (age !== null && Date.now() - age.mtimeMs > dayMs) await rm(join(folder, name), { force: true })
  }
  let bytes = 0
  for (const [nth, file] of [...(await filesIn(folder))].sort(latestFirst).entries()) {
    bytes += (await stat(join(folder, file.name)).catch(() => null))?.size ?? 0
    // The latest stays, whatever it weighs.
    if (nth > 0 && (nth >= perName || bytes > nameBytes)) await rm(join(folder, file.name), { force: true })
  }
}
