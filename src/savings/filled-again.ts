/** Finds caches that a later step fills again if an earlier one no longer keeps them. Pure. */
import type { Ecosystem } from '../packages/package.ts'
import { commandsIn } from './commands.ts'
import type { StageFiles } from './files.ts'
import { isRun, says, type Rule } from './rule.ts'
import { mayRunScript } from './step-reads.ts'

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
  'pip-cache': { commands: ['pip', 'pip3'], installs: 'pypi' },
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

/** A command that only runs a script of the project. The script may install packages, which its layer then has. */
const runsScript = /\b(?:npm|pnpm|yarn|bun) (?:run|run-script|test|start|build|lint|generate) *(?:[\w:.-]+ *)?$/

/**
 * Returns a function for whether a later step may take from a cache what it would otherwise fetch and keep: its text runs
 * the tool, or it may run any program, and its layer has packages of that kind.
 */
export function fillsAgain(files: StageFiles): (rule: Rule, layer: number) => boolean {
  const installed = new Map<number, ReadonlySet<Ecosystem>>()
  const installedIn = (layer: number): ReadonlySet<Ecosystem> => {
    const found = installed.get(layer) ?? ecosystemsIn(files, layer)
    installed.set(layer, found)
    return found
  }
  return (rule, layer) => {
    // Of Git, other rules tell.
    const { commands, installs = null } = tools[rule.id] ?? {
      commands: rule.id === 'git-folder' ? [] : (rule.readBy ?? []),
    }
    return files.layers.some((_, position) => {
      const text = files.textOf(position)
      if (position <= layer || !isRun(text)) return false
      const own = commandsIn(text).filter((command) => says(command, ...commands))
      const isScript = installs !== null && own.every((command) => runsScript.test(command))
      if (says(text, ...commands) && !isScript) return !/--no-cache|\bclean\b|type=cache/.test(text)
      return installs !== null && mayRunScript(text) && installedIn(position).has(installs)
    })
  }
}

/** Returns the ecosystems of the packages that have files in a layer. */
function ecosystemsIn(files: StageFiles, layer: number): ReadonlySet<Ecosystem> {
  const found = new Set<Ecosystem>()
  for (const file of files.filesOf(layer)) {
    const ecosystem = files.details.packageOf(file)?.ecosystem
    if (ecosystem !== undefined) found.add(ecosystem)
  }
  return found
}
