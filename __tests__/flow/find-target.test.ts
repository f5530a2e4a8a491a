/** Whose comment a run writes, and what it says where it can write none. */
import { expect, test } from '@jest/globals'
import type { GitHubRun } from '../../src/flow/github-run.ts'
import { findTarget } from '../../src/flow/publish-report.ts'

const runOf = (name: string): GitHubRun => ({
  event: { name, payload: {}, ref: null, sha: null, given: null },
  repository: { owner: 'o', repo: 'r' },
  apiUrl: 'http://127.0.0.1:9',
  actor: null,
  run: { id: 1, attempt: 1 },
  workspace: '/',
  places: { cacheFolder: null, tempFolders: [], dockerConfigFolder: null },
} as unknown as GitHubRun)

test.each(['push', 'schedule', 'workflow_dispatch', 'merge_group', 'release'])('%s needs no token, since no comment is due', async (name) => {
  expect(await findTarget(runOf(name), '')).toEqual({ sentence: null })
})

test.each(['pull_request', 'pull_request_target', 'workflow_run'])('%s without a token says why there is no comment', async (name) => {
  expect(await findTarget(runOf(name), '')).toEqual({ sentence: expect.stringContaining('there is no token (input github-token)') })
})
