import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { permissionOf } from '../../src/publish/override-permission.ts'
import { gitHubServer, type GitHubServer } from '../support/github-server.ts'
import { connect } from '../support/publishing.ts'

let server: GitHubServer
beforeAll(async () => {
  server = await gitHubServer()
})
beforeEach(() => {
  server.mood = () => null
  server.permissions.clear()
})
afterAll(async () => {
  expect(server.defects).toEqual([])
  await server[Symbol.asyncDispose]()
})

const place = { owner: 'owner', repo: 'repository' }

test.each(['admin', 'write', 'read', 'none'] as const)('returns the permission %s', async (permission) => {
  server.permissions.set('Ann', permission)
  expect(await permissionOf(connect(server), place, 'Ann')).toEqual({ permission, sentence: null })
})

test('returns no permission for a stranger', async () => {
  expect(await permissionOf(connect(server), place, 'Ann')).toEqual({
    permission: null,
    sentence: 'The label that Ann set does not count: Ann is not a collaborator.',
  })
})

test.each([
  ['401', { kind: 'status', status: 401 } as const, /could not be looked up \(401\)/],
  ['403', { kind: 'status', status: 403 } as const, /could not be looked up \(403\)/],
  ['500', { kind: 'status', status: 500 } as const, /could not be looked up \(500\)/],
  ['no answer', { kind: 'drop', after: true } as const, /could not be looked up\.$/],
  ['half an answer', { kind: 'torn' } as const, /could not be looked up\.$/],
])('returns no permission if there is no readable answer: %s', async (_what, mood, sentence) => {
  server.permissions.set('Ann', 'admin')
  server.mood = () => mood
  expect(await permissionOf(connect(server), place, 'Ann')).toEqual({
    permission: null,
    sentence: expect.stringMatching(sentence),
  })
})

test('takes nobody for somebody else because of characters in a name', async () => {
  server.permissions.set('Ann', 'admin')
  const answer = await permissionOf(connect(server), place, '../Ann\n::error::x')
  expect(answer.permission).toBeNull()
  expect(answer.sentence).not.toMatch(/\n|\s::/)
})
