/** What the programs that this one starts find in their environment. Pure. */
import type { Environment } from './inputs.ts'

/** A setting of Git, as on `git -c KEY=VALUE`. */
export type ConfigEntry = readonly [key: string, value: string]

/**
 * A folder that holds `HEAD`, `objects` and `refs` is no repository unless somebody says so: any commit can hold such
 * files, and their `config` names programs that Git runs. Git 2.38 and newer heed it.
 */
export const onlyRealRepositories: ConfigEntry = ['safe.bareRepository', 'explicit']

/** Adds settings after those that the environment holds already. */
export function withGitConfig(env: Environment, config: readonly ConfigEntry[]): Record<string, string> {
  const first = Number.parseInt(env['GIT_CONFIG_COUNT'] ?? '', 10) || 0
  const entries = config.flatMap(([key, value], nth) => [
    [`GIT_CONFIG_KEY_${first + nth}`, key] as const,
    [`GIT_CONFIG_VALUE_${first + nth}`, value] as const,
  ])
  return { ...defined(env), ...Object.fromEntries(entries), GIT_CONFIG_COUNT: String(first + config.length) }
}

/** Inputs of this step that are secret. The runner puts all inputs into the environment. */
const secretInputs = ['INPUT_GITHUB-TOKEN', 'INPUT_SECRETS']

/**
 * For the docker client. Bake files can read its environment, and it asks Git about the build context. Tokens of the
 * runner stay, since the cache of GitHub Actions (`type=gha`) needs them.
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
