/** A workflow run, as described by the runner's environment. */
import { resolve } from 'node:path'
import { currentFolder } from '../files.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Places } from '../inputs/places.ts'
import type { Run } from '../publish/comment-marker.ts'
import type { GitHubRepository } from '../publish/github.ts'

/** A workflow run, and the folders of its runner. */
export interface GitHubRun {
  readonly event: RunEvent
  /** Null outside of a workflow. */
  readonly repository: GitHubRepository | null
  readonly run: Run
  /** URL of the API, which may be that of GitHub Enterprise Server. */
  readonly apiUrl: string
  readonly workspace: string
  readonly places: Places
  /** Login of the user who started the run. */
  readonly actor: string | null
}

/** Returns the workflow run of an environment. */
export function githubRunOf(env: Environment, event: RunEvent, places: Places): GitHubRun {
  const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
  return {
    event,
    repository: owner && repo ? { owner, repo } : null,
    run: { id: Number(env['GITHUB_RUN_ID']) || 0, attempt: Number(env['GITHUB_RUN_ATTEMPT']) || 1 },
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    workspace: resolve(currentFolder(), env['GITHUB_WORKSPACE'] ?? ''),
    places,
    actor: env['GITHUB_ACTOR'] ?? null,
  }
}
