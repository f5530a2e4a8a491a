/** Decides by the event whether a run may write a comment. Pure. */
import type { PullRequest } from './pull-request.ts'

/** Whether the run may write a comment, or a sentence that says why not. */
export type CommentAccess = { readonly mayWrite: true } | { readonly mayWrite: false; readonly sentence: string }

/**
 * Returns whether a run may write a comment. The token of a run for a fork is read-only, so writing is not even tried.
 */
export function commentAccess(eventName: string, pullRequest: PullRequest | null): CommentAccess {
  if (pullRequest?.fork !== true || eventName === 'pull_request_target' || eventName === 'workflow_run')
    return { mayWrite: true }
  return {
    mayWrite: false,
    sentence:
      'No comment: a run for a fork has a read-only token, so the report is in the job summary. A second workflow can write the comment: see docs/forks.md.',
  }
}

/**
 * Returns advice to append to the reason why a comment could not be written, if Dependabot started the run. Otherwise
 * null.
 */
export function dependabotHint(actor: string | undefined): string | null {
  if (actor !== 'dependabot[bot]') return null
  return 'Runs that Dependabot starts have a read-only token unless the workflow file itself grants "permissions: pull-requests: write"; a second workflow works too: see docs/forks.md.'
}
