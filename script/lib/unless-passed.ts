/**
 * Runs a check, unless it passed before with the same inputs: `unless-passed.ts COMMAND [ARGUMENT...]`.
 *
 * The inputs are the command, the content of every file of the checkout, the versions of the installed packages, and
 * Node. So each change of a file runs the whole check again. A pass is remembered only if no input changed while the
 * check ran. A failure is never remembered. The exit status is that of the check.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openTextStore } from '../../src/cache/text-store.ts'

/** Number of passes that are remembered, for all checks and checkouts of this user. */
const maxPasses = 1_000
/** Not read: Git's own data, and the packages, since `.package-lock.json` lists their versions. */
const notRead: readonly string[] = ['.git', 'node_modules']

const root = process.cwd()
const [command = '', ...args] = process.argv.slice(2)
const passes = openTextStore(join(cacheFolder(), 'stage-footprint', 'checks'), maxPasses)

const before = inputsKey()
if ((await passes.get(before)) !== null) {
  process.stderr.write('passed before with the same files: not run again\n')
} else {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
  if (status === 0 && inputsKey() === before) await passes.put(before, '')
}

function cacheFolder(): string {
  const given = process.env['XDG_CACHE_HOME'] ?? ''
  return given === '' ? join(homedir(), '.cache') : given
}

/** Returns a hash of all inputs. */
function inputsKey(): string {
  const hash = createHash('sha256')
  const add = (...parts: readonly (string | Buffer)[]): void => {
    // The length tells where a part ends.
    for (const part of parts) hash.update(`${Buffer.byteLength(part)} `).update(part)
  }
  const { version, platform, arch, env } = process
  add('command', command, ...args, 'node', version, platform, arch, env['NODE_OPTIONS'] ?? '')
  for (const path of ['node_modules/.package-lock.json', ...pathsBelow('')]) {
    const full = join(root, path)
    const stats = lstatSync(full, { throwIfNoEntry: false })
    if (stats?.isSymbolicLink()) add('link', path, readlinkSync(full))
    else if (stats?.isFile()) add((stats.mode & 0o100) === 0 ? 'file' : 'program', path, readFileSync(full))
  }
  return hash.digest('hex')
}

/** Returns the paths of all files and links below a folder, in a fixed order. */
function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => folder !== '' || !notRead.includes(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? pathsBelow(path) : [path]
    })
}
