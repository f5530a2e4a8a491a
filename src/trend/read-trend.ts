/**
 * Reads points and records from files and folders. A folder's content may come from anywhere, so links are not
 * followed.
 */
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { isFolder, readRegularFile, reasonOf } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { pointCollector, type BadLines } from './collect-points.ts'
import { pointMaker } from './make-points.ts'
import { inBranchOrder, unknownOrder, type BranchOrder, type Placed } from './order.ts'
import { otherImageNotes } from './other-images.ts'
import { pointKeyOf, type Point } from './point.ts'
import { beginsWithPoint, hasLines, openRegularFile, readChunks } from './read-lines.ts'

/** The points of a trend. */
export interface TrendPoints {
  /** All points, each once. */
  readonly points: readonly Point[]
  /** The points that come from records and were not among the lines. */
  readonly added: readonly Point[]
  /** The order of the commits in their branches. */
  readonly orderOf: BranchOrder
  /** Sentences about what was skipped. */
  readonly notes: readonly string[]
}

/** Limits for what is read. */
export interface TrendLimits {
  /** Limit in bytes for all lines together, and for a single record. */
  readonly bytes: number
  /** Limit for the files and folders in a folder. */
  readonly entries: number
}

/** How points and records are read. */
export interface TrendSetting {
  readonly readStdin: () => Promise<Buffer>
  /** Returns the order of the commits in these branches. By default it is not known. */
  readonly findOrder?: (branches: ReadonlySet<string | null>) => Promise<BranchOrder>
  readonly limits?: Partial<TrendLimits>
}

const usualLimits: TrendLimits = { bytes: 64_000_000, entries: 50_000 }

/** Limit for the depth of folders. The record folder of the action has three levels. */
const maxDepth = 6

/** A record and its place in its branch. Its content is not kept, because hundreds would take too much memory. */
interface FoundRecord extends Placed {
  readonly path: string
  readonly branch: string | null
}

/**
 * Reads points and records.
 *
 * @param sources files of records or of points, folders of both, or `-` for standard input
 * @throws FootprintError UNREADABLE_INPUT if a named file cannot be read or is neither, or if the total is too large
 */
export async function readTrend(sources: readonly string[], setting: TrendSetting): Promise<TrendPoints> {
  const { bytes, entries } = { ...usualLimits, ...setting.limits }
  const lines = new Map<string, Point>()
  const records = new Map<string, FoundRecord>()
  const given = new Map<string, Footprint>()
  const notes: string[] = []
  let left = bytes

  const addRecord = (record: Footprint, path: string): void => {
    const { revision } = record
    if (revision === undefined) notes.push(`${path} was skipped: this record does not say which commit it is of`)
    else {
      const { commit, branch, weighedAt, committedAt } = revision
      records.set(path, { path, commit, branch, time: weighedAt, committed: committedAt })
    }
  }

  const noteBadLines = ({ badLines, firstBadLine }: BadLines, name: string): void => {
    if (firstBadLine !== null) notes.push(badLinesNote(name, badLines, firstBadLine))
  }

  const addStdin = async (): Promise<void> => {
    const all = await setting.readStdin()
    const name = 'standard input'
    if (beginsWithPoint(all)) {
      left -= all.length
      if (left < 0) throw tooLarge(name, bytes)
      const collector = pointCollector(lines)
      collector.take(all)
      noteBadLines(collector.end(), name)
    } else {
      const record = parseRecord(all.toString('utf8'), name)
      given.set('-', record)
      addRecord(record, '-')
    }
  }

  const addFile = async (path: string, shown: string): Promise<void> => {
    const file = await openRegularFile(path)
    if ('why' in file) throw unread(shown, file.why, bytes)
    try {
      if (await hasLines(file, shown)) {
        const collector = pointCollector(lines)
        const read = await readChunks(file, left, collector.take)
        left -= read ?? Infinity
        if (read === null) throw tooLarge(shown, bytes)
        noteBadLines(collector.end(), shown)
        return
      }
    } finally {
      await file.close()
    }
    addRecord(await recordAt(path, bytes, shown), shown)
  }

  for (const source of sources) {
    if (source === '-') await addStdin()
    else if (await isFolder(source)) {
      for (const path of await filesBelow(source, entries)) {
        try {
          await addFile(path, path)
        } catch (error) {
          if (!(error instanceof FootprintError) || left < 0) throw error
          notes.push(`${path} was skipped: ${error.message}`)
        }
      }
    } else await addFile(await followed(source), source)
  }

  const known = [...lines.values()]
  const found = [...records.values()]
  const branches = new Set([...known, ...found].map(({ branch }) => branch))
  const orderOf = (await setting.findOrder?.(branches)) ?? unknownOrder
  const maker = pointMaker(known, orderOf)
  const added: Point[] = []
  for (const [branch, ofBranch] of Map.groupBy(found, (record) => record.branch))
    for (const { path } of inBranchOrder(ofBranch, orderOf(branch))) {
      const record = given.get(path) ?? (await recordAt(await followed(path), bytes, path))
      notes.push(...otherImageNotes(record, lines).map((note) => `${path} was left out: ${note}`))
      for (const point of maker.add(record)) {
        added.push(point)
        lines.set(pointKeyOf(point), point)
      }
    }
  return { points: [...known, ...added], added, orderOf, notes }
}

function badLinesNote(name: string, count: number, first: number): string {
  return count === 1
    ? `line ${first} of ${name} was skipped: it is not a point of a trend`
    : `${count} lines of ${name} were skipped, the first is line ${first}: they are not points of a trend`
}

const tooLarge = (name: string, maxBytes: number): FootprintError =>
  new FootprintError(
    'UNREADABLE_INPUT',
    `${name} is too large: a trend may have ${Math.round(maxBytes / 1e6)} MB of lines. Remove the oldest`,
  )

/**
 * Returns where the links of a path that the user named lead.
 *
 * @throws FootprintError if nothing exists there
 */
async function followed(path: string): Promise<string> {
  return realpath(path).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
  })
}

/** Returns the files with endings of records and points, sorted by name. */
async function filesBelow(folder: string, maxEntries: number): Promise<readonly string[]> {
  const files: string[] = []
  let seen = 0
  const walk = async (path: string, depth: number): Promise<void> => {
    const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      throw new FootprintError('UNREADABLE_INPUT', `the folder ${path} cannot be read: ${reasonOf(cause)}`, { cause })
    })
    seen += found.length
    if (seen > maxEntries)
      throw new FootprintError(
        'UNREADABLE_INPUT',
        `the folder ${folder} has more than ${maxEntries} entries: name a folder that has only records or lines`,
      )
    for (const entry of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inside = join(path, entry.name)
      if (entry.isDirectory() && depth < maxDepth) await walk(inside, depth + 1)
      else if (entry.isFile() && /\.(?:json|jsonl|ndjson)$/i.test(entry.name)) files.push(inside)
    }
  }
  await walk(folder, 1)
  return files
}

// `shown` is the file's name in messages.
async function recordAt(path: string, maxBytes: number, shown: string): Promise<Footprint> {
  const read = await readRegularFile(path, maxBytes)
  if ('why' in read) throw unread(shown, read.why, maxBytes)
  return parseRecord(read.toString('utf8'), shown)
}

function unread(shown: string, why: string, maxBytes: number): FootprintError {
  const reasons: Readonly<Record<string, string>> = {
    'no-file': 'it is not a file',
    'too-large': `it has more than ${Math.round(maxBytes / 1e6)} MB`,
  }
  return new FootprintError(
    'UNREADABLE_INPUT',
    `${shown} cannot be read: ${reasons[why] ?? reasonOf(Object.assign(new Error(why), { code: why }))}`,
  )
}
