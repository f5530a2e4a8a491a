/** Determines the revision that a record describes. Pure. */
import type { Revisions } from '../git/compared-revisions.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { Revision } from '../record/footprint.ts'

/** Facts about a run. */
export interface Recorded {
  readonly event: RunEvent
  readonly head: Revisions['head']
  /** Whether exactly this commit was weighed, built by this run. */
  readonly exact: boolean
  readonly repository: string | null
}

/**
 * Returns the revision for a record. The newest record of a branch is used as a baseline by others. So a branch is only
 * named if a workflow ran for it and exactly its commit was weighed. For example, a run for a comment belongs to the
 * default branch, whatever is checked out. A run for a pull request belongs to no branch, because a fork's branch can
 * have any name.
 */
export function recordedRevision({
  event,
  head,
  exact,
  repository,
}: Recorded): Pick<Revision, 'commit' | 'branch' | 'repository'> {
  const { commit, branch } = head
  const ofBranch =
    event.name === null || (!event.name.startsWith('pull_request') && exact && commit !== null && commit === event.sha)
  return { repository, commit, branch: ofBranch ? branch : null }
}
