import { expect, test } from '@jest/globals'
import { recordedRevision } from '../../src/base/recorded-revision.ts'
import { repositoryName } from '../../src/inputs/git-context.ts'

const [own, other] = ['a'.repeat(40), 'b'.repeat(40)]

test.each<[string, string | null, string | null, boolean, string | null]>([
  ['a push', 'push', own, true, 'main'],
  ['a schedule', 'schedule', own, true, 'main'],
  ['a comment, with the default branch checked out', 'issue_comment', own, true, 'main'],
  ['a comment, with the pull request checked out', 'issue_comment', other, true, null],
  ['the end of another run, with its commit checked out', 'workflow_run', other, true, null],
  ['a dispatch, with another commit checked out', 'workflow_dispatch', other, true, null],
  ['a branch that the builder fetched, which may have moved', 'push', own, false, null],
  ['a pull request', 'pull_request', own, true, null],
  ['a pull request, on the event with rights', 'pull_request_target', own, true, null],
  ['no commit', 'push', null, true, null],
  ["somebody's desk", null, other, true, 'main'],
])('the branch of a record: %s', (_what, name, commit, exact, branch) => {
  const event = { name, payload: null, ref: 'refs/heads/main', sha: own, given: null }
  expect(
    recordedRevision({ event, head: { commit, branch: 'main' }, exact, repository: 'github.com/octo/app' }),
  ).toEqual({ repository: 'github.com/octo/app', commit, branch })
})

test('the repository of a run', () => {
  expect(repositoryName({ GITHUB_REPOSITORY: 'Octo/App' })).toBe('github.com/octo/app')
  expect(repositoryName({ GITHUB_REPOSITORY: 'octo/app', GITHUB_SERVER_URL: 'https://ghe.example/' })).toBe(
    'ghe.example/octo/app',
  )
  expect(repositoryName({})).toBeNull()
})
