/** The event that started the workflow, as the runner left it in a file. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Environment } from './inputs.ts'

const RepositorySchema = v.looseObject({ repository: v.looseObject({ private: v.boolean() }) })
const PullRequestSchema = v.looseObject({
  pull_request: v.looseObject({ head: v.looseObject({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)) }) }),
})

export interface EventFacts {
  /** False where the event does not say: one without a repository (`schedule`) says nothing. */
  readonly isPrivate: boolean
  /** Head commit of the pull request; null where the event has none. */
  readonly pullRequestHead: string | null
}

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
