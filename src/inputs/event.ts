/** What inputs depend on in the event that started the workflow. Pure. */
import * as v from 'valibot'
import { isCommitHash } from './commit-hash.ts'

const RepositorySchema = v.object({ repository: v.object({ private: v.boolean() }) })
const PullRequestSchema = v.object({
  pull_request: v.object({ head: v.object({ sha: v.pipe(v.string(), v.check(isCommitHash)) }) }),
})

/** Facts about the event that started the workflow. */
export interface EventFacts {
  /** False if the event does not contain it. An event without a repository, such as `schedule`, does not. */
  readonly isPrivate: boolean
  /** Head commit of the pull request, or null if the event has none. */
  readonly pullRequestHead: string | null
}

/**
 * Returns the facts in the payload of an event. A fact that the payload does not contain has its default.
 *
 * @param payload as `readRunEvent` returns it, not validated
 */
export function eventFactsOf(payload: unknown): EventFacts {
  const repository = v.safeParse(RepositorySchema, payload)
  const pullRequest = v.safeParse(PullRequestSchema, payload)
  return {
    isPrivate: repository.success && repository.output.repository.private,
    pullRequestHead: pullRequest.success ? pullRequest.output.pull_request.head.sha : null,
  }
}
