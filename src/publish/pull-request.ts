/**
 * Finds the pull request that a run is for. Either the event names it, or it is looked up for a run that another
 * workflow started.
 */
import * as v from 'valibot'
import { faultReason } from './faults.ts'
import { allPages, type GitHub, type GitHubRepository } from './github.ts'

/** A pull request. Its texts are untrusted. */
export interface PullRequest {
  readonly number: number
  readonly headSha: string
  /** Branch in the head repository. It is untrusted text. */
  readonly headRef: string
  /** Null if the fork was deleted. */
  readonly headRepository: { readonly id: number; readonly fullName: string } | null
  readonly baseSha: string
  readonly baseRef: string
  readonly labels: readonly string[]
  /** Whether its head is in another repository. */
  readonly fork: boolean
}

/** A pull request, or a sentence that says why there is none. */
export type Found =
  | { readonly pullRequest: PullRequest; readonly sentence: null }
  | { readonly pullRequest: null; readonly sentence: string }

const RepositorySchema = v.object({ id: v.number(), full_name: v.string() })

const PullRequestSchema = v.object({
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  head: v.object({ sha: v.string(), ref: v.string(), repo: v.nullable(RepositorySchema) }),
  base: v.object({ sha: v.string(), ref: v.string(), repo: RepositorySchema }),
  labels: v.optional(v.array(v.object({ name: v.string() })), []),
})

function pullRequestOf({ number, head, base, labels }: v.InferOutput<typeof PullRequestSchema>): PullRequest {
  return {
    number,
    headSha: head.sha,
    headRef: head.ref,
    headRepository: head.repo === null ? null : { id: head.repo.id, fullName: head.repo.full_name },
    baseSha: base.sha,
    baseRef: base.ref,
    labels: labels.map(({ name }) => name),
    fork: head.repo?.id !== base.repo.id,
  }
}

const eventsOfPullRequests = new Set([
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
])

/**
 * Returns whether a run with this event can have a pull request. For other events, such as a push, nobody expects a
 * comment.
 */
export function mayConcernPullRequest(eventName: string): boolean {
  return eventsOfPullRequests.has(eventName) || eventName === 'workflow_run'
}

/**
 * Returns the pull request in the event itself, without a request to GitHub. Returns null if there is none.
 *
 * @param payload the parsed JSON of the file at GITHUB_EVENT_PATH
 */
export function pullRequestOfEvent(eventName: string, payload: unknown): PullRequest | null {
  if (!eventsOfPullRequests.has(eventName)) return null
  const event = v.safeParse(v.object({ pull_request: PullRequestSchema }), payload)
  return event.success ? pullRequestOf(event.output.pull_request) : null
}

const WorkflowRunSchema = v.object({
  workflow_run: v.object({
    event: v.string(),
    head_sha: v.string(),
    head_branch: v.nullable(v.string()),
    head_repository: v.nullable(
      v.object({ id: v.number(), full_name: v.string(), owner: v.nullable(v.object({ login: v.string() })) }),
    ),
  }),
})

/** The run that a `workflow_run` event is about. */
export type WorkflowRun = v.InferOutput<typeof WorkflowRunSchema>['workflow_run']

/** Returns the run that a `workflow_run` event is about, or null for other events. */
export function workflowRunOfEvent(eventName: string, payload: unknown): WorkflowRun | null {
  if (eventName !== 'workflow_run') return null
  const event = v.safeParse(WorkflowRunSchema, payload)
  return event.success ? event.output.workflow_run : null
}

/** Finds the pull request that a run is for. It does not throw for anything that GitHub answers. */
export async function findPullRequest(
  github: GitHub,
  repository: GitHubRepository,
  eventName: string,
  payload: unknown,
): Promise<Found> {
  const named = pullRequestOfEvent(eventName, payload)
  if (named) return { pullRequest: named, sentence: null }
  const run = workflowRunOfEvent(eventName, payload)
  if (run === null) return none(`No comment: the event ${eventName} does not belong to a pull request.`)
  if (run.event !== 'pull_request')
    return none('No comment: the run that started this workflow was not for a pull request.')
  try {
    return await lookUp(github, repository, run)
  } catch (error) {
    return none(
      `No comment: the pull request could not be looked up: ${faultReason(github.fault(error), 'the pull requests')}.`,
    )
  }
}

/**
 * Looks up the pull request by its head branch. Only one with exactly the commit and the repository of the run is
 * accepted. The field `pull_requests` of a run is empty for forks, and a fork can choose any branch name.
 */
async function lookUp(github: GitHub, repository: GitHubRepository, run: WorkflowRun): Promise<Found> {
  const { head_repository: head, head_branch: branch, head_sha: sha } = run
  if (!head?.owner || branch === null) return none('No comment: the repository that the run was for is gone.')
  const owner = head.owner.login
  const open = await allPages(PullRequestSchema, (page) =>
    github.request('GET /repos/{owner}/{repo}/pulls', {
      ...repository,
      head: `${owner}:${branch}`,
      state: 'open',
      per_page: 100,
      page,
    }),
  )
  const [found, another] = open.filter((pull) => pull.head.sha === sha && pull.head.repo?.id === head.id)
  if (found === undefined)
    return none(
      `No comment: no open pull request is at ${sha.slice(0, 7)}; a pull request that was closed or has a newer commit gets none.`,
    )
  if (another)
    return none(
      `No comment: #${found.number} and #${another.number} have the same head, and the run does not say which one it was for.`,
    )
  return { pullRequest: pullRequestOf(found), sentence: null }
}

/**
 * Returns a pull request that the user named.
 *
 * @throws the errors of Octokit
 */
export async function pullRequestByNumber(
  github: GitHub,
  repository: GitHubRepository,
  number: number,
): Promise<PullRequest> {
  const { data } = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...repository,
    pull_number: number,
  })
  return pullRequestOf(v.parse(PullRequestSchema, data))
}

function none(sentence: string): Found {
  return { pullRequest: null, sentence: `${sentence} The report is in the job summary.` }
}
