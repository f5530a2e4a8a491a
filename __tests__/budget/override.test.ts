import { describe, expect, test } from '@jest/globals'
import { overrideFrom, overrideHolds, overrideSender } from '../../src/budget/override.ts'
import { defaultOverrideLabel } from '../../src/inputs/inputs.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'

/** As GitHub sends it, cut to what matters and some that does not. */
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

test.each(['write', 'maintain', 'admin'])('a label by somebody with %s counts, for this head commit', (permission) => {
  expect(overrideFrom(labeled(), defaultOverrideLabel, permission)).toEqual({
    label: 'footprint: accept growth',
    by: 'octocat',
    headSha: sha,
  })
  expect(overrideFrom(labeled(), 'Footprint: Accept Growth', permission)).not.toBeNull()
})

test.each(['triage', 'read', 'none', '', 'Admin', 'writer', null])('the permission %p is not enough', (permission) => {
  expect(overrideFrom(labeled(), defaultOverrideLabel, permission)).toBeNull()
})

describe.each<[string, unknown]>([
  ['a push to the branch', labeled({ action: 'synchronize' })],
  ['a label that is taken away', labeled({ action: 'unlabeled' })],
  ['another label', labeled({ label: { name: 'bug' } })],
  ['a label of an issue', { ...labeled(), pull_request: undefined, issue: {} }],
  ['no sender', labeled({ sender: {} })],
  ['an empty sender', labeled({ sender: { login: '' } })],
  ['no commit', labeled({ pull_request: { head: {} } })],
  ['a branch instead of a commit', labeled({ pull_request: { head: { sha: 'main' } } })],
  ['no label', labeled({ label: null })],
  ['nothing', null],
  ['text', 'labeled'],
])('%s', (_, event) => {
  test('overrides nothing, and nobody is asked for', () => {
    expect(overrideFrom(event, defaultOverrideLabel, 'admin')).toBeNull()
    expect(overrideSender(event, defaultOverrideLabel)).toBeNull()
  })
})

test('an empty name of a label matches none', () => {
  expect(overrideFrom(labeled({ label: { name: '' } }), '', 'admin')).toBeNull()
})

test('the sender is who to ask the permission of, where the label is the right one', () => {
  expect(overrideSender(labeled(), defaultOverrideLabel)).toBe('octocat')
  expect(overrideSender(labeled(), 'other')).toBeNull()
  expect(overrideSender(labeled({ action: 'opened' }), defaultOverrideLabel)).toBeNull()
})

test('holds for its commit, as long as the label is there', () => {
  const override = { label: 'footprint: accept growth', by: 'octocat', headSha: sha }
  expect(overrideHolds(override, sha, ['bug', 'Footprint: accept growth'])).toBe(true)
  expect(overrideHolds(override, sha, ['bug'])).toBe(false)
  expect(overrideHolds(override, sha.replace('0', 'f'), ['footprint: accept growth'])).toBe(false)
})
