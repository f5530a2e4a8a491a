import { expect, test } from '@jest/globals'
import { eventFactsOf } from '../../src/inputs/event.ts'

const sha1 = 'a'.repeat(40)
const sha256 = 'b'.repeat(64)
const headOf = (sha: unknown): unknown => ({ pull_request: { head: { sha } } })

test.each<[string, unknown, boolean]>([
  ['a private repository', { repository: { private: true } }, true],
  ['a public repository', { repository: { private: false } }, false],
  ['an event without a repository', {}, false],
  ['a text in place of a boolean', { repository: { private: 'true' } }, false],
  ['no payload', null, false],
])('reads whether the repository is private: %s', (_what, payload, expected) => {
  expect(eventFactsOf(payload).isPrivate).toBe(expected)
})

test.each<[string, unknown, string | null]>([
  ['a SHA-1', headOf(sha1), sha1],
  ['a SHA-256', headOf(sha256), sha256],
  ['a length between the two', headOf('a'.repeat(50)), null],
  ['a ref', headOf('refs/heads/main'), null],
  ['an event without a pull request', { repository: { private: true } }, null],
  ['no payload', null, null],
])('reads the head of a pull request: %s', (_what, payload, expected) => {
  expect(eventFactsOf(payload).pullRequestHead).toBe(expected)
})
