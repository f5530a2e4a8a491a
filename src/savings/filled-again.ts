/** Finds caches that a later step fills again if an earlier one no longer keeps them. Pure. */
import type { Ecosystem } from '../packages/package.ts'
import type { StageFiles } from './files.ts'
import { startsUnknown } from './known-programs.ts'
import { onceEach } from './once-each.ts'
import { scriptIn } from './package-scripts.ts'
import { isRun, says, type Rule } from './rule.ts'
import { startedBy } from './started-commands.ts'
import { mayRunScript } from './step-reads.ts'

/** What fills a cache. */
interface Tool {
  /** Programs, and modules of Python. */
  readonly commands: readonly string[]
  /** The packages that it installs. A layer with some may be its work, whatever the text of the step says. */
  readonly installs?: Ecosystem
  /** Words of a command that cleans this cache. */
  readonly clean?: readonly string[]
  /** An option with which all of a command keeps nothing in the cache, and reads nothing from it. */
  readonly without?: string
  /** Whether other programs read the cache, too, so that any program may. */
  readonly isReadByOthers?: true
}

const javascript = ['npm', 'npx', 'yarn', 'pnpm', 'node']

/** The tools by rule. Those of other rules are the readers of the cache. */
const tools: Readonly<Record<string, Tool>> = {
  'apk-cache': { commands: ['apk'], clean: ['cache', 'clean'], without: '--no-cache' },
  'dnf-cache': { commands: ['dnf', 'microdnf', 'yum'], clean: ['clean'] },
  'zypper-cache': { commands: ['zypper'], clean: ['clean'] },
  'pacman-cache': { commands: ['pacman'] },
  // With `--no-cache-dir`, another pip that builds a package still uses the cache.
  'pip-cache': { commands: ['pip', 'pip3', 'build', 'flit', 'hatch', 'tox', 'nox', 'pdm'], installs: 'pypi', clean: ['cache', 'purge'] }, // prettier-ignore
  'uv-cache': { commands: ['uv'], installs: 'pypi', clean: ['cache', 'clean'], without: '--no-cache' },
  'poetry-cache': { commands: ['poetry'], installs: 'pypi', without: '--no-cache' },
  'virtualenv-cache': { commands: ['virtualenv', 'pipenv', 'poetry', 'tox', 'nox', 'hatch', 'pdm'] },
  'conda-packages': { commands: ['conda', 'mamba', 'micromamba'], installs: 'conda', clean: ['clean'] },
  'npm-cache': { commands: ['npm', 'npx'], installs: 'npm', clean: ['cache', 'clean', '--force'] },
  'node-headers': { commands: [...javascript, 'bun', 'node-gyp'], installs: 'npm' },
  'node-compile-cache': { commands: [...javascript, 'corepack'], isReadByOthers: true },
  'yarn-cache': { commands: ['yarn'], installs: 'npm', clean: ['cache', 'clean'] },
  'pnpm-store': { commands: ['pnpm'], installs: 'npm' },
  'pnpm-cache': { commands: ['pnpm'], installs: 'npm' },
  'javascript-cache': { commands: [...javascript, 'bun', 'bunx'], isReadByOthers: true },
  'bun-cache': { commands: ['bun', 'bunx'], installs: 'npm' },
  'composer-cache': { commands: ['composer'], installs: 'composer', clean: ['clear-cache'], without: '--no-cache' },
  'gem-cache': { commands: ['gem', 'bundle'], installs: 'gem' },
  'bundler-cache': { commands: ['bundle'], installs: 'gem' },
}

/** Returns whether a command starts one of these tools. A module of Python is one, too. `bundle exec` starts another one. */
function starts([name = '', option, module = '']: readonly string[], commands: readonly string[]): boolean {
  if (name === 'bundle' && option === 'exec') return false
  return commands.includes(name) || (option === '-m' && commands.includes(module))
}

/**
 * Returns a function for whether a later step may take from a cache what it would otherwise fetch and keep: it runs the
 * tool, or a program of which nothing is known, or its layer adds or deletes packages of that kind, or adds to the cache.
 *
 * @param writers the layers that add to each cache, by rule
 */
export function fillsAgain(
  files: StageFiles,
  writers: ReadonlyMap<string, ReadonlySet<number>>,
): (rule: Rule, layer: number) => boolean {
  const changed = packagesChanged(files)
  const commandsAt = onceEach((position: number) => startedBy(files.textOf(position)) ?? [])
  const addsAt = ({ id }: Rule, position: number): boolean => writers.get(id)?.has(position) === true
  const isUnknownAt = onceEach((position: number) => startsUnknown(files.textOf(position)))
  return (rule, layer) => {
    const tool = tools[rule.id]
    const isTraced = (position: number): boolean =>
      (tool?.installs !== undefined && changed.get(position)?.has(tool.installs) === true) || addsAt(rule, position)
    return files.layers.some((_, position) => {
      const text = files.textOf(position)
      if (position <= layer || !isRun(text)) return false
      // Of Git, other rules tell.
      if (tool === undefined) return rule.id !== 'git-folder' && says(text, ...(rule.readBy ?? []))
      const own = commandsAt(position).filter((command) => starts(command, tool.commands))
      // A script of the project may install packages, as its layer shows.
      const isScript = tool.installs !== undefined && own.every((command) => scriptIn(command) !== null)
      // A command in a branch may not have cleaned up.
      if (own.length > 0 && !isScript) return !leavesNothing(own, tool) || addsAt(rule, position)
      if (commandsAt(position).some((command) => names(command, rule))) return true
      return isUnknownAt(position) || (mayRunScript(text) && (tool.isReadByOthers === true || isTraced(position)))
    })
  }
}

/** Returns whether a command names files of a cache, so that it may need them. `rm -f` does not. */
export function names(
  [program, ...words]: readonly string[],
  { directories = [] }: Pick<Rule, 'directories'>,
): boolean {
  if (program === 'rm' && words.some((word) => /^-\w*f|^--force$/.test(word))) return false
  const starts = directories.map((directory) => directory.split('*', 1)[0] ?? directory)
  return words.some((word) => starts.some((start) => word.includes(start)))
}

/** Returns whether the commands of a tool clean up, or keep nothing. */
function leavesNothing(own: readonly (readonly string[])[], { clean, without }: Tool): boolean {
  const cleans = (command: readonly string[]): boolean => clean?.every((word) => command.includes(word)) === true
  return own.some(cleans) || (without !== undefined && own.every((command) => command.includes(without)))
}

/** Returns the ecosystems of the packages of which each layer adds or deletes files. */
function packagesChanged(files: StageFiles): ReadonlyMap<number, ReadonlySet<Ecosystem>> {
  const { files: table } = files.fileSystem
  const changed = new Map<number, Set<Ecosystem>>()
  for (let file = 1; file <= files.count; file += 1) {
    const ecosystem = files.details.packageOf(file)?.ecosystem
    if (ecosystem === undefined) continue
    for (const layer of [table.adderOf(file), table.hiderOf(file)]) {
      const some = changed.get(layer) ?? new Set()
      changed.set(layer, some.add(ecosystem))
    }
  }
  return changed
}
