/** Reads the event that started the workflow from the file that the runner provides. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Environment } from './inputs.ts'

const RepositorySchema = v.looseObject({ repository: v.looseObject({ private: v.boolean() }) })
const PullRequestSchema = v.looseObject({
  pull_request: v.looseObject({ head: v.looseObject({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)) }) }),
})

/** Facts about the event that started the workflow. */
export interface EventFacts {
  /** False if the event does not contain it. An event without a repository, such as `schedule`, does not. */
  readonly isPrivate: boolean
  /** Head commit of the pull request, or null if the event has none. */
  readonly pullRequestHead: string | null
}

/**
 * Reads the facts about the event that inputs depend on. If the event cannot be read, the facts have their defaults.
 */
export function readEventFacts(env: Environment): EventFacts {
  const payload = payloadOf(env)
  const repository = v.safeParse(RepositorySchema, payload)
  const pullRequest = v.safeParse(PullRequestSchema, payload)
  return {
    isPrivate: repository.success && repository.output.repository.private,
    pullRequestHead: pullRequest.success ? pullRequest.output.pull_request.head.sha : null,
  }
}

function payloadOf(env: Environment): unknown {
  const path = env['GITHUB_EVENT_PATH']
  if (!path) return null
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
