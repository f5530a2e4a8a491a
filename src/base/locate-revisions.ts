/** Finds the commits of a run from the checkout and the event, while the user's build runs. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { currentFolder } from '../files.ts'
import { baseObjects } from '../git/check-out-base.ts'
import { openCheckout } from '../git/checkout.ts'
import { openHistory } from '../git/commit-history.ts'
import { revisionsOf, type Revisions } from '../git/compared-revisions.ts'
import { eventRule, type RunEvent } from '../git/event-rule.ts'
import { findRepository, type Repository, type ScratchRepository } from '../git/repository.ts'
import { openGit, tokenConfig, type Git } from '../git/run-git.ts'
import { isCommitHash } from '../inputs/commit-hash.ts'
import { isOwnGitContext, isRemoteContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Unavailable } from '../unavailable.ts'
import { gitContextUrl, gitRevisionOf } from './base-source.ts'

/** The commits of a run, and how to access them. */
export interface Located {
  readonly git: Git
  /** Null if a Git context is built, because then there is no checkout. */
  readonly repository: Repository | null
  /** URL of the Git context. Null if a checkout is built. */
  readonly url: string | null
  readonly revisions: Revisions
  /** Whether exactly the head commit was built. Otherwise, a branch may have moved between the event and the build. */
  readonly exact: boolean
  /** Whether this is a local run, outside of a workflow. */
  readonly local: boolean
  /** Returns a repository that has the files of a commit. They are fetched at most once per run. */
  readonly objectsOf: (commit: string) => Promise<ScratchRepository | Unavailable>
}

/** The build whose commits are needed, and the run that it belongs to. */
export interface LocateRequest {
  readonly context: string
  readonly event: RunEvent
  readonly env: Environment
  /** For fetching what a shallow checkout lacks. Empty if there is no token. */
  readonly token: string
  /** Temporary folder of this run. */
  readonly tempFolder: string
  readonly signal: AbortSignal
}

/** Finds the commits. Returns a reason if the context does not belong to a Git repository that can be read. */
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

/**
 * Returns the commit that a Git context names, or the run's own commit if the context names the ref of the run. Returns
 * null if it names another ref.
 */
function builtCommit(context: string, event: RunEvent): { readonly commit: string; readonly exact: boolean } | null {
  const ref = gitRevisionOf(context)
  if (isCommitHash(ref)) return { commit: ref, exact: true }
  return ref !== '' && ref === event.ref && event.sha !== null ? { commit: event.sha, exact: false } : null
}
