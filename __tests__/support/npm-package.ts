/** The npm package as its users get it. */
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { folderWith, run, succeed, type Ran } from './program.ts'

/** The environment in which npm asks no registry. */
export const offline = { npm_config_offline: 'true', npm_config_update_notifier: 'false' }

export const npm = (args: readonly string[], cwd: string): Promise<string> =>
  succeed('npm', args, { cwd, env: offline })

export interface Packed extends AsyncDisposable {
  readonly path: string
  readonly archive: string
  /** Installs the archive into an empty folder. */
  readonly installed: () => Promise<Installed>
}

export interface Installed {
  readonly place: string
  /** Runs the program as a user would. Neither this checkout nor its packages can be found from there. */
  readonly npx: (...args: readonly string[]) => Promise<Ran>
}

/** Returns what `npm pack` makes of this checkout, in a folder that has nothing else. */
export async function packed(): Promise<Packed> {
  const folder = await folderWith({})
  await npm(['pack', '--pack-destination', folder.path], process.cwd())
  const [name = ''] = await readdir(folder.path)
  const archive = join(folder.path, name)
  return { ...folder, archive, installed: () => install(folder.path, archive) }
}

async function install(folder: string, archive: string): Promise<Installed> {
  const place = join(folder, 'place')
  await mkdir(place)
  await npm(['install', '--no-audit', '--no-fund', archive], place)
  const env = {
    ...offline,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    NODE_PATH: undefined,
    XDG_CACHE_HOME: join(folder, 'cache'),
  }
  return { place, npx: (...args) => run('npx', ['stage-footprint', ...args], { cwd: place, env }) }
}
