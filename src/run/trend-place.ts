/** Decides where the trend of a run is kept, which branch it is about, and whether the run adds to it. */
import { join, resolve } from 'node:path'
import { safeName } from '../base/record-store.ts'
import { defaultBranchOf, eventRule } from '../git/event-rule.ts'
import { repositoryName } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import { trendFolderOf } from '../inputs/places.ts'
import type { Footprint } from '../record/footprint.ts'
import type { GitHubRun } from './github-run.ts'
import type { HistoryRequest } from './run-history.ts'

/**
 * Returns the path of the trend. Null if there is none.
 *
 * @param wish the input `trend`; a relative path is relative to the workspace
 */
function trendPlaceOf(wish: string, { places, workspace }: GitHubRun, repository: string | null): string | null {
  if (wish === 'none') return null
  if (wish !== 'auto') return `${resolve(workspace, wish)}${wish.endsWith('/') ? '/' : ''}`
  const folder = trendFolderOf(places)
  // Several repositories may share the folder.
  return folder === null || repository === null ? null : `${join(folder, safeName(repository))}/`
}

/**
 * Returns the request for the trend of a run. A run for a pull request reads the trend of its target branch. Only a run
 * of the default branch that weighed exactly its commit adds to it, because any other branch may be short-lived or
 * written by anybody.
 *
 * @param isOwn whether this run weighed the footprint itself
 */
export function historyRequestOf(
  wish: string,
  footprint: Footprint,
  run: GitHubRun,
  { env, signal, recordFolder, isOwn }: RunSetting,
): HistoryRequest | null {
  const { revision } = footprint
  const place = trendPlaceOf(wish, run, repositoryName(env))
  if (place === null) return null
  const branch = revision?.branch ?? null
  const isMain = branch !== null && branch === defaultBranchOf(run.event) && revision?.commit != null
  return {
    place,
    branches: [branch, eventRule(run.event).targetBranch].filter((name) => name !== null),
    adds: isOwn && isMain,
    recordFolder,
    workspace: run.workspace,
    checkout: { folder: run.workspace, env, signal },
  }
}

interface RunSetting {
  readonly env: Environment
  readonly signal: AbortSignal
  /** Null if no records are kept. */
  readonly recordFolder: string | null
  readonly isOwn: boolean
}
