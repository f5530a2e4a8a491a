/** Reads the surroundings of the program once, when it starts. */
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { makeFolder, reasonOf } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import { placesOf, type Places } from '../inputs/places.ts'

/** Returns the folders for a run on this machine. */
export function placesOnThisMachine(env: Environment, inWorkflow: boolean): Places {
  return placesOf({ env, userHome: userHome(), inWorkflow })
}

/** Returns the user's home folder. A container may run as a user that is not in its passwd database. */
function userHome(): string | null {
  try {
    return userInfo().homedir
  } catch {
    return null
  }
}

/**
 * Reports what is missing for the run, and whether results can be kept. It runs beside the user's build.
 *
 * @param warn receives sentences without a full stop
 */
export async function warnOfMissingPlaces(
  { cacheFolder, warnings }: Places,
  warn: (sentence: string) => void,
): Promise<void> {
  for (const warning of warnings) warn(warning)
  if (cacheFolder === null) return
  const probe = join(cacheFolder, `.${randomUUID()}.tmp`)
  try {
    await makeFolder(cacheFolder)
    await writeFile(probe, 'x', { flag: 'wx' })
  } catch (error) {
    warn(
      `the cache folder ${cacheFolder} cannot be written (${reasonOf(error)}), so nothing is kept for later runs: set XDG_CACHE_HOME to a writable folder`,
    )
  } finally {
    await rm(probe, { force: true }).catch(() => undefined)
  }
}
