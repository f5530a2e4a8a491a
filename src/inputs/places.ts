/**
 * Decides where our files go, and what is missing for that. It is decided once, when the program starts, from its
 * environment.
 */
import { isAbsolute, join } from 'node:path'
import type { Environment } from './inputs.ts'

/** What the program finds when it is started. */
export interface PlacesRequest {
  readonly env: Environment
  /** Home folder of this user in the passwd database, or null if there is no entry. */
  readonly userHome: string | null
  /** Whether this is a step of a workflow, for which the runner sets its own variables. */
  readonly inWorkflow: boolean
}

/** Where our files go. */
export interface Places {
  /** Folder for what is kept between runs, or null if there is no place for it. */
  readonly cacheFolder: string | null
  /** Folders in which a temporary folder may be made. The first writable one is used. */
  readonly tempFolders: readonly string[]
  /** Folder of the Docker client's configuration, or null if there is no place for it. */
  readonly dockerConfigFolder: string | null
  /** Sentences without a full stop that say what is missing or unusable, and what follows from it. */
  readonly warnings: readonly string[]
}

/** Names of the folders in the cache folder. */
export const layersName = 'layers'
export const recordsName = 'records'

/** Returns the folder for the indexes of layers, or null if nothing is kept. */
export function indexFolderOf({ cacheFolder }: Pick<Places, 'cacheFolder'>): string | null {
  return cacheFolder === null ? null : join(cacheFolder, layersName)
}

/** Returns the folder for records, or null if nothing is kept. */
export function recordFolderOf({ cacheFolder }: Pick<Places, 'cacheFolder'>): string | null {
  return cacheFolder === null ? null : join(cacheFolder, recordsName)
}

/** Returns the folder for trends, or null if nothing is kept. */
export function trendFolderOf({ cacheFolder }: Pick<Places, 'cacheFolder'>): string | null {
  return cacheFolder === null ? null : join(cacheFolder, 'trend')
}

/**
 * Decides where our files go. A relative path is never used: the current folder is usually the build context, and one
 * of our files in it would change the user's build.
 */
export function placesOf(surroundings: PlacesRequest): Places {
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
      // If the cache is not in the home folder, nothing else is.
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

function homeOf({ env, userHome }: PlacesRequest): Home {
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

/** Follows the XDG Base Directory Specification. */
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

/** Follows the Docker client, which uses a relative HOME as it is. */
function dockerConfigOf({ env, userHome }: PlacesRequest): string | null {
  if (env['DOCKER_CONFIG']) return env['DOCKER_CONFIG']
  const home = env['HOME'] || userHome
  return home ? join(home, '.docker') : null
}

/** The folders that every system has. */
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
