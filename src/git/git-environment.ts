/**
 * The environment and settings that Git runs with. The files of a repository are data and must not name programs to
 * run. Pure.
 */
import { onlyRealRepositories, withGitConfig, type ConfigEntry } from '../inputs/child-environment.ts'
import type { Environment } from '../inputs/inputs.ts'

/**
 * Variables that users set for their own Git. All other `GIT_…` variables are removed, because some name another
 * repository (a hook's `GIT_DIR`) and some name a program (`GIT_EXTERNAL_DIFF`).
 */
const kept =
  /^GIT_(?:CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+|PARAMETERS|GLOBAL|SYSTEM|NOSYSTEM)|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|NO_LAZY_FETCH)$/

/** Inputs of this step, and tokens of the runner that Git does not need. */
const neverKept = /^(?:INPUT_.*|ACTIONS_RUNTIME_TOKEN|ACTIONS_ID_TOKEN_REQUEST_TOKEN)$/

/** Tokens that a user's credential helper may need. */
const tokens = ['GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_ENTERPRISE_TOKEN']

/** Stops Git from prompting, writing the index as a side effect, replacing objects, and downloading LFS content. */
const quiet = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'Never',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
}

/**
 * Settings of every call, which override all of the user's. Filters, credential helpers and the SSH command remain as
 * the user and `.git/config` set them. Only the files of a commit are untrusted.
 */
export const safeGitConfig: readonly ConfigEntry[] = [
  onlyRealRepositories,
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['maintenance.auto', 'false'],
  ['gc.auto', '0'],
]

/**
 * Returns the environment for one call of Git.
 *
 * @param config additional settings
 * @param fetches whether the call may contact a server, which needs tokens
 */
export function environmentOf(
  env: Environment,
  config: readonly ConfigEntry[],
  fetches: boolean,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    ([name]) =>
      (!name.startsWith('GIT_') || kept.test(name)) && !neverKept.test(name) && (fetches || !tokens.includes(name)),
  )
  return { ...withGitConfig(Object.fromEntries(passed), [...safeGitConfig, ...config]), ...quiet }
}
