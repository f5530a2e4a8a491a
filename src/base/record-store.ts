/**
 * Stores records of earlier revisions in a folder, which the user's Actions cache or an upload step keeps between runs.
 * The files may come from anywhere, so only their validated content is used.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  dayMs,
  namesBeyond,
  openCacheFolder,
  removeOlderVersions,
  type CacheFolder,
  type CacheLimits,
} from '../cache/cache-folder.ts'
import { messageOf } from '../errors.ts'
import { isSystemError, reasonOf } from '../files.ts'
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { Footprint, Revision } from '../record/footprint.ts'
import { parseRecord, recordOf } from '../record/parse-record.ts'
import { trimOf } from '../text.ts'
import type { BaselineNote, RecordFault } from './baseline-note.ts'

/** Records in a folder. */
export interface RecordStore {
  /**
   * Stores a record that has a revision. If the folder cannot be written, no error is thrown.
   *
   * @param name the name that identifies the job's comment
   * @returns a clause that says why it was not stored, or null on success
   */
  readonly put: (record: Footprint, name: string) => Promise<string | null>
  /** Returns the latest record of exactly this commit. */
  readonly exactly: (commit: string, wanted: WantedRecord) => Promise<StoredRecord>
  /** Returns the latest record of a branch, but not of the commit `except`, which is the head. */
  readonly newestOf: (branch: string, wanted: WantedRecord, except: string | null) => Promise<StoredRecord>
  /** Yields the records of a branch that were weighed at this time or later, earliest first. */
  readonly ofBranchSince: (branch: string, wanted: WantedRecord, weighedAt: number) => AsyncIterable<Footprint>
  /** Yields all matching records, latest first. */
  readonly all: (wanted: WantedRecord) => AsyncIterable<Footprint>
}

/** A query for records. */
export interface WantedRecord {
  /** As in `Revision`. If it is null, nothing is found, because several repositories may share a folder. */
  readonly repository: string | null
  readonly name: string
  /** The settings that the record must have been made with. */
  readonly settings: string
}

/** The note on a file that was passed over. */
export type SkippedRecord = Extract<BaselineNote, { kind: 'record-skipped' }>

/** The result of a search for a record. */
export interface StoredRecord {
  readonly record: Footprint | null
  /** Files that were passed over. */
  readonly notes: readonly SkippedRecord[]
}

/** Limits for a folder of records. */
export interface RecordStoreLimits {
  /** Records of one name; the oldest go first. */
  readonly perName: CacheLimits
  /** Bytes of one record. */
  readonly recordBytes: number
}

const usualLimits: RecordStoreLimits = { perName: { count: 60, bytes: 128_000_000 }, recordBytes: 16_000_000 }

/** Part of the folder's name. A change to the structure of file names needs a new one. */
const version = 'v2'

/** Opens a folder of records. It is made on the first write. */
export function openRecordStore(path: string, limits: Partial<RecordStoreLimits> = {}): RecordStore {
  const store = { path, ...usualLimits, ...limits }
  return {
    put: (record, name) => putRecord(store, record, name),
    exactly: async (commit, wanted) =>
      isCommitHash(commit) ? latest(store, wanted, ofCommit(commit)) : { record: null, notes: [] },
    newestOf: (branch, wanted, except) => latest(store, wanted, ofBranch(branch, except)),
    ofBranchSince: (branch, wanted, weighedAt) => recordsThat(store, wanted, ofBranchSince(branch, weighedAt)),
    all: (wanted) => recordsThat(store, wanted, all),
  }
}

interface StoreSetting extends RecordStoreLimits {
  readonly path: string
}

const folderOf = ({ path }: StoreSetting, repository: string, name: string): CacheFolder =>
  openCacheFolder(join(path, version, safeName(repository), safeName(name)))

async function putRecord(store: StoreSetting, record: Footprint, name: string): Promise<string | null> {
  const { path, recordBytes, perName } = store
  const { revision } = record
  if (revision === undefined) return 'the record does not say which revision it is of'
  const { repository = null } = revision
  if (repository === null) return 'the record does not say which repository it is of'
  const text = `${JSON.stringify(recordOf(record))}\n`
  if (Buffer.byteLength(text) > recordBytes) return `the record has more than ${Math.round(recordBytes / 1e6)} MB`
  const inFolder = folderOf(store, repository, name)
  try {
    await inFolder.write(fileNameOf(revision), text)
    await prune(inFolder, perName)
    await removeOlderVersions(path, version)
    return null
  } catch (error) {
    if (!isSystemError(error)) throw error
    return `the folder ${inFolder.path} cannot be written (${reasonOf(error)})`
  }
}

/** Which records are wanted, by the names of their files and by their content, and in which order. */
interface Selection {
  readonly fits: (file: FileName) => boolean
  /** Only the content is trusted. */
  readonly isIt: (revision: Revision) => boolean
  /** The default is latest first. */
  readonly order?: (a: FileName, b: FileName) => number
}

const all: Selection = { fits: () => true, isIt: () => true }

const ofCommit = (commit: string): Selection => ({
  fits: (file) => file.commit === commit,
  isIt: (revision) => revision.commit === commit,
})

const ofBranch = (branch: string, except: string | null): Selection => ({
  fits: (file) => file.branch === keyOf(branch) && file.commit !== except,
  isIt: (revision) => revision.branch === branch && (except === null || revision.commit !== except),
})

const ofBranchSince = (branch: string, weighedAt: number): Selection => ({
  fits: (file) => file.branch === keyOf(branch) && file.weighedAt >= weighedAt,
  isIt: (revision) => revision.branch === branch,
  order: (a, b) => latestFirst(b, a),
})

/** Returns the latest record whose file name and content match. */
async function latest(store: StoreSetting, wanted: WantedRecord, selection: Selection): Promise<StoredRecord> {
  const notes: SkippedRecord[] = []
  for await (const record of recordsThat(store, wanted, selection, (note) => notes.push(note))) return { record, notes }
  return { record: null, notes }
}

async function* recordsThat(
  store: StoreSetting,
  { repository, name, settings }: WantedRecord,
  { fits, isIt, order = latestFirst }: Selection,
  onPassedOver: (note: SkippedRecord) => void = () => undefined,
): AsyncGenerator<Footprint> {
  if (repository === null) return
  const inFolder = folderOf(store, repository, name)
  const faultOf = ({ revision }: Footprint): RecordFault | null => {
    if (revision?.repository !== repository || revision.settings !== settings || !isIt(revision))
      return { kind: 'other-revision' }
    return revision.weighedAt > Date.now() + dayMs ? { kind: 'from-the-future' } : null
  }
  const files = (await filesIn(inFolder)).filter((file) => file.settings === keyOf(settings) && fits(file)).sort(order)
  for (const file of files) {
    const found = await readRecord(inFolder, file.name, store.recordBytes)
    if (found === null) continue
    const fault = 'kind' in found ? found : faultOf(found)
    if (fault !== null) onPassedOver({ kind: 'record-skipped', file: file.name, fault })
    else if (!('kind' in found)) yield found
  }
}

/** What the name of a file says before it is read. Only its content is trusted. */
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

/** Returns a folder name that is readable if the name is simple, and unique even on a file system that ignores case. */
export function safeName(name: string): string {
  const readable = trimOf(name.toLowerCase().replace(/[^a-z0-9_]+/g, '-'), '-').slice(0, 40)
  return `${readable === '' ? 'record' : readable}-${keyOf(name)}`
}

async function filesIn(folder: CacheFolder): Promise<readonly FileName[]> {
  return (await folder.names()).map(parseFileName).filter((file) => file !== null)
}

/** Returns the record in a file, or what is wrong with the file. Returns null if it no longer exists. */
async function readRecord(
  folder: CacheFolder,
  name: string,
  maxBytes: number,
): Promise<Footprint | RecordFault | null> {
  const read = await folder.read(name, maxBytes)
  if ('why' in read) {
    switch (read.why) {
      case 'ENOENT':
        return null
      case 'no-file':
        return { kind: 'not-a-file' }
      case 'too-large':
        return { kind: 'too-large', maxBytes }
      default:
        return { kind: 'not-read', code: read.why }
    }
  }
  try {
    return parseRecord(read.toString('utf8'), name)
  } catch (error) {
    // The message may repeat what the file says.
    return { kind: 'invalid', why: messageOf(error).slice(0, 300) }
  }
}

/** Deletes the oldest records beyond the limits, and drafts that a killed process left. */
async function prune(folder: CacheFolder, limits: CacheLimits): Promise<void> {
  await folder.removeLeftovers()
  const names = [...(await filesIn(folder))].sort(latestFirst).map(({ name }) => name)
  // Another process may have deleted some of them.
  await folder.remove(namesBeyond(await folder.statsOf(names), limits))
}
