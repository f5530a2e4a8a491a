import { expect, test } from '@jest/globals'
import { recordedRevision } from '../../src/base/recorded-revision.ts'
import { repositoryName } from '../../src/inputs/git-context.ts'

const [own, other] = ['a'.repeat(40), 'b'.repeat(40)]

test.each<[string, string | null, string | null, boolean, string | null]>([
  ['a push to the branch', 'push', own, true, 'main'],
  ['a schedule', 'schedule', own, true, 'main'],
  ['a comment, with the default branch checked out', 'issue_comment', own, true, 'main'],
  ['a comment, with the pull request checked out', 'issue_comment', other, true, null],
  ['another run has ended, and its commit is checked out', 'workflow_run', other, true, null],
  ['a manual run, with another commit checked out', 'workflow_dispatch', other, true, null],
  ['a branch that the builder fetched, which may have moved', 'push', own, false, null],
  ['a pull request', 'pull_request', own, true, null],
  ['pull_request_target', 'pull_request_target', own, true, null],
  ['no commit', 'push', null, true, null],
  ['outside of a workflow', null, other, true, 'main'],
])('records the right branch, or none: %s', (_what, name, commit, exact, branch) => {
  const event = { name, payload: null, ref: 'refs/heads/main', sha: own, given: null }
  expect(
    recordedRevision({ event, head: { commit, branch: 'main' }, exact, repository: 'github.com/octo/app' }),
  ).toEqual({ repository: 'github.com/octo/app', commit, branch })
})

test('names the repository by its server, owner and name', () => {
  expect(repositoryName({ GITHUB_REPOSITORY: 'Octo/App' })).toBe('github.com/octo/app')
  expect(repositoryName({ GITHUB_REPOSITORY: 'octo/app', GITHUB_SERVER_URL: 'https://ghe.example/' })).toBe(
    'ghe.example/octo/app',
  )
  expect(repositoryName({})).toBeNull()
})
