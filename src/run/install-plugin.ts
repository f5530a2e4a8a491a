/** Installs this program where the docker client looks for plugins. */
import { lstat, realpath, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { FootprintError } from '../errors.ts'
import { makeFolder, reasonOf } from '../files.ts'
import { pluginProgram } from '../inputs/docker-plugin.ts'
import type { Places } from '../inputs/places.ts'

/**
 * Links the program into the folder `cli-plugins`. A link to another copy of it is replaced.
 *
 * @param program the path by which this program was started
 * @param platform a value of `process.platform`
 * @returns a message for the user
 * @throws FootprintError USAGE if a link cannot work: on Windows, or if npx started the program
 */
export async function installPlugin(
  program: string,
  { dockerConfigFolder }: Pick<Places, 'dockerConfigFolder'>,
  platform: string,
): Promise<string> {
  if (platform === 'win32')
    throw new FootprintError('USAGE', 'on Windows a plugin of docker has to be an .exe file: use stage-footprint')
  if (dockerConfigFolder === null)
    throw new FootprintError('USAGE', 'the docker client has no folder for plugins: set HOME or DOCKER_CONFIG')
  const target = await realpath(program)
  if (target.includes(`${sep}_npx${sep}`))
    throw new FootprintError(
      'USAGE',
      'npx installs this program only temporarily: run "npm install --global stage-footprint" first, then "stage-footprint install-plugin"',
    )
  const link = join(dockerConfigFolder, 'cli-plugins', pluginProgram)
  try {
    await makeFolder(dirname(link))
    await requireOurs(link, target)
    // Replaced in one step, so that there is a plugin at any time.
    const fresh = `${link}.${process.pid}`
    await symlink(target, fresh)
    await rename(fresh, link).catch(async (error: unknown) => {
      await rm(fresh, { force: true })
      throw error
    })
  } catch (error) {
    if (error instanceof FootprintError) throw error
    throw new FootprintError(
      'USAGE',
      `the plugin cannot be linked as ${link}: ${reasonOf(error)}. The link goes into the folder cli-plugins of DOCKER_CONFIG, or of ~/.docker`,
      {
        cause: error,
      },
    )
  }
  return `docker footprint is installed: ${link} -> ${target}\nTo remove it: rm ${link}\n`
}

/** A link may be replaced if it leads to another copy of this program, or nowhere. */
async function requireOurs(link: string, target: string): Promise<void> {
  const found = await lstat(link).catch(() => null)
  if (found === null) return
  const leadsTo = found.isSymbolicLink() ? await realpath(link).catch(() => null) : link
  if (leadsTo === null || tailOf(leadsTo) === tailOf(target)) return
  throw new FootprintError('USAGE', `${link} already exists and is not a link to this program: remove it first`)
}

/** The end of a path, which is the same for every copy of this program: `dist/cli/index.js`. */
const tailOf = (path: string): string => path.split(sep).slice(-3).join(sep)
