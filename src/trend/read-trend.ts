/**
 * Reads points and records from files and folders. A folder's content may come from anywhere, so links are not
 * followed.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { readRegularFile, reasonOf } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { pointMaker } from './make-points.ts'
import { byTime, collectPoints, parsePoint, type Point } from './point.ts'

export interface TrendPoints {
  /** All points in order of time, each once. */
  readonly points: readonly Point[]
  /** The points that come from records and were not among the lines. */
  readonly added: readonly Point[]
  /** Sentences about what was skipped. */
  readonly notes: readonly string[]
}

export interface TrendLimits {
  /** Limit in bytes for all lines together, and for a single record. */
  readonly bytes: number
  /** Limit for the files and folders in a folder. */
  readonly entries: number
}

const usualLimits: TrendLimits = { bytes: 64_000_000, entries: 50_000 }

/** Limit for the depth of folders. The record folder of the action has three levels. */
const deepest = 6

/** A record by its time. Its content is not kept, because hundreds of records would take too much memory. */
interface FoundRecord {
  readonly path: string
  readonly weighedAt: number
}

/**
 * Reads points and records.
 *
 * @param sources files of records or of points, folders of both, or `-` for standard input
 * @throws FootprintError UNREADABLE_INPUT if a named file cannot be read or is neither, or if the total is too large
 */
export async function readTrend(
  sources: readonly string[],
  readStdin: () => Promise<Buffer>,
  limits: Partial<TrendLimits> = {},
): Promise<TrendPoints> {
  const { bytes, entries } = { ...usualLimits, ...limits }
  const lines = new Map<string, Point>()
  const records = new Map<string, FoundRecord>()
  const given = new Map<string, Footprint>()
  const notes: string[] = []
  let left = bytes

  const addLines = (text: string, name: string): void => {
    left -= text.length
    if (left < 0) throw tooLarge(name, bytes)
    const { badLines, firstBadLine } = collectPoints(text, lines)
    if (firstBadLine !== null) notes.push(badLinesNote(name, badLines, firstBadLine))
  }

  const addRecord = (record: Footprint, path: string): void => {
    if (record.revision === undefined) notes.push(`${path} was skipped: this record does not say which commit it is of`)
    else records.set(path, { path, weighedAt: record.revision.weighedAt })
  }

  const addText = (text: string, name: string): void => {
    if (isLines(text, name)) addLines(text, name)
    else addRecord(parseRecord(text, name), name)
  }

  for (const source of sources) {
    if (source === '-') {
      const text = (await readStdin()).toString('utf8')
      if (isLines(text, source)) addLines(text, 'standard input')
      else {
        const record = parseRecord(text, 'standard input')
        given.set(source, record)
        addRecord(record, source)
      }
    } else if (await isFolder(source)) {
      for (const path of await filesBelow(source, entries)) {
        try {
          addText(await textOf(path, bytes), path)
        } catch (error) {
          if (!(error instanceof FootprintError) || left < 0) throw error
          notes.push(`${path} was skipped: ${error.message}`)
        }
      }
    } else addText(await textOf(await realpath(source), bytes, source), source)
  }

  const known = byTime([...lines.values()])
  if (records.size === 0) return { points: known, added: [], notes }
  const maker = pointMaker(known)
  const added: Point[] = []
  for (const { path } of [...records.values()].toSorted((a, b) => a.weighedAt - b.weighedAt))
    added.push(...maker.add(given.get(path) ?? parseRecord(await textOf(await realpath(path), bytes, path), path)))
  return { points: byTime([...known, ...added]), added, notes }
}

/** Returns whether a text consists of points, by its content rather than its name. An empty file has no points yet. */
function isLines(text: string, name: string): boolean {
  if (/\.(?:jsonl|ndjson)$/i.test(name) || text.trim() === '') return true
  const start = text.trimStart()
  return parsePoint(start.slice(0, start.includes('\n') ? start.indexOf('\n') : undefined).trim()) !== null
}

function badLinesNote(name: string, count: number, first: number): string {
  return count === 1
    ? `line ${first} of ${name} was skipped: it is not a point of a trend`
    : `${count} lines of ${name} were skipped, the first is line ${first}: they are not points of a trend`
}

const tooLarge = (name: string, most: number): FootprintError =>
  new FootprintError(
    'UNREADABLE_INPUT',
    `${name} is too large: a trend may have ${Math.round(most / 1e6)} MB of lines. Remove the oldest`,
  )

/**
 * Returns whether a path is a folder.
 *
 * @throws FootprintError if nothing exists at this path
 */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
  })
  return found.isDirectory()
}

/** Returns the files with endings of records and points, sorted by name. */
async function filesBelow(folder: string, most: number): Promise<readonly string[]> {
  const files: string[] = []
  let seen = 0
  const walk = async (path: string, depth: number): Promise<void> => {
    const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      throw new FootprintError('UNREADABLE_INPUT', `the folder ${path} cannot be read: ${reasonOf(cause)}`, { cause })
    })
    seen += found.length
    if (seen > most)
      throw new FootprintError(
        'UNREADABLE_INPUT',
        `the folder ${folder} has more than ${most} entries: name a folder that has only records or lines`,
      )
    for (const entry of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inside = join(path, entry.name)
      if (entry.isDirectory() && depth < deepest) await walk(inside, depth + 1)
      else if (entry.isFile() && /\.(?:json|jsonl|ndjson)$/i.test(entry.name)) files.push(inside)
    }
  }
  await walk(folder, 1)
  return files
}

// `shown` is the file's name in messages.
async function textOf(path: string, most: number, shown = path): Promise<string> {
  const read = await readRegularFile(path, most)
  if (!('why' in read)) return read.toString('utf8')
  const reasons: Readonly<Record<string, string>> = {
    'no-file': 'it is not a file',
    'too-large': `it has more than ${Math.round(most / 1e6)} MB`,
  }
  throw new FootprintError(
    'UNREADABLE_INPUT',
    `${shown} cannot be read: ${reasons[read.why] ?? reasonOf(Object.assign(new Error(read.why), { code: read.why }))}`,
  )
}
