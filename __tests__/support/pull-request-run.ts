/** Runs of the action on pull requests, from GitHub's recorded event with the commits of a hosted repository. */
import { recordedEvent, type ActionRun, type Change, type Hosted } from './hosted.ts'

export interface PullRequestEvent {
  readonly action?: string
  readonly labels?: readonly string[]
  readonly label?: string
  readonly sender?: string
  readonly fork?: boolean
}

/** The repository of a fork. */
export const fork = { id: 2, full_name: 'stranger/repository' }

/** Returns the run for a change. */
export function pullRequestRun(
  host: Pick<Hosted, 'server' | 'repositoryOf'>,
  of: Change,
  event: PullRequestEvent = {},
  more: Partial<ActionRun> = {},
): ActionRun {
  return {
    event: 'pull_request',
    payload: payloadOf(host, of, event),
    ref: `refs/pull/${of.number}/merge`,
    sha: of.merge,
    ...more,
  }
}

function payloadOf(
  { server, repositoryOf }: Pick<Hosted, 'server' | 'repositoryOf'>,
  { head, base, number }: Change,
  { action = 'opened', labels = [], label, sender = 'ann', fork: isFork = false }: PullRequestEvent,
): unknown {
  const payload = recordedEvent('pull_request', action)
  const pull = payload['pull_request'] as Readonly<Record<'head' | 'base', { readonly repo: object }>>
  return {
    ...payload,
    number,
    repository: repositoryOf(payload),
    sender: { ...(payload['sender'] as object), login: sender },
    ...(label === undefined ? {} : { label: { name: label } }),
    pull_request: {
      ...pull,
      number,
      labels: labels.map((name) => ({ name })),
      head: {
        ...pull.head,
        sha: head,
        ref: `topic-${number}`,
        repo: { ...pull.head.repo, ...(isFork ? fork : server.repository) },
      },
      base: { ...pull.base, sha: base, ref: 'main', repo: { ...pull.base.repo, ...server.repository } },
    },
  }
}
