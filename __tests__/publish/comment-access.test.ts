import { describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import type { PullRequest, WorkflowRun } from '../../src/publish/pull-request.ts'
import { commentAccess, dependabotHint, refuseUntrustedBuild, type BuiltSource } from '../../src/publish/trust.ts'

const head = 'a'.repeat(40)
const base = 'b'.repeat(40)
const merge = 'c'.repeat(40)
const fork = { id: 2, fullName: 'Mallory/Repository' }
const pull: PullRequest = { number: 7, headSha: head, headRef: 'topic', headRepository: fork, baseSha: base, baseRef: 'main', labels: [], fork: true }
const own: PullRequest = { ...pull, headRepository: { id: 1, fullName: 'owner/repository' }, fork: false }
const run: WorkflowRun = { event: 'pull_request', head_sha: head, head_branch: 'topic', head_repository: { id: 2, full_name: 'mallory/repository', owner: { login: 'mallory' } } }

const source = (some: Partial<BuiltSource>): BuiltSource => ({
  eventName: 'pull_request_target',
  pullRequest: pull,
  workflowRun: null,
  repository: 'owner/repository',
  workflowSha: base,
  checkedOut: null,
  gitContext: null,
  ...some,
})

describe('what is not built', () => {
  test.each<[string, Partial<BuiltSource>]>([
    ['the head', { checkedOut: head }],
    ['the merge commit', { checkedOut: merge }],
    ['the head of a branch of this repository', { checkedOut: head, pullRequest: own }],
    ['a commit pushed since the event', { checkedOut: 'd'.repeat(40) }],
    ['the fork as Git context', { gitContext: 'https://github.com/mallory/repository.git#refs/heads/topic' }],
    ['the fork without .git, in other case', { gitContext: 'https://ghe.example/Mallory/Repository/?branch=topic' }],
    ['the fork over SSH', { gitContext: 'git@github.com:mallory/repository.git' }],
    ['the merge reference', { gitContext: 'https://github.com/owner/repository.git#refs/pull/7/merge:sub' }],
    ['the head reference, short', { gitContext: 'https://github.com/owner/repository.git#pull/7/head' }],
    ['the head commit through this repository', { gitContext: `https://github.com/owner/repository.git#${head}` }],
    ['the head commit in the query', { gitContext: `https://github.com/owner/repository.git?commit=${head}` }],
    ['a branch of this repository', { gitContext: 'https://github.com/owner/repository.git#refs/heads/topic', pullRequest: own }],
    ['a fork after its run', { eventName: 'workflow_run', workflowRun: run, pullRequest: null, checkedOut: head }],
    ['a fork as Git context after its run', { eventName: 'workflow_run', workflowRun: run, gitContext: 'https://github.com/mallory/repository.git' }],
    ['a fork that is gone, after its run', { eventName: 'workflow_run', workflowRun: { ...run, head_repository: null }, checkedOut: head }],
  ])('%s', (_what, some) => {
    const refused = (): void => refuseUntrustedBuild(source(some))
    expect(refused).toThrow(FootprintError)
    expect(refused).toThrow(/^Refused to build .* on the event (pull_request_target|workflow_run): .* "mode: publish": see docs\/forks.md$/)
  })
})

describe('what is built', () => {
  test.each<[string, Partial<BuiltSource>]>([
    ['the base', { checkedOut: base }],
    ['the commit of the workflow, newer than the base of the event', { checkedOut: 'e'.repeat(40), workflowSha: 'e'.repeat(40) }],
    ['the base as Git context', { gitContext: 'https://github.com/owner/repository.git#refs/heads/main' }],
    ["a branch that has the same name as the fork's", { gitContext: 'https://github.com/owner/repository.git#refs/heads/topic' }],
    ['another repository', { gitContext: 'https://github.com/owner/base-images.git' }],
    ['the head, on the event that is made for it', { eventName: 'pull_request', checkedOut: merge }],
    ['a branch of this repository after its run', { eventName: 'workflow_run', workflowRun: { ...run, head_repository: { id: 1, full_name: 'Owner/Repository', owner: null } }, checkedOut: head }],
    ['the default branch after the run of a fork', { eventName: 'workflow_run', workflowRun: run, checkedOut: base }],
  ])('%s', (_what, some) => {
    expect(() => refuseUntrustedBuild(source(some))).not.toThrow()
  })
})

test('a run for a fork tries no comment and says what to do', () => {
  expect(commentAccess('pull_request', pull)).toEqual({ mayWrite: false, sentence: expect.stringMatching(/only reads.*job summary.*docs\/forks\.md/) })
  expect(commentAccess('pull_request', own)).toEqual({ mayWrite: true })
  expect(commentAccess('pull_request_target', pull)).toEqual({ mayWrite: true })
  expect(commentAccess('workflow_run', pull).mayWrite).toBe(true)
  expect(commentAccess('push', null)).toEqual({ mayWrite: true })
})

test('Dependabot', () => {
  expect(dependabotHint('dependabot[bot]')).toMatch(/pull-requests: write/)
  expect(dependabotHint('renovate[bot]')).toBeNull()
  expect(dependabotHint(undefined)).toBeNull()
})
