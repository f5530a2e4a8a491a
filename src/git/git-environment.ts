/** Under which environment and settings git runs: files of a repository are data, and name nothing that is run. Pure. */
import { onlyRealRepositories, withGitConfig, type ConfigEntry } from '../inputs/child-environment.ts'
import type { Environment } from '../inputs/inputs.ts'

/**
 * What a user sets for their own Git and what this program keeps. Every other `GIT_…` goes: some name another repository
 * than the one meant here (a hook's `GIT_DIR`), some a program (`GIT_EXTERNAL_DIFF`).
 */
const kept =
  /^GIT_(?:CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+|PARAMETERS|GLOBAL|SYSTEM|NOSYSTEM)|SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|NO_LAZY_FETCH)$/

/** Inputs of this step, and tokens of the runner that git has no use for. */
const neverKept = /^(?:INPUT_.*|ACTIONS_RUNTIME_TOKEN|ACTIONS_ID_TOKEN_REQUEST_TOKEN)$/

/** What a credential helper of the user may need. */
const tokens = ['GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_ENTERPRISE_TOKEN', 'GH_ENTERPRISE_TOKEN']

/** Nothing may ask, write an index by the way, put an object in another's place, or download LFS content unasked. */
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
 * Settings of every call, after all that the user has. Filters, credential helpers and the command for SSH stay
 * as the user and `.git/config` name them, since only a commit's own files are a stranger's.
 */
export const harmless: readonly ConfigEntry[] = [
  onlyRealRepositories,
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['maintenance.auto', 'false'],
  ['gc.auto', '0'],
]

/** @param fetches whether the call may ask a server, for which tokens are needed */
export function environmentOf(
  env: Environment,
  config: readonly ConfigEntry[],
  fetches: boolean,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    ([name]) =>
      (!name.startsWith('GIT_') || kept.test(name)) && !neverKept.test(name) && (fetches || !tokens.includes(name)),
  )
  return { ...withGitConfig(Object.fromEntries(passed), [...harmless, ...config]), ...quiet }
}
