/** What a run may do, by the event that started it. */
import { FootprintError } from '../errors.ts'
import type { PullRequest, WorkflowRun } from './pull-request.ts'

export interface BuiltSource {
  readonly eventName: string
  /** Of the event; null where it names none. */
  readonly pullRequest: PullRequest | null
  /** Of a `workflow_run` event. */
  readonly workflowRun: WorkflowRun | null
  /** GITHUB_REPOSITORY. */
  readonly repository: string
  /** GITHUB_SHA: with `pull_request_target`, the commit of the base branch that the workflow itself is of. */
  readonly workflowSha: string
  /** What is checked out in the workspace; null where a Git context is built, or no repository is there. */
  readonly checkedOut: string | null
  /** The Git context as BuildKit gets it; null where a folder is built. */
  readonly gitContext: string | null
}

/**
 * A build runs what the Dockerfile says. With `pull_request_target` and `workflow_run` it would do so with the
 * repository's secrets and a token that writes, so code of a pull request is not built there.
 *
 * With `pull_request_target` a checked-out commit has to be one of the base: the head can move while the run starts,
 * so that comparing with the event's head alone would let a newer one through.
 *
 * @throws FootprintError USAGE with the safe way
 */
export function refuseUntrustedBuild(source: BuiltSource): void {
  const { eventName, pullRequest, workflowRun, workflowSha, checkedOut, gitContext } = source
  if (eventName === 'pull_request_target') {
    const base = [workflowSha, pullRequest?.baseSha]
    if (checkedOut !== null && !base.includes(checkedOut)) throw refusal(eventName, `commit ${checkedOut.slice(0, 7)}, which is not the base branch's,`)
    if (gitContext !== null && pullRequest !== null && isOfHead(gitContext, pullRequest, source.repository))
      throw refusal(eventName, 'a Git context of the pull request')
  }
  if (eventName === 'workflow_run' && workflowRun !== null && isForeign(workflowRun, source.repository)) {
    if (checkedOut === workflowRun.head_sha) throw refusal(eventName, `commit ${checkedOut.slice(0, 7)} of a fork`)
    const fork = workflowRun.head_repository?.full_name
    if (gitContext !== null && (pointsAt(gitContext, fork) || revisionsOf(gitContext).includes(workflowRun.head_sha)))
      throw refusal(eventName, 'a Git context of a fork')
  }
}

function refusal(eventName: string, what: string): FootprintError {
  return new FootprintError(
    'USAGE',
    `Refused to build ${what} on the event ${eventName}: code of a pull request would run with this repository's secrets and a token that writes. Build on the event pull_request, and write the comment from a second workflow with "mode: publish": see docs/forks.md`,
  )
}

function isForeign(run: WorkflowRun, repository: string): boolean {
  return run.head_repository?.full_name.toLowerCase() !== repository.toLowerCase()
}

function isOfHead(context: string, { number, headSha, headRef, headRepository, fork }: PullRequest, repository: string): boolean {
  if (fork && pointsAt(context, headRepository?.fullName)) return true
  const revisions = revisionsOf(context)
  if (revisions.some((revision) => revision === headSha || revision.startsWith(`refs/pull/${number}/`) || revision.startsWith(`pull/${number}/`))) return true
  return !fork && pointsAt(context, repository) && revisions.some((revision) => revision === headRef || revision === `refs/heads/${headRef}`)
}

/** Host and scheme do not matter: `https://HOST/OWNER/REPO.git`, `git@HOST:OWNER/REPO`. */
function pointsAt(context: string, fullName: string | undefined): boolean {
  const path = (context.split(/[#?]/)[0] ?? '').replace(/\/+$/, '').replace(/\.git$/, '').toLowerCase()
  return fullName !== undefined && ['/', ':'].some((before) => path.endsWith(before + fullName.toLowerCase()))
}

/** Branch, tag or commit, in the fragment (`#REF:FOLDER`) or the query (`?ref=…&commit=…`). */
function revisionsOf(context: string): readonly string[] {
  const [, query = ''] = /\?([^#]*)/.exec(context) ?? []
  const [, fragment = ''] = /#(.*)$/.exec(context) ?? []
  return [fragment.split(':')[0] ?? '', ...new URLSearchParams(query).values()].filter((revision) => revision !== '')
}

export type CommentAccess = { readonly mayWrite: true } | { readonly mayWrite: false; readonly sentence: string }

/** The token of a run for a fork reads only, so nothing is tried. */
export function commentAccess(eventName: string, pullRequest: PullRequest | null): CommentAccess {
  if (pullRequest?.fork !== true || eventName === 'pull_request_target' || eventName === 'workflow_run') return { mayWrite: true }
  return {
    mayWrite: false,
    sentence:
      'No comment: a run for a fork has a token that only reads, so the report is in the job summary. A second workflow can write the comment: see docs/forks.md.',
  }
}

/** What to add to the reason why a comment could not be written, if Dependabot started the run. */
export function dependabotHint(actor: string | undefined): string | null {
  if (actor !== 'dependabot[bot]') return null
  return 'Runs that Dependabot starts have a token that only reads unless the workflow file itself grants "permissions: pull-requests: write"; a second workflow works too: see docs/forks.md.'
}
