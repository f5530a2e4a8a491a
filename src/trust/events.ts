/** Whose code a run may build, by the event that started it. Pure. */

/**
 * Events whose run has no more rights than whoever chose its code. Either a person with write access chose it (`push`,
 * `workflow_dispatch`, `release`, …), or the run of a stranger's code has no secrets and a token that only reads
 * (`pull_request` and the reviews of it).
 *
 * Every other event is guarded, also one that GitHub has yet to invent: its run has the rights of the default branch,
 * and anybody may have caused it or written what its payload names.
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

/** @param name of the event; null outside of a workflow */
export function isGuarded(name: string | null): boolean {
  return name !== null && !unguarded.has(name)
}

/** What GitHub says of a guarded run. */
export interface GuardedEvent {
  readonly name: string
  /** GITHUB_SHA: the commit of the workflow itself, or what the event is about. */
  readonly sha: string | null
  /** GITHUB_REF: what `sha` is the tip of. */
  readonly ref: string | null
  /** GITHUB_REPOSITORY. */
  readonly repository: string
  /** Base commit of the pull request, of a `pull_request_target` event. */
  readonly baseSha: string | null
  /** Of a `workflow_run` event, the run that ended; `headRepository` is null where that is gone. */
  readonly ended: { readonly event: string; readonly headSha: string; readonly headRepository: string | null } | null
}

/**
 * The commits that somebody with write access put there. A run that ended is one of these too, if it was of a branch of
 * this repository. Of a pull request the head never is: it may move while this run starts.
 *
 * GITHUB_SHA counts where GITHUB_REF is a branch or tag. The deployments of a service may be of a fork's commit: these
 * have no branch, and GITHUB_SHA is that commit.
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
