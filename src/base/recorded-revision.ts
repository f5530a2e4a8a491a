/** What a record says of the revision that it is of. Pure. */
import type { Revisions } from '../git/compared-revisions.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { Revision } from '../record/footprint.ts'

export interface Recorded {
  readonly event: RunEvent
  readonly head: Revisions['head']
  /** Whether the head is for certain what was weighed: built by this run, of exactly this commit. */
  readonly exact: boolean
  readonly repository: string | null
}

/**
 * A branch's newest record is what others are compared with, so it is named only where a workflow ran for the branch and
 * its very commit was weighed. A run for a comment, for one, is of the default branch whatever is checked out; and one
 * for a pull request is of no branch, since a fork's may have any name.
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
