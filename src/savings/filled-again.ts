/** Finds caches that a later step fills again if an earlier one no longer keeps them. Pure. */
import type { StageFiles } from './files.ts'
import { isRun, says, type Rule } from './rule.ts'

/** Tools that fill a cache, by rule. Those of other rules are its readers. */
const tools: Readonly<Record<string, readonly string[]>> = {
  'apk-cache': ['apk'],
  'dnf-cache': ['dnf', 'microdnf', 'yum'],
  'zypper-cache': ['zypper'],
  'pacman-cache': ['pacman'],
  'pip-cache': ['pip', 'pip3', 'python', 'python3'],
  'uv-cache': ['uv'],
  'poetry-cache': ['poetry'],
  'conda-packages': ['conda', 'mamba', 'micromamba'],
  'npm-cache': ['npm', 'npx'],
  'node-headers': ['npm', 'npx', 'yarn', 'pnpm', 'node', 'node-gyp'],
  'yarn-cache': ['yarn'],
  'pnpm-store': ['pnpm'],
  'pnpm-cache': ['pnpm'],
  'javascript-cache': ['node', 'npm', 'npx', 'yarn', 'pnpm', 'bun', 'bunx'],
  'bun-cache': ['bun', 'bunx'],
  'composer-cache': ['composer'],
  'gem-cache': ['gem', 'bundle'],
  'bundler-cache': ['bundle'],
}

/**
 * Returns whether a later step runs the same tool: it may take from the cache what it would otherwise fetch and keep, and
 * its text does not tell whether it does.
 */
export function fillsAgain(files: StageFiles, layer: number, rule: Rule): boolean {
  // Of Git, other rules tell.
  const commands = tools[rule.id] ?? (rule.id === 'git-folder' ? [] : (rule.readBy ?? []))
  return files.layers.some((_, position) => {
    const text = files.textOf(position)
    return position > layer && isRun(text) && says(text, ...commands) && !/--no-cache|\bclean\b|type=cache/.test(text)
  })
}
