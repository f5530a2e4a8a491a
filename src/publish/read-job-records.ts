/**
 * Records that other jobs left, perhaps jobs of a fork: the names, the number, the size and the bytes of these files
 * are all theirs to choose. Only regular files below the workspace or the runner's temporary folder are read.
 */
import { constants } from 'node:fs'
import { glob, lstat, open, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { FootprintError } from '../errors.ts'
import { reasonOf } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import { parseRecord } from '../record/parse-record.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'

export interface RecordIn {
  /** As shown to the user. */
  readonly path: string
  readonly footprint: Footprint
}

export interface RecordsIn {
  readonly records: readonly RecordIn[]
  /** One for each file or pattern that gave no record. */
  readonly problems: readonly FootprintError[]
}

export interface RecordLimits {
  readonly files: number
  /** Bytes. */
  readonly file: number
  /** Bytes. */
  readonly total: number
}

const recordLimits: RecordLimits = { files: 50, file: 5_000_000, total: 20_000_000 }

/**
 * @param patterns paths, folders or globs, one a line, from `workspace`; a folder stands for the files `*.record.json` below it
 * @param folders where files may lie, such as the workspace and RUNNER_TEMP
 */
export async function readRecords(
  patterns: string,
  workspace: string,
  folders: readonly string[],
  limits: RecordLimits = recordLimits,
): Promise<RecordsIn> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder)))
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
  const records: RecordIn[] = []
  let total = 0
  for (const path of [...paths].sort()) {
    const name = shown(relative(workspace, path))
    try {
      const text = await readRegularFile(path, name, roots, Math.min(limits.file, limits.total - total))
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
  // A file that exists under this very name needs no pattern, whatever characters are in its name.
  const found = await stat(path).catch(() => null)
  if (found?.isFile() === true) yield path
  else if (found?.isDirectory() === true)
    for await (const file of glob('**/*.record.json', { cwd: path })) yield join(path, file)
  else for await (const file of glob(pattern, { cwd: workspace })) yield resolve(workspace, file)
}

/** @throws FootprintError UNREADABLE_INPUT */
async function readRegularFile(path: string, name: string, roots: readonly string[], most: number): Promise<string> {
  const file = await lstat(path)
  if (!file.isFile()) throw refuse(`${name} is not a regular file, so it is not read as a record`)
  const real = await realpath(path)
  if (!roots.some((root) => isInside(root, real)))
    throw refuse(`${name} lies outside the workspace and the runner's temporary folder, so it is not read as a record`)
  // Should something else take its place in this moment, it is neither followed nor waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    if (!(await handle.stat()).isFile()) throw refuse(`${name} is not a regular file, so it is not read as a record`)
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, most) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = (await handle.read(buffer, length, buffer.length - length)).bytesRead
    if (length > most) throw refuse(`${name} is larger than records may be (${most} bytes are left for it)`)
    return buffer.toString('utf8', 0, length)
  } finally {
    await handle.close()
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function shown(path: string): string {
  return shorten(escapeTerminal(path), 200)
}

function refuse(sentence: string): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', sentence)
}
