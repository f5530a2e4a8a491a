/** Which commits a run is about: found while the user's build runs, from the checkout and the event. */
import { mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gitContextUrl } from '../baseline/base-source.ts'
import { baseObjects } from '../baseline/base-tree.ts'
import { insideOf } from '../baseline/build-reading.ts'
import { eventRule, type RunEvent } from '../baseline/event-rule.ts'
import { isCommitHash, openGit, tokenConfig, trustConfig, type ConfigEntry, type Git } from '../baseline/git.ts'
import { openHistory } from '../baseline/history.ts'
import { checkoutAbove, findRepository, type Repository, type ScratchRepository } from '../baseline/repository.ts'
import { revisionsOf, type Revisions } from '../baseline/revision-of.ts'
import { currentFolder } from '../files.ts'
import { isOwnGitContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import { isRemoteContext } from '../plan/build-source.ts'

export interface Located {
  readonly git: Git
  /** Null where a Git context is built: there is no checkout to look at. */
  readonly repository: Repository | null
  /** Of the Git context; null where a checkout is built. */
  readonly url: string | null
  readonly revisions: Revisions
  /** At somebody's desk, not in a workflow. */
  readonly local: boolean
  /** The files of a commit as Git has them. They are fetched once in a run, however often they are asked for. */
  readonly objectsOf: (commit: string) => Promise<ScratchRepository | { readonly why: string }>
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
export async function locate(request: LocateRequest): Promise<Located | { readonly why: string }> {
  const { context, event, env, token, signal } = request
  const remote = isRemoteContext(context)
  if (remote && !isOwnGitContext(context, env)) return { why: 'the build context is a Git repository other than the one that the workflow runs in' }
  const folder = remote || context === '-' ? currentFolder() : resolve(context)
  const tempFolder = join(request.tempFolder, 'history')
  await mkdir(tempFolder, { recursive: true })
  const local = event.name === null
  const root = remote ? null : await checkoutAbove(folder, env)
  if (!remote && root === null) return { why: `the context is not in a Git checkout: no folder from ${folder} upwards holds a .git` }
  const git = openGit({
    folder: root ?? folder,
    env,
    signal,
    config: local || root === null ? [] : await trustOf(root, env),
    token: tokenConfig(env['GITHUB_SERVER_URL'] || 'https://github.com', token),
  })
  const repository = remote ? null : await findRepository(git, folder)
  if (repository !== null && 'why' in repository) return repository
  const url = gitContextUrl(context)
  const history = openHistory({ git, tempFolder, from: repository ?? { url } })
  const revisions = await revisionsOf(eventRule(event), history, { built: remote ? builtCommit(context, event) : null, local })
  const fetched = new Map<string, ReturnType<Located['objectsOf']>>()
  const objectsOf: Located['objectsOf'] = (commit) => {
    const found = fetched.get(commit) ?? objectsFor(commit)
    fetched.set(commit, found)
    return found
  }
  const objectsFor: Located['objectsOf'] = async (commit) =>
    repository === null ? { why: 'there is no checkout' } : baseObjects({ git, repository, commit, tempFolder })
  return { git, repository, url: repository === null ? url : null, revisions, local, objectsOf }
}

/** A job in a container sees a workspace of another user. What lies elsewhere is trusted as Git itself does. */
export async function trustOf(root: string, env: Environment): Promise<readonly ConfigEntry[]> {
  const workspace = env['GITHUB_WORKSPACE']
  const real = workspace ? await realpath(workspace).catch(() => null) : null
  return real !== null && insideOf(real, root) !== null ? trustConfig([root]) : []
}

/** The commit that a Git context names, or the run's own where it names the run's ref. */
function builtCommit(context: string, event: RunEvent): string | null {
  const ref = /#([^:]*)/.exec(context)?.[1] ?? ''
  if (isCommitHash(ref)) return ref
  return ref === '' || ref === event.ref ? event.sha : null
}
