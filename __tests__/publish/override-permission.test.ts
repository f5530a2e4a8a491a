import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { reviewOverride } from '../../src/publish/override-permission.ts'
import { gitHubServer, type GitHubServer } from '../support/github-server.ts'
import { connect, headA } from './helpers.ts'

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
const asked = { label: 'size-ok', by: 'Ann', headSha: headA }

test.each(['admin', 'write'] as const)('%s may', async (permission) => {
  server.permissions.set('Ann', permission)
  expect(await reviewOverride(connect(server), place, asked)).toEqual({ override: asked, sentence: 'Ann set the label size-ok on aaaaaaa.' })
})

test.each(['read', 'none'] as const)('%s may not, as with the triage role', async (permission) => {
  server.permissions.set('Ann', permission)
  expect(await reviewOverride(connect(server), place, asked)).toEqual({
    override: null,
    sentence: 'The label size-ok changes nothing: Ann has no write access to this repository.',
  })
})

test('a stranger may not', async () => {
  expect(await reviewOverride(connect(server), place, asked)).toMatchObject({ override: null, sentence: expect.stringContaining('is not a collaborator') })
})

test.each([
  ['401', { kind: 'status', status: 401 } as const, /could not be looked up \(401\)/],
  ['403', { kind: 'status', status: 403 } as const, /could not be looked up \(403\)/],
  ['500', { kind: 'status', status: 500 } as const, /could not be looked up \(500\)/],
  ['no answer', { kind: 'drop', after: true } as const, /could not be looked up\.$/],
  ['half an answer', { kind: 'torn' } as const, /could not be looked up\.$/],
])('no readable answer is a no: %s', async (_what, mood, sentence) => {
  server.permissions.set('Ann', 'admin')
  server.mood = () => mood
  expect(await reviewOverride(connect(server), place, asked)).toEqual({ override: null, sentence: expect.stringMatching(sentence) })
})

test("nobody asks about somebody else by a name's characters", async () => {
  server.permissions.set('Ann', 'admin')
  const by = '../Ann\n::error::x'
  const answer = await reviewOverride(connect(server), place, { ...asked, by })
  expect(answer.override).toBeNull()
  expect(answer.sentence).not.toMatch(/\n|\s::/)
})
