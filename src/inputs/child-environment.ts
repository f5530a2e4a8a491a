/** The environment of the programs that this one starts. Pure. */
import type { Environment } from './inputs.ts'

/** A Git setting, as in `git -c KEY=VALUE`. */
export type ConfigEntry = readonly [key: string, value: string]

/**
 * A folder that contains `HEAD`, `objects` and `refs` is not a repository unless somebody says so. Any commit can
 * contain such files, and their `config` can name programs that Git runs. Git 2.38 and newer respect this setting.
 */
export const onlyRealRepositories: ConfigEntry = ['safe.bareRepository', 'explicit']

/** Adds settings after those that the environment already contains. */
export function withGitConfig(env: Environment, config: readonly ConfigEntry[]): Record<string, string> {
  const first = Number.parseInt(env['GIT_CONFIG_COUNT'] ?? '', 10) || 0
  const entries = config.flatMap(([key, value], nth) => [
    [`GIT_CONFIG_KEY_${first + nth}`, key] as const,
    [`GIT_CONFIG_VALUE_${first + nth}`, value] as const,
  ])
  return { ...defined(env), ...Object.fromEntries(entries), GIT_CONFIG_COUNT: String(first + config.length) }
}

/** Secret inputs of this step. The runner puts all inputs into the environment. */
const secretInputs = ['INPUT_GITHUB-TOKEN', 'INPUT_SECRETS']

/**
 * Returns the environment for the docker client. Secret inputs are removed because bake files can read the environment,
 * and the client runs Git on the build context. The runner's tokens stay, because the GitHub Actions cache (`type=gha`)
 * needs them.
 */
export function clientEnvironment(
  env: Environment,
  more: ReadonlyMap<string, string> = new Map(),
): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !secretInputs.includes(name)))
  return { ...withGitConfig(kept, [onlyRealRepositories]), ...Object.fromEntries(more) }
}

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
