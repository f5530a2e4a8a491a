/** The temporary folder of a run. Everything that we write for ourselves lies in it, and it is gone afterwards. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { lstat, mkdtemp, opendir, rename, rm, statfs, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from './errors.ts'
import { reasonOf } from './files.ts'
import { atExit } from './at-exit.ts'
import type { Unavailable } from './unavailable.ts'

export interface Workspace {
  readonly folder: string
  /** Sentences without a full stop: the folders that were asked for and could not be used. */
  readonly warnings: readonly string[]
  /** What cannot be removed is left for a later run. */
  readonly remove: () => Promise<void>
}

const prefix = 'stage-footprint-'
/** As `mkdtemp` makes it. */
const namePattern = /^stage-footprint-[A-Za-z0-9]{6}$/
/** A file that tells our folders from others whose name is alike. */
const marker = '.stage-footprint'
const hourMs = 60 * 60 * 1000
const leftoverMs = 24 * hourMs
/** Entries of a shared folder that are looked at. */
const mostEntries = 20_000
/** Below this, the client could not write what it says of the user's build, and would fail. Bytes. */
const leastForBuild = 16_000_000

/**
 * Makes the folder in the first parent that can be written. Folders that killed runs of this user left there at least a
 * day ago are removed together with it.
 *
 * @throws FootprintError WEIGHING_FAILED where there is no such parent
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
    // Nobody takes the folder of a run that takes days for a leftover.
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

async function makeIn(parent: string): Promise<{ readonly folder: string } | Unavailable> {
  let folder: string | null = null
  try {
    folder = await mkdtemp(join(parent, prefix))
    const free = await freeBytes(folder)
    if (free === null || free >= leastForBuild) {
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
 * Moves leftovers into our own folder, where no other user can exchange them while they are removed. `/tmp` is shared:
 * only a folder of this user, closed to others and with our marker is one of ours, and no link is followed.
 */
async function adoptLeftovers(parent: string, folder: string): Promise<void> {
  const user = process.getuid?.()
  if (user === undefined) return
  let looked = 0
  for await (const { name } of await opendir(parent)) {
    if (++looked > mostEntries) return
    const path = join(parent, name)
    if (!namePattern.test(name) || path === folder || !(await isLeftover(path, user, Date.now() - leftoverMs))) continue
    const taken = join(folder, `leftover-${name}`)
    const moved = await rename(path, taken).then(
      () => true,
      () => false,
    )
    // Where others may rename in the parent, something else may have taken its place since.
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

/** Below this, weighing is not begun: a builder stage's new layers would fill the disk of the job. Bytes. */
const leastFreeBytes = 256_000_000

/** Refuses to weigh onto a disk that is nearly full. */
export async function requireFreeSpace(folder: string, least: number = leastFreeBytes): Promise<void> {
  const free = await freeBytes(folder)
  if (free !== null && free < least) throw diskSpaceError(folder, free)
}

/** Null where the file system does not say. */
async function freeBytes(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  )
}

export function diskSpaceError(folder: string, free: number | null, cause?: unknown): FootprintError {
  const left = free === null ? 'the disk is full' : `only ${Math.floor(free / 1e6)} MB are free`
  return new FootprintError(
    'DISK_SPACE',
    `the stages were not weighed: ${left} in ${folder}; free some space, or set TMPDIR (RUNNER_TEMP on a runner) to a larger disk`,
    cause === undefined ? undefined : { cause },
  )
}
