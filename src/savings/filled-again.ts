/** Finds caches that a later step fills again if an earlier one no longer keeps them. Pure. */
import type { Ecosystem } from '../packages/package.ts'
import { commandsIn } from './commands.ts'
import type { StageFiles } from './files.ts'
import { isRun, says, type Rule } from './rule.ts'
import { mayRunScript, startsShellScript } from './step-reads.ts'

/** What fills a cache. */
interface Tool {
  readonly commands: readonly string[]
  /** The packages that it installs. A layer with some may be its work, whatever the text of the step says. */
  readonly installs?: Ecosystem
}

/** The tools by rule. Those of other rules are the readers of the cache. */
const tools: Readonly<Record<string, Tool>> = {
  'apk-cache': { commands: ['apk'] },
  'dnf-cache': { commands: ['dnf', 'microdnf', 'yum'] },
  'zypper-cache': { commands: ['zypper'] },
  'pacman-cache': { commands: ['pacman'] },
  'pip-cache': { commands: ['pip', 'pip3', '-m build', 'flit', 'hatch', 'tox', 'nox', 'pdm'], installs: 'pypi' },
  'uv-cache': { commands: ['uv'], installs: 'pypi' },
  'poetry-cache': { commands: ['poetry'], installs: 'pypi' },
  'conda-packages': { commands: ['conda', 'mamba', 'micromamba'], installs: 'conda' },
  'npm-cache': { commands: ['npm', 'npx'], installs: 'npm' },
  'node-headers': { commands: ['npm', 'npx', 'yarn', 'pnpm', 'node', 'node-gyp'] },
  'yarn-cache': { commands: ['yarn'], installs: 'npm' },
  'pnpm-store': { commands: ['pnpm'], installs: 'npm' },
  'pnpm-cache': { commands: ['pnpm'], installs: 'npm' },
  'javascript-cache': { commands: ['node', 'npm', 'npx', 'yarn', 'pnpm', 'bun', 'bunx'] },
  'bun-cache': { commands: ['bun', 'bunx'], installs: 'npm' },
  'composer-cache': { commands: ['composer'], installs: 'composer' },
  'gem-cache': { commands: ['gem', 'bundle'], installs: 'gem' },
  'bundler-cache': { commands: ['bundle'], installs: 'gem' },
}

/** Verbs of package managers for JavaScript that only run a script of the project. */
const scriptVerbs: ReadonlySet<string> = new Set(['run', 'run-script', 'test', 'start', 'build', 'lint', 'generate'])
/** Options of theirs before the verb that take the next word. */
const optionsWithValue: ReadonlySet<string> = new Set([
  '--prefix',
  '-C',
  '--cwd',
  '-w',
  '--workspace',
  '--filter',
  '-F',
])

/** Returns whether a command only runs a script of the project. The script may install packages, as its layer shows. */
function runsScript(command: string): boolean {
  const words = command.split(/\s/).filter((word) => word !== '')
  const start = words.findIndex((word) => ['npm', 'pnpm', 'yarn', 'bun'].includes(word))
  const verb = words.slice(start + 1).find((word, at, rest) => {
    return !word.startsWith('-') && !optionsWithValue.has(rest[at - 1] ?? '')
  })
  return start !== -1 && verb !== undefined && scriptVerbs.has(verb)
}

/** Commands that clean the cache of their tool. */
const cleaning = ['cache clean', 'cache clear', 'cache purge', 'clear-cache']
/** Tools whose own verb is `clean`. Of others, it may be a script of the project. */
const cleaners = ['dnf', 'microdnf', 'yum', 'zypper', 'conda', 'mamba', 'micromamba']

/**
 * Returns a function for whether a later step may take from a cache what it would otherwise fetch and keep: its text runs
 * the tool, or a script of the shell, or it may run any program, and its layer adds or deletes packages of that kind, or
 * adds to the cache.
 *
 * @param writers the layers that add to each cache, by rule
 */
export function fillsAgain(
  files: StageFiles,
  writers: ReadonlyMap<string, ReadonlySet<number>>,
): (rule: Rule, layer: number) => boolean {
  const changed = packagesChanged(files)
  return (rule, layer) => {
    const tool = tools[rule.id]
    // Of Git, other rules tell.
    const commands = tool?.commands ?? (rule.id === 'git-folder' ? [] : (rule.readBy ?? []))
    const installs = tool?.installs ?? null
    const isTraced = (position: number): boolean =>
      (installs !== null && changed.get(position)?.has(installs) === true) ||
      writers.get(rule.id)?.has(position) === true
    return files.layers.some((_, position) => {
      const text = files.textOf(position)
      if (position <= layer || !isRun(text)) return false
      const own = commandsIn(text).filter((command) => says(command, ...commands))
      const isScript = installs !== null && own.every(runsScript)
      if (says(text, ...commands) && !isScript) return !leavesNoCache(own)
      return tool !== undefined && (startsShellScript(text) || (mayRunScript(text) && isTraced(position)))
    })
  }
}

/** Returns whether the commands of a tool clean up, or keep nothing. */
const leavesNoCache = (own: readonly string[]): boolean =>
  own.some((command) => says(command, ...cleaning) || (says(command, ...cleaners) && says(command, 'clean'))) ||
  (own.length > 0 && own.every((command) => command.includes('--no-cache')))

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
