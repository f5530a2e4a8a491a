/** Where our files go, and what is missing for that: decided once, when the program starts, from its surroundings. */
import { isAbsolute, join } from 'node:path'
import type { Environment } from './inputs.ts'

/** What a program finds where it is started. */
export interface Surroundings {
  readonly env: Environment
  /** Home folder of this user in the passwd database; null where there is no entry. */
  readonly userHome: string | null
  /** Whether this is a step of a workflow, for which the runner sets variables of its own. */
  readonly inWorkflow: boolean
}

export interface Places {
  /** Folder of what is kept between runs; null where it has no place. */
  readonly cacheFolder: string | null
  /** Folders in which a temporary folder may be made. The first one that can be written is used. */
  readonly tempFolders: readonly string[]
  /** Folder of the Docker client's configuration; null where it has no place. */
  readonly dockerConfigFolder: string | null
  /** Sentences without a full stop: what is missing or useless, and what that means. */
  readonly warnings: readonly string[]
}

/** Folder for the indexes of layers; null where nothing is kept. */
export function indexFolderOf({ cacheFolder }: Pick<Places, 'cacheFolder'>): string | null {
  return cacheFolder === null ? null : join(cacheFolder, 'layers')
}

/** Folder for records; null where nothing is kept. */
export function recordFolderOf({ cacheFolder }: Pick<Places, 'cacheFolder'>): string | null {
  return cacheFolder === null ? null : join(cacheFolder, 'records')
}

/**
 * A relative path is never used: the current folder most often is the build context, and a file of ours in it would
 * change the user's build.
 */
export function placesOf(surroundings: Surroundings): Places {
  const { env, inWorkflow } = surroundings
  const home = homeOf(surroundings)
  const cache = cacheOf(env, home.folder)
  const temp = tempOf(env, inWorkflow)
  return {
    cacheFolder: cache.folder,
    tempFolders: temp.folders,
    dockerConfigFolder: dockerConfigOf(surroundings),
    warnings: [
      ...cache.warnings,
      // Where the cache does not lie in it, nothing else does.
      ...(cache.inHome ? home.warnings : []),
      ...temp.warnings,
      ...(inWorkflow ? runnerFiles(env) : []),
    ],
  }
}

interface Home {
  readonly folder: string | null
  readonly warnings: readonly string[]
}

function homeOf({ env, userHome }: Surroundings): Home {
  const said = env['HOME']
  if (said !== undefined && isAbsolute(said)) return { folder: said, warnings: [] }
  const folder = userHome !== null && isAbsolute(userHome) ? userHome : null
  const problem =
    said === undefined
      ? 'HOME is not set'
      : said === ''
        ? 'HOME is empty'
        : `HOME is "${said}", which is not an absolute path`
  if (folder === null) {
    return {
      folder,
      warnings: [
        `${problem}, and this user has no home folder, so nothing is kept for later runs: set HOME or XDG_CACHE_HOME`,
      ],
    }
  }
  return {
    folder,
    warnings: said === undefined ? [] : [`${problem}: the user's home folder ${folder} is used instead`],
  }
}

/** As the XDG Base Directory Specification has it. */
function cacheOf(
  env: Environment,
  home: string | null,
): { readonly folder: string | null; readonly inHome: boolean; readonly warnings: readonly string[] } {
  const said = env['XDG_CACHE_HOME'] ?? ''
  if (isAbsolute(said)) return { folder: join(said, 'stage-footprint'), inHome: false, warnings: [] }
  const folder = home === null ? null : join(home, '.cache', 'stage-footprint')
  return {
    folder,
    inHome: true,
    warnings: said === '' ? [] : [`XDG_CACHE_HOME is "${said}", which is not an absolute path: it is ignored`],
  }
}

/** As the Docker client has it, which takes a relative HOME for what it says. */
function dockerConfigOf({ env, userHome }: Surroundings): string | null {
  if (env['DOCKER_CONFIG']) return env['DOCKER_CONFIG']
  const home = env['HOME'] || userHome
  return home ? join(home, '.docker') : null
}

/** Those that everybody has. */
const systemTempFolders = ['/tmp', '/var/tmp']

function tempOf(
  env: Environment,
  inWorkflow: boolean,
): { readonly folders: readonly string[]; readonly warnings: readonly string[] } {
  const named = [...(inWorkflow ? ['RUNNER_TEMP'] : []), 'TMPDIR', 'TMP', 'TEMP']
    .map((name) => ({ name, folder: env[name] ?? '' }))
    .filter(({ folder }) => folder !== '')
  const missing =
    inWorkflow && !env['RUNNER_TEMP']
      ? ['RUNNER_TEMP is not set: the files of the report go to the temporary folder of the system']
      : []
  const relative = named
    .filter(({ folder }) => !isAbsolute(folder))
    .map(({ name, folder }) => `${name} is "${folder}", which is not an absolute path: it is ignored`)
  const folders = named.map(({ folder }) => folder).filter((folder) => isAbsolute(folder))
  return { folders: [...new Set([...folders, ...systemTempFolders])], warnings: [...missing, ...relative] }
}

function runnerFiles(env: Environment): readonly string[] {
  return [
    ...(env['GITHUB_OUTPUT'] ? [] : ['GITHUB_OUTPUT is not set: later steps get no outputs of this one']),
    ...(env['GITHUB_STEP_SUMMARY'] ? [] : ['GITHUB_STEP_SUMMARY is not set: there is no job summary']),
  ]
}
