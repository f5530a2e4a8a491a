/**
 * Reads records that other jobs left, possibly jobs for a fork. The names, number, size and contents of these files are
 * untrusted. Only regular files below the workspace or the runner's temporary folder are read.
 */
import { glob, lstat, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf, readRegularFile, reasonOf, reasonUnread } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'

/** A record that was read. */
export interface JobRecord {
  /** The path as shown to the user. */
  readonly path: string
  readonly footprint: Footprint
}

/** The records that could be read. */
export interface JobRecords {
  readonly records: readonly JobRecord[]
  /** One error for each file or pattern that gave no record. */
  readonly problems: readonly FootprintError[]
}

/** Limits for the files that are read. */
export interface RecordLimits {
  readonly files: number
  /** Size limit for one file, in bytes. */
  readonly file: number
  /** Size limit for all files together, in bytes. */
  readonly total: number
}

const recordLimits: RecordLimits = { files: 50, file: 5_000_000, total: 20_000_000 }

/**
 * Reads the records that match the patterns.
 *
 * @param patterns paths, folders or globs relative to `workspace`, one per line. A folder stands for the files
 * `*.record.json` below it
 * @param folders folders that may contain the files, such as the workspace and RUNNER_TEMP
 */
export async function readRecords(
  patterns: string,
  workspace: string,
  folders: readonly string[],
  limits: RecordLimits = recordLimits,
): Promise<JobRecords> {
  // A folder that does not exist contains no files.
  const roots = (await Promise.all(folders.map((folder) => realpath(folder).catch(() => null)))).filter(
    (root) => root !== null,
  )
  const problems: FootprintError[] = []
  const paths = new Set<string>()
  for (const pattern of patterns
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')) {
    let matched = false
    for await (const path of matches(pattern, workspace)) {
      matched = true
      paths.add(path)
      if (paths.size > limits.files)
        return { records: [], problems: [refuse(`records: more than ${limits.files} files match; name fewer`)] }
    }
    if (!matched) problems.push(refuse(`records: no file matches ${shown(pattern)}`))
  }
  const records: JobRecord[] = []
  let total = 0
  for (const path of [...paths].sort()) {
    const name = shown(relative(workspace, path))
    try {
      const text = await readRecordText(path, name, roots, Math.min(limits.file, limits.total - total))
      total += Buffer.byteLength(text)
      records.push({ path: name, footprint: parseRecord(text, name) })
    } catch (error) {
      problems.push(error instanceof FootprintError ? error : refuse(`${name} cannot be read: ${reasonOf(error)}`))
    }
  }
  return { records, problems }
}

async function* matches(pattern: string, workspace: string): AsyncGenerator<string> {
  const path = resolve(workspace, pattern)
  // If a file with exactly this name exists, its name is not a pattern, whatever characters it contains.
  const found = await stat(path).catch(() => null)
  if (found?.isFile() === true) yield path
  else if (found?.isDirectory() === true)
    for await (const file of glob('**/*.record.json', { cwd: path })) yield join(path, file)
  else for await (const file of glob(pattern, { cwd: workspace })) yield resolve(workspace, file)
}

/**
 * Reads a regular file inside one of the roots.
 *
 * @throws FootprintError UNREADABLE_INPUT if it is not such a file, or has more than `maxBytes` bytes
 */
async function readRecordText(path: string, name: string, roots: readonly string[], maxBytes: number): Promise<string> {
  const notRegular = `${name} is not a regular file, so it is not read as a record`
  if (!(await lstat(path)).isFile()) throw refuse(notRegular)
  const real = await realpath(path)
  if (!roots.some((root) => insideOf(root, real) !== null))
    throw refuse(`${name} lies outside the workspace and the runner's temporary folder, so it is not read as a record`)
  const read = await readRegularFile(path, maxBytes)
  if (!('why' in read)) return read.toString('utf8')
  if (read.why === 'too-large')
    throw refuse(`${name} is larger than records may be (${maxBytes} bytes are left for it)`)
  // The file may have been replaced in the meantime.
  const isReplaced = ['no-file', 'ELOOP', 'ENXIO'].includes(read.why)
  throw refuse(isReplaced ? notRegular : `${name} cannot be read: ${reasonUnread(read, maxBytes)}`)
}

function shown(path: string): string {
  return shorten(escapeTerminal(path), 200)
}

function refuse(sentence: string): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', sentence)
}
