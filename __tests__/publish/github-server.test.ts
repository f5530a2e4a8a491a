/** The tests' GitHub server: its answers follow GitHub's description, and it refuses what GitHub refuses. */
import { expect, test } from '@jest/globals'
import { getOctokit } from '@actions/github'
import { gitHubServer, type GitHubServer } from '../support/github-server.ts'

const place = { owner: 'owner', repo: 'repository' }

function client(server: GitHubServer, token = 'a-token'): ReturnType<typeof getOctokit>['rest'] {
  return getOctokit(token, { baseUrl: server.url }).rest
}

test('creates, updates, lists and deletes a comment', async () => {
  await using server = await gitHubServer()
  server.pullRequests.set(7, { number: 7, headSha: 'a'.repeat(40) })
  const { issues, pulls, repos } = client(server)
  const made = await issues.createComment({ ...place, issue_number: 7, body: 'one' })
  expect(made.data.user?.login).toBe('github-actions[bot]')
  await issues.updateComment({ ...place, comment_id: made.data.id, body: 'two' })
  expect((await issues.getComment({ ...place, comment_id: made.data.id })).data.body).toBe('two')
  expect((await issues.listComments({ ...place, issue_number: 7 })).data).toHaveLength(1)
  await issues.deleteComment({ ...place, comment_id: made.data.id })
  expect(server.comments).toEqual([])
  expect((await pulls.get({ ...place, pull_number: 7 })).data.head.sha).toBe('a'.repeat(40))
  expect((await pulls.list({ ...place, head: 'owner:topic' })).data).toHaveLength(1)
  expect((await pulls.list({ ...place, head: 'other:topic' })).data).toHaveLength(0)
  server.permissions.set('ann', 'write')
  expect((await repos.getCollaboratorPermissionLevel({ ...place, username: 'ann' })).data.permission).toBe('write')
  expect(server.defects).toEqual([])
})

test('gives pages of at most 100', async () => {
  await using server = await gitHubServer()
  server.pullRequests.set(7, { number: 7, headSha: 'a'.repeat(40) })
  for (let id = 1; id <= 230; id++)
    server.comments.push({ id, issue: 7, body: 'x', user: { login: 'ann', type: 'User' } })
  const octokit = getOctokit('a-token', { baseUrl: server.url })
  const ids = await octokit.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...place,
    issue_number: 7,
    per_page: 500,
  })
  expect(ids).toHaveLength(230)
  expect(server.requests).toHaveLength(3)
  expect(server.defects).toEqual([])
})

test.each([
  [
    'an unknown token',
    401,
    (server: GitHubServer) => client(server, 'wrong').issues.createComment({ ...place, issue_number: 7, body: 'x' }),
  ],
  [
    'a read-only token',
    403,
    (server: GitHubServer) => client(server, 'reader').issues.createComment({ ...place, issue_number: 7, body: 'x' }),
  ],
  [
    'another repository',
    404,
    (server: GitHubServer) => client(server).issues.listComments({ owner: 'owner', repo: 'other', issue_number: 7 }),
  ],
  [
    'an unknown pull request',
    404,
    (server: GitHubServer) => client(server).issues.createComment({ ...place, issue_number: 8, body: 'x' }),
  ],
  [
    'a missing body',
    422,
    (server: GitHubServer) =>
      client(server).issues.createComment({ ...place, issue_number: 7, body: 1 as unknown as string }),
  ],
  [
    'a blank body',
    422,
    (server: GitHubServer) => client(server).issues.createComment({ ...place, issue_number: 7, body: ' ' }),
  ],
  [
    'a body that is too long',
    422,
    (server: GitHubServer) =>
      client(server).issues.createComment({ ...place, issue_number: 7, body: 'x'.repeat(65_537) }),
  ],
  [
    'a page that is not a number',
    400,
    (server: GitHubServer) => client(server).pulls.list({ ...place, page: 'x' as unknown as number }),
  ],
])('refuses %s', async (_what, status, ask) => {
  await using server = await gitHubServer()
  server.pullRequests.set(7, { number: 7, headSha: 'a'.repeat(40) })
  server.accounts.set('reader', { login: 'github-actions[bot]', type: 'Bot', writes: false })
  await expect(ask(server)).rejects.toMatchObject({ status })
  expect(server.comments).toEqual([])
})
