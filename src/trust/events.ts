/** Decides by the event whose code a run may build. Pure. */

/**
 * Events whose run has no more rights than the person who chose its code. Either somebody with write access chose the
 * code (`push`, `workflow_dispatch`, `release`, …), or a run of a stranger's code has no secrets and a read-only token
 * (`pull_request` and its reviews).
 *
 * Every other event is guarded, including events that GitHub may add. Such a run has the rights of the default branch,
 * but anybody may have caused it or chosen what its payload names.
 */
const unguarded: ReadonlySet<string> = new Set([
  'push',
  'create',
  'delete',
  'merge_group',
  'release',
  'schedule',
  'workflow_dispatch',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
])

/**
 * Returns whether runs with this event are guarded.
 *
 * @param name name of the event; null outside of a workflow
 */
export function isGuarded(name: string | null): boolean {
  return name !== null && !unguarded.has(name)
}

/** The facts about a guarded run that GitHub provides. */
export interface GuardedEvent {
  readonly name: string
  /** GITHUB_SHA: the commit of the workflow itself, or the commit that the event is about. */
  readonly sha: string | null
  /** GITHUB_REF: the ref whose tip is `sha`. */
  readonly ref: string | null
  /** GITHUB_REPOSITORY. */
  readonly repository: string
  /** For a `pull_request_target` event, the base commit of the pull request. */
  readonly baseSha: string | null
  /** For a `workflow_run` event, the run that ended. `headRepository` is null if that repository was deleted. */
  readonly ended: { readonly event: string; readonly headSha: string; readonly headRepository: string | null } | null
}

/**
 * Returns the commits that come from somebody with write access. The head of a run that ended is among them if the run
 * was for a branch of this repository. The head of a pull request never is, because it may move while this run starts.
 *
 * GITHUB_SHA counts if GITHUB_REF is a branch or tag. A deployment by a service may be for a commit of a fork. Then
 * there is no branch, and GITHUB_SHA is that commit.
 */
export function trustedCommits({ name, sha, ref, repository, baseSha, ended }: GuardedEvent): readonly string[] {
  const ofRef = /^refs\/(?:heads|tags)\/./.test(ref ?? '') ? sha : null
  const ofPullRequest = name === 'pull_request_target' ? baseSha : null
  const ofBranch =
    name === 'workflow_run' &&
    ended !== null &&
    unguarded.has(ended.event) &&
    ended.headRepository?.toLowerCase() === repository.toLowerCase()
      ? ended.headSha
      : null
  return [ofRef, ofPullRequest, ofBranch].filter((commit) => commit !== null)
}
