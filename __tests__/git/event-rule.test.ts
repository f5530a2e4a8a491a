import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { eventRule, type RunEvent } from '../../src/git/event-rule.ts'

interface Definition {
  readonly name: string
  readonly examples: readonly Record<string, unknown>[]
}

const definitions = JSON.parse(
  readFileSync(
    new URL('../../node_modules/@octokit/webhooks-examples/api.github.com/index.json', import.meta.url),
    'utf8',
  ),
) as readonly Definition[]

function recorded(name: string): readonly Record<string, unknown>[] {
  const found = definitions.find((definition) => definition.name === name)?.examples ?? []
  if (found.length === 0) throw new Error(`no recorded ${name}`)
  return found
}

const a = 'a'.repeat(40)
const event = (name: string | null, payload: unknown = null, ref: string | null = null): RunEvent => ({
  name,
  payload,
  ref,
  sha: a,
  given: null,
})
const zeros = '0'.repeat(40)

test('takes head, base and branches from each recorded pull request', () => {
  const events = recorded('pull_request') as unknown as readonly {
    pull_request: { head: { sha: string; ref: string }; base: { sha: string; ref: string } }
  }[]
  for (const payload of events) {
    const { head, base } = payload.pull_request
    expect(eventRule(event('pull_request', payload))).toEqual({
      headBranch: head.ref,
      targetBranch: base.ref,
      rule: {
        kind: 'pull-request',
        headCommit: head.sha,
        baseCommit: base.sha,
        baseBranch: base.ref,
        runCommit: a,
        runCommitIs: 'merge',
      },
    })
  }
})

test('compares each recorded push with the commit before it, or with the merge base', () => {
  const kinds = recorded('push').map((payload) => {
    const { rule } = eventRule(event('push', payload))
    return payload['before'] === zeros || String(payload['ref']).startsWith('refs/tags/')
      ? rule.kind !== 'commit'
      : rule.kind === 'commit'
  })
  expect(kinds.every(Boolean)).toBe(true)
})

test('has a rule for a push, a new branch, a forced push, a tag and the default branch', () => {
  const push = (some: object): unknown => ({
    ref: 'refs/heads/feature/x',
    before: a,
    forced: false,
    repository: { default_branch: 'main' },
    ...some,
  })
  const branch = { kind: 'branch', branch: 'main' }
  expect(eventRule(event('push', push({})))).toEqual({
    headBranch: 'feature/x',
    targetBranch: 'feature/x',
    rule: { kind: 'commit', commit: a, branch: 'feature/x', because: 'the commit before this push', orElse: branch },
  })
  expect(eventRule(event('push', push({ before: zeros })))).toEqual({
    headBranch: 'feature/x',
    targetBranch: 'main',
    rule: branch,
  })
  expect(eventRule(event('push', push({ forced: true }))).rule).toMatchObject({
    because: 'the commit that this forced push replaced',
  })
  expect(eventRule(event('push', push({ ref: 'refs/tags/v1', before: zeros })))).toEqual({
    headBranch: null,
    targetBranch: 'main',
    rule: branch,
  })
  const onMain = eventRule(event('push', push({ ref: 'refs/heads/main' })))
  expect(onMain).toMatchObject({ targetBranch: 'main', rule: { kind: 'commit', commit: a, orElse: { kind: 'none' } } })
})

test('compares a recorded merge group with its base', () => {
  for (const payload of recorded('merge_group') as unknown as readonly {
    merge_group: { base_sha: string; base_ref: string }
  }[]) {
    const found = eventRule(event('merge_group', payload))
    expect(found.rule).toMatchObject({ kind: 'commit', commit: payload.merge_group.base_sha })
    expect(found.targetBranch).toBe(payload.merge_group.base_ref.replace('refs/heads/', ''))
  }
})

test('compares other events with the merge base, and those on the default branch with nothing', () => {
  const payload = recorded('workflow_dispatch')[0] as { repository: { default_branch: string } }
  const { default_branch: main } = payload.repository
  expect(eventRule(event('workflow_dispatch', payload, 'refs/heads/other'))).toEqual({
    headBranch: 'other',
    targetBranch: main,
    rule: { kind: 'branch', branch: main },
  })
  expect(eventRule(event('workflow_dispatch', payload, `refs/heads/${main}`)).rule.kind).toBe('none')
  expect(eventRule(event('schedule', { schedule: '0 0 * * *' }, 'refs/heads/trunk'))).toMatchObject({
    headBranch: 'trunk',
    targetBranch: 'trunk',
    rule: {
      kind: 'none',
      lost: false,
      why: 'this run is of the default branch, and its event names no earlier commit',
    },
  })
  expect(eventRule(event('release', {}, 'refs/tags/v1')).rule).toEqual({
    kind: 'none',
    lost: false,
    why: 'the event does not name the default branch',
  })
})

test('finds no commit in a payload of the wrong shape, and rejects an invalid hash', () => {
  const evil = { pull_request: { head: { sha: '--upload-pack=x', ref: 'a' }, base: { sha: a, ref: 'main' } } }
  for (const payload of [null, [], 'text', {}, evil])
    expect(eventRule(event('pull_request', payload))).toMatchObject({ rule: { kind: 'none' } })
  expect(eventRule(event('push', { ref: 'refs/heads/x', before: 'HEAD' })).rule.kind).toBe('none')
})

test('prefers the revision that the user named, in a workflow and outside of one', () => {
  expect(eventRule({ ...event(null), given: 'main' }).rule).toEqual({ kind: 'given', revision: 'main' })
  expect(eventRule({ ...event('push', { ref: 'refs/heads/x', before: a }), given: 'v1' })).toMatchObject({
    headBranch: 'x',
    rule: { kind: 'given', revision: 'v1' },
  })
  expect(eventRule(event(null)).rule).toEqual({ kind: 'none', lost: false, why: 'no baseline was named' })
})

test('marks a base that exists but cannot be determined as lost', () => {
  expect(eventRule(event('pull_request', {})).rule).toMatchObject({ kind: 'none', lost: true })
})
