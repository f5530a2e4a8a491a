/**
 * Reads points and records from files and folders. A folder's content may come from anywhere, so links are not
 * followed.
 */
import { readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { isFolder, readRegularFile, reasonOf, reasonUnread, type Unread } from '../files.ts'
import { layersName } from '../inputs/places.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { pointCollector, type BadLines } from './collect-points.ts'
import type { Placed } from './order.ts'
import type { Point } from './point.ts'
import { beginsWithPoint, hasLines, openRegularFile, readChunks } from './read-lines.ts'

/** Limits for what is read. */
export interface TrendLimits {
  /** Limit in bytes for all lines together, and for a single record. */
  readonly bytes: number
  /** Limit for the files and folders in a folder. */
  readonly entries: number
}

/** Limit for the depth of folders. The record folder of the action has three levels. */
const maxDepth = 6

/** How many skipped files of a folder are named. */
const maxSkipped = 5

/** A record and its place in its branch. Its content is not kept, because hundreds would take too much memory. */
export interface FoundRecord extends Placed {
  readonly path: string
  readonly branch: string | null
}

/** The path of standard input. */
const stdinPath = '-'

/** What was read from all sources together. */
export class TrendSources {
  readonly #limits: TrendLimits
  readonly #readStdin: (maxBytes: number) => Promise<Buffer>
  readonly #lines = new Map<string, Point>()
  readonly #records = new Map<string, FoundRecord>()
  readonly #notes: string[] = []
  /** The record on standard input, which can be read only once. */
  #fromStdin: Footprint | null = null
  /** The bytes that further lines may have. */
  #left: number

  constructor(limits: TrendLimits, readStdin: (maxBytes: number) => Promise<Buffer>) {
    this.#limits = limits
    this.#left = limits.bytes
    this.#readStdin = readStdin
  }

  /** The points that were among lines, by `pointKeyOf`. */
  get lines(): ReadonlyMap<string, Point> {
    return this.#lines
  }

  get records(): readonly FoundRecord[] {
    return [...this.#records.values()]
  }

  /** Sentences about what was skipped. */
  get notes(): readonly string[] {
    return this.#notes
  }

  /**
   * Reads a source. A file in a folder that cannot be read becomes a note.
   *
   * @param source a file of records or of points, a folder of both, or `-` for standard input
   * @throws FootprintError UNREADABLE_INPUT if a named file cannot be read or is neither, or if the total is too large
   */
  async add(source: string): Promise<void> {
    if (source === stdinPath) await this.#addStdin()
    else if (await isFolder(source)) await this.#addFolder(source)
    else await this.#addFile(await followed(source), source)
  }

  /**
   * Returns the content of a record that was found.
   *
   * @throws FootprintError UNREADABLE_INPUT if it can no longer be read
   */
  async recordAt(path: string): Promise<Footprint> {
    if (path === stdinPath && this.#fromStdin !== null) return this.#fromStdin
    return readRecord(await followed(path), this.#limits.bytes, path)
  }

  async #addStdin(): Promise<void> {
    const name = 'standard input'
    const all = await this.#readStdin(this.#limits.bytes)
    if (all.length === 0) this.#notes.push('standard input is empty: it has no points')
    if (beginsWithPoint(all)) {
      this.#left -= all.length
      if (this.#left < 0) throw tooLarge(name, this.#limits.bytes)
      const collector = pointCollector(this.#lines)
      collector.take(all)
      this.#noteBadLines(collector.end(), name)
    } else {
      this.#fromStdin = parseRecord(all.toString('utf8'), name)
      this.#addRecord(this.#fromStdin, stdinPath)
    }
  }

  async #addFolder(folder: string): Promise<void> {
    const skipped: string[] = []
    for (const path of await filesBelow(folder, this.#limits.entries)) {
      try {
        await this.#addFile(path, path)
      } catch (error) {
        if (!(error instanceof FootprintError) || this.#left < 0) throw error
        // The message names the file.
        skipped.push(`skipped: ${error.message}`)
      }
    }
    const more = skipped.length - maxSkipped
    this.#notes.push(
      ...skipped.slice(0, maxSkipped),
      ...(more > 0 ? [`skipped: ${more} more ${more === 1 ? 'file' : 'files'} in ${folder}`] : []),
    )
  }

  /** @param shown name of the file in messages */
  async #addFile(path: string, shown: string): Promise<void> {
    const { bytes } = this.#limits
    const file = await openRegularFile(path)
    if ('why' in file) throw unread(shown, file, bytes)
    try {
      const size = (await file.stat()).size
      if (size === 0 && /\.json$/i.test(shown))
        throw new FootprintError('UNREADABLE_INPUT', `${shown} is empty: it is not a record`)
      if (await hasLines(file, shown)) {
        const collector = pointCollector(this.#lines)
        const read = await readChunks(file, this.#left, collector.take)
        this.#left -= read ?? Infinity
        if (read === null) throw tooLarge(shown, bytes)
        this.#noteBadLines(collector.end(), shown)
        return
      }
    } finally {
      await file.close()
    }
    this.#addRecord(await readRecord(path, bytes, shown), shown)
  }

  #addRecord({ revision }: Footprint, path: string): void {
    if (revision === undefined) this.#notes.push(`${path} was skipped: this record does not say which commit it is of`)
    else {
      const { commit, branch, weighedAt, committedAt } = revision
      this.#records.set(path, { path, commit, branch, time: weighedAt, committed: committedAt })
    }
  }

  #noteBadLines({ badLines, firstBadLine }: BadLines, name: string): void {
    if (firstBadLine !== null) this.#notes.push(badLinesNote(name, badLines, firstBadLine))
  }
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

/** What our cache folder knows about layers is in folders with these names. */
const ofLayers = /^(?:documents|(?:[a-z]+-)*v\d+)$/

/**
 * Returns the files with endings of records and points, sorted by name. The folder of layers in our cache folder has
 * neither.
 */
async function filesBelow(folder: string, maxEntries: number): Promise<readonly string[]> {
  const files: string[] = []
  let seen = 0
  const walk = async (path: string, name: string, depth: number): Promise<void> => {
    const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      throw new FootprintError('UNREADABLE_INPUT', `the folder ${path} cannot be read: ${reasonOf(cause)}`, { cause })
    })
    seen += found.length
    if (seen > maxEntries)
      throw new FootprintError(
        'UNREADABLE_INPUT',
        `the folder ${folder} has more than ${maxEntries} entries: name a folder that has only records or lines`,
      )
    if (name === layersName && found.every((entry) => ofLayers.test(entry.name))) return
    for (const entry of found.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const inside = join(path, entry.name)
      if (entry.isDirectory() && depth < maxDepth) await walk(inside, entry.name, depth + 1)
      else if (entry.isFile() && /\.(?:json|jsonl|ndjson)$/i.test(entry.name)) files.push(inside)
    }
  }
  await walk(folder, basename(folder), 1)
  return files
}

// `shown` is the file's name in messages.
async function readRecord(path: string, maxBytes: number, shown: string): Promise<Footprint> {
  const read = await readRegularFile(path, maxBytes)
  if ('why' in read) throw unread(shown, read, maxBytes)
  return parseRecord(read.toString('utf8'), shown)
}

function unread(shown: string, why: Unread, maxBytes: number): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', `${shown} cannot be read: ${reasonUnread(why, maxBytes)}`)
}
