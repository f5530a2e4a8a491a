import { describe, expect, test } from '@jest/globals'
import { overrideFrom, overrideHolds, overrideSender } from '../../src/budget/override.ts'
import { defaultOverrideLabel } from '../../src/inputs/inputs.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'

/** As GitHub sends it, shortened. */
function labeled(some: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    action: 'labeled',
    number: 7,
    label: { id: 1, name: 'footprint: accept growth', color: 'ededed' },
    pull_request: {
      number: 7,
      head: { sha, ref: 'feature', repo: { id: 3 } },
      labels: [{ name: 'footprint: accept growth' }],
    },
    sender: { login: 'octocat', id: 1, type: 'User' },
    ...some,
  }
}

test.each(['write', 'maintain', 'admin'])(
  'accepts a label set by somebody with %s permission, for this head commit',
  (permission) => {
    expect(overrideFrom(labeled(), defaultOverrideLabel, permission)).toEqual({
      label: 'footprint: accept growth',
      by: 'octocat',
      headSha: sha,
    })
    expect(overrideFrom(labeled(), 'Footprint: Accept Growth', permission)).not.toBeNull()
  },
)

test.each(['triage', 'read', 'none', '', 'Admin', 'writer', null])(
  'refuses a label set by somebody with %p permission',
  (permission) => {
    expect(overrideFrom(labeled(), defaultOverrideLabel, permission)).toBeNull()
  },
)

describe.each<[string, unknown]>([
  ['a push to the branch', labeled({ action: 'synchronize' })],
  ['a removed label', labeled({ action: 'unlabeled' })],
  ['another label', labeled({ label: { name: 'bug' } })],
  ['a label of an issue', { ...labeled(), pull_request: undefined, issue: {} }],
  ['an event without a sender', labeled({ sender: {} })],
  ['an event with an empty sender', labeled({ sender: { login: '' } })],
  ['an event without a commit', labeled({ pull_request: { head: {} } })],
  ['an event with a branch instead of a commit', labeled({ pull_request: { head: { sha: 'main' } } })],
  ['an event without a label', labeled({ label: null })],
  ['null', null],
  ['a string', 'labeled'],
])('%s', (_, event) => {
  test("overrides nothing, and asks for nobody's permission", () => {
    expect(overrideFrom(event, defaultOverrideLabel, 'admin')).toBeNull()
    expect(overrideSender(event, defaultOverrideLabel)).toBeNull()
  })
})

test('an empty label name matches no label', () => {
  expect(overrideFrom(labeled({ label: { name: '' } }), '', 'admin')).toBeNull()
})

test('asks for the permission of the sender if the label matches', () => {
  expect(overrideSender(labeled(), defaultOverrideLabel)).toBe('octocat')
  expect(overrideSender(labeled(), 'other')).toBeNull()
  expect(overrideSender(labeled({ action: 'opened' }), defaultOverrideLabel)).toBeNull()
})

test('counts only for its commit, and only while the label is set', () => {
  const override = { label: 'footprint: accept growth', by: 'octocat', headSha: sha }
  expect(overrideHolds(override, sha, ['bug', 'Footprint: accept growth'])).toBe(true)
  expect(overrideHolds(override, sha, ['bug'])).toBe(false)
  expect(overrideHolds(override, sha.replace('0', 'f'), ['footprint: accept growth'])).toBe(false)
})
