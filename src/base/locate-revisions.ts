/** Which commits a run is about: found while the user's build runs, from the checkout and the event. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { currentFolder } from '../files.ts'
import { baseObjects } from '../git/check-out-base.ts'
import { openCheckout } from '../git/checkout.ts'
import { openHistory } from '../git/commit-history.ts'
import { revisionsOf, type Revisions } from '../git/compared-revisions.ts'
import { eventRule, type RunEvent } from '../git/event-rule.ts'
import { findRepository, type Repository, type ScratchRepository } from '../git/repository.ts'
import { isCommitHash, openGit, tokenConfig, type Git } from '../git/run-git.ts'
import { isOwnGitContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import { isRemoteContext } from '../plan/build-source.ts'
import type { Unavailable } from '../unavailable.ts'
import { gitContextUrl, gitRevisionOf } from './base-source.ts'

export interface Located {
  readonly git: Git
  /** Null where a Git context is built: there is no checkout to look at. */
  readonly repository: Repository | null
  /** Of the Git context; null where a checkout is built. */
  readonly url: string | null
  readonly revisions: Revisions
  /** Whether the head is for certain what was built: a branch may have moved between the event and the build. */
  readonly exact: boolean
  /** At somebody's desk, not in a workflow. */
  readonly local: boolean
  /** The files of a commit as Git has them. They are fetched once in a run, however often they are asked for. */
  readonly objectsOf: (commit: string) => Promise<ScratchRepository | Unavailable>
}

export interface LocateRequest {
  readonly context: string
  readonly event: RunEvent
  readonly env: Environment
  /** To fetch what a shallow checkout lacks; empty where there is none. */
  readonly token: string
  /** Folder of this run. */
  readonly tempFolder: string
  readonly signal: AbortSignal
}

/** A clause why there are none, where the context belongs to no Git repository that can be asked. */
export async function locate(request: LocateRequest): Promise<Located | Unavailable> {
  const { context, event, env, signal } = request
  const remote = isRemoteContext(context)
  if (remote && !isOwnGitContext(context, env))
    return { why: 'the build context is a Git repository other than the one that the workflow runs in' }
  const folder = remote || context === '-' ? currentFolder() : resolve(context)
  const tempFolder = join(request.tempFolder, 'history')
  await mkdir(tempFolder, { recursive: true })
  const local = event.name === null
  const token = tokenConfig(env['GITHUB_SERVER_URL'] || 'https://github.com', request.token)
  const opened = remote
    ? { git: openGit({ folder: tempFolder, env, signal, token }) }
    : await openCheckout({ folder, env, signal, token })
  if ('why' in opened) return opened
  const { git } = opened
  const repository = remote ? null : await findRepository(git, folder)
  if (repository !== null && 'why' in repository) return repository
  const url = gitContextUrl(context)
  const history = openHistory({ git, tempFolder, from: repository ?? { url } })
  const built = remote ? builtCommit(context, event) : null
  const revisions = await revisionsOf(eventRule(event), history, { built: built?.commit ?? null, local })
  const fetched = new Map<string, ReturnType<Located['objectsOf']>>()
  const objectsOf: Located['objectsOf'] = (commit) => {
    const found = fetched.get(commit) ?? objectsFor(commit)
    fetched.set(commit, found)
    return found
  }
  const objectsFor: Located['objectsOf'] = async (commit) =>
    repository === null ? { why: 'there is no checkout' } : baseObjects({ git, repository, commit, tempFolder })
  return {
    git,
    repository,
    url: repository === null ? url : null,
    revisions,
    exact: built?.exact ?? true,
    local,
    objectsOf,
  }
}

/** The commit that a Git context names, or the run's own where it names the run's ref; null where it names another. */
function builtCommit(context: string, event: RunEvent): { readonly commit: string; readonly exact: boolean } | null {
  const ref = gitRevisionOf(context)
  if (isCommitHash(ref)) return { commit: ref, exact: true }
  return ref !== '' && ref === event.ref && event.sha !== null ? { commit: event.sha, exact: false } : null
}
