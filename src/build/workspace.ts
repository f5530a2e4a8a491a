/** The temporary folder of a run. Everything that we write for ourselves lies in it, and it is gone afterwards. */
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'

export interface Workspace {
  readonly folder: string
  readonly remove: () => Promise<void>
}

/** @param parent `RUNNER_TEMP` on a runner; the system's temporary folder elsewhere */
export async function createWorkspace(parent: string = tmpdir()): Promise<Workspace> {
  const folder = await mkdtemp(join(parent, 'stage-footprint-')).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `no temporary folder can be made in ${parent}: set TMPDIR`, {
      cause,
    })
  })
  return {
    folder,
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** Below this, weighing is not begun: a builder stage's new layers would fill the disk of the job. Bytes. */
const leastFreeBytes = 256_000_000

/** Refuses to weigh onto a disk that is nearly full. */
export async function requireFreeSpace(folder: string, least: number = leastFreeBytes): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < least) throw diskSpaceError(folder, free)
}

export function diskSpaceError(folder: string, free: number | null, cause?: unknown): FootprintError {
  const left = free === null ? 'the disk is full' : `only ${Math.floor(free / 1e6)} MB are free`
  return new FootprintError(
    'DISK_SPACE',
    `the stages were not weighed: ${left} in ${folder}; free some space, or set TMPDIR (RUNNER_TEMP on a runner) to a larger disk`,
    cause === undefined ? undefined : { cause },
  )
}
