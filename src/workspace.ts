/** The temporary folder of a run. It contains all of our own files and is removed at the end. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, mkdtemp, opendir, rename, rm, statfs, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from './errors.ts'
import { reasonOf } from './files.ts'
import { atExit } from './at-exit.ts'
import type { Unavailable } from './unavailable.ts'

/** The temporary folder of a run. */
export interface Workspace {
  readonly folder: string
  /** Sentences without a full stop about requested folders that could not be used. */
  readonly warnings: readonly string[]
  /** Removes the folder. What cannot be removed is left for a later run. */
  readonly remove: () => Promise<void>
}

const prefix = 'stage-footprint-'
/** The form of names that `mkdtemp` makes. */
const namePattern = /^stage-footprint-[A-Za-z0-9]{6}$/
/** A file that distinguishes our folders from others with a similar name. */
const marker = '.stage-footprint'
const hourMs = 60 * 60 * 1000
const leftoverMs = 24 * hourMs
/** Limit for the entries of a shared folder that are examined. */
const maxEntries = 20_000
/** Free bytes below which the client might fail, because it could not write the metadata of the user's build. */
const minForBuild = 16_000_000

/**
 * Makes the folder in the first of these parents that can be written to. Folders that killed runs of this user left
 * there at least a day ago are removed together with it.
 *
 * @throws FootprintError WEIGHING_FAILED if no parent can be written to
 */
export async function createWorkspace(parents: readonly string[]): Promise<Workspace> {
  const refused: string[] = []
  for (const parent of parents) {
    const made = await makeIn(parent)
    if ('why' in made) {
      refused.push(`${parent} (${made.why})`)
      continue
    }
    const { folder } = made
    const leftovers = adoptLeftovers(parent, folder).catch(() => undefined)
    const forgotten = atExit(() => rmSync(folder, { recursive: true, force: true }))
    // Keeps the folder's time recent, so that other runs do not remove the folder of a run that takes days.
    const alive = setInterval(() => void utimes(folder, new Date(), new Date()).catch(() => undefined), hourMs).unref()
    return {
      folder,
      warnings:
        refused.length === 0
          ? []
          : [`no temporary folder can be made in ${refused.join(' or ')}: ${parent} is used instead`],
      remove: async () => {
        clearInterval(alive)
        await leftovers
        await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
        forgotten()
      },
    }
  }
  throw new FootprintError(
    'WEIGHING_FAILED',
    `no temporary folder can be made in ${refused.join(' or ')}: set TMPDIR (RUNNER_TEMP on a runner) to a writable folder`,
  )
}

/**
 * Makes a folder that outlives this run, in the first of these parents that can be written to. A later run removes it
 * when it is a day old.
 *
 * @throws FootprintError UNREADABLE_INPUT if no parent can be written to
 */
export async function createLastingFolder(parents: readonly string[]): Promise<string> {
  const refused: string[] = []
  for (const parent of parents) {
    const made = await makeIn(parent)
    if ('folder' in made) return made.folder
    refused.push(`${parent} (${made.why})`)
  }
  throw new FootprintError(
    'UNREADABLE_INPUT',
    `no temporary folder can be made in ${refused.join(' or ')}: set TMPDIR to a writable folder`,
  )
}

async function makeIn(parent: string): Promise<{ readonly folder: string } | Unavailable> {
  let folder: string | null = null
  try {
    folder = await mkdtemp(join(parent, prefix))
    const free = await freeBytes(folder)
    if (free === null || free >= minForBuild) {
      await writeFile(join(folder, marker), '', { flag: 'wx' })
      return { folder }
    }
    await rm(folder, { recursive: true })
    return { why: 'its disk is full' }
  } catch (error) {
    if (folder !== null) await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    return { why: reasonOf(error) }
  }
}

/**
 * Moves leftovers into our own folder, so that no other user can replace them while they are removed. `/tmp` is shared,
 * so a folder counts as ours only if it belongs to this user, is closed to others and contains our marker. Links are
 * not followed.
 */
async function adoptLeftovers(parent: string, folder: string): Promise<void> {
  const user = process.getuid?.()
  if (user === undefined) return
  let examined = 0
  for await (const { name } of await opendir(parent)) {
    if (++examined > maxEntries) return
    const path = join(parent, name)
    if (!namePattern.test(name) || path === folder || !(await isLeftover(path, user, Date.now() - leftoverMs))) continue
    const taken = join(folder, `leftover-${name}`)
    const moved = await rename(path, taken).then(
      () => true,
      () => false,
    )
    // If others may rename in the parent, something else may have taken its place since the check.
    if (moved && !(await isLeftover(taken, user, Infinity))) await giveBack(taken, path)
  }
}

async function isLeftover(path: string, user: number, before: number): Promise<boolean> {
  const found = await lstat(path).catch(() => null)
  if (
    found === null ||
    !found.isDirectory() ||
    found.uid !== user ||
    (found.mode & 0o077) !== 0 ||
    found.mtimeMs > before
  )
    return false
  const mark = await lstat(join(path, marker)).catch(() => null)
  return mark !== null && mark.isFile() && mark.uid === user
}

async function giveBack(taken: string, path: string): Promise<void> {
  await rename(taken, path).catch(() => rename(taken, `${path}.${randomUUID()}`))
}

/**
 * Free bytes below which weighing does not start, because the new layers of a builder stage would fill the job's disk.
 */
const minFreeBytes = 256_000_000

/**
 * Checks that the disk has enough free space for weighing.
 *
 * @param minBytes required free space in bytes
 * @throws FootprintError if there is less
 */
export async function requireFreeSpace(folder: string, minBytes: number = minFreeBytes): Promise<void> {
  const free = await freeBytes(folder)
  if (free !== null && free < minBytes) throw diskSpaceError(folder, free)
}

/** Returns the free bytes, or null if the file system does not report them. */
async function freeBytes(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  )
}

/** Returns the error for a disk that is too full to weigh. `free` is in bytes, or null if not known. */
export function diskSpaceError(folder: string, free: number | null): FootprintError {
  const left = free === null ? 'the disk is full' : `only ${Math.floor(free / 1e6)} MB are free`
  return new FootprintError(
    'DISK_SPACE',
    `${left} in ${folder}; free some space, or set TMPDIR (RUNNER_TEMP on a runner) to a larger disk`,
  )
}
