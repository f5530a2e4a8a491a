import { expect, test } from '@jest/globals'
import { commentAccess, dependabotHint } from '../../src/publish/comment-access.ts'
import type { PullRequest } from '../../src/publish/pull-request.ts'

const pull: PullRequest = {
  number: 7,
  headSha: 'a'.repeat(40),
  headRef: 'topic',
  headRepository: { id: 2, fullName: 'Mallory/Repository' },
  baseSha: 'b'.repeat(40),
  baseRef: 'main',
  labels: [],
  fork: true,
}
const own: PullRequest = { ...pull, headRepository: { id: 1, fullName: 'owner/repository' }, fork: false }

test('a run for a fork writes no comment and says what to do', () => {
  expect(commentAccess('pull_request', pull)).toEqual({
    mayWrite: false,
    sentence: expect.stringMatching(/read-only token.*job summary.*docs\/forks\.md/),
  })
  expect(commentAccess('pull_request', own)).toEqual({ mayWrite: true })
  expect(commentAccess('pull_request_target', pull)).toEqual({ mayWrite: true })
  expect(commentAccess('workflow_run', pull).mayWrite).toBe(true)
  expect(commentAccess('push', null)).toEqual({ mayWrite: true })
})

test('a run of Dependabot says which permission is missing', () => {
  expect(dependabotHint('dependabot[bot]')).toMatch(/pull-requests: write/)
  expect(dependabotHint('renovate[bot]')).toBeNull()
  expect(dependabotHint(undefined)).toBeNull()
})
