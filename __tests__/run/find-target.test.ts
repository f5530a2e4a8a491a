/** Which comment a run writes, and what it says if it can write none. */
import { expect, test } from '@jest/globals'
import { placesOf } from '../../src/inputs/places.ts'
import { githubRunOf, type GitHubRun } from '../../src/run/github-run.ts'
import { findTarget } from '../../src/run/publish-report.ts'

const runOf = (name: string): GitHubRun =>
  githubRunOf(
    { GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: 'http://127.0.0.1:9' },
    { name, payload: {}, ref: null, sha: null, given: null },
    placesOf({ env: {}, userHome: null, inWorkflow: true }),
  )

test.each(['push', 'schedule', 'workflow_dispatch', 'merge_group', 'release'])(
  '%s needs no token, since it gets no comment',
  async (name) => {
    expect(await findTarget(runOf(name), '')).toEqual({ sentence: null })
  },
)

test.each(['pull_request', 'pull_request_target', 'workflow_run'])(
  '%s without a token says why there is no comment',
  async (name) => {
    expect(await findTarget(runOf(name), '')).toEqual({
      sentence: expect.stringContaining('there is no token (input github-token)'),
    })
  },
)
