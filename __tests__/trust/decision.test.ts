/** Which events are guarded, which commits are trusted there, and what may be built: a row for each case. */
import { describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import { faultOf, refuseUntrusted, type Source } from '../../src/trust/decision.ts'
import { isGuarded, trustedCommits, type GuardedEvent } from '../../src/trust/events.ts'

const head = 'a'.repeat(40)
const base = 'b'.repeat(40)
const merge = 'c'.repeat(40)
const tip = 'd'.repeat(40)
const url = 'https://github.com/owner/repository.git'

describe('events', () => {
  // GitHub's list, https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
  test.each<[string, 'built as it is' | 'guarded', string]>([
    ['push', 'built as it is', 'only people with write access push'],
    ['create', 'built as it is', 'only people with write access create a branch or tag'],
    ['delete', 'built as it is', 'only people with write access delete one'],
    ['merge_group', 'built as it is', 'only people with write access queue a pull request'],
    ['release', 'built as it is', 'only people with write access publish one'],
    ['schedule', 'built as it is', 'nobody else is involved'],
    ['workflow_dispatch', 'built as it is', 'only people with write access start it'],
    ['pull_request', 'built as it is', 'a run for a fork is read-only, and has no secrets'],
    ['pull_request_review', 'built as it is', 'a run for a fork is read-only, and has no secrets'],
    ['pull_request_review_comment', 'built as it is', 'a run for a fork is read-only, and has no secrets'],
    ['pull_request_target', 'guarded', 'anybody may open a pull request'],
    ['workflow_run', 'guarded', 'the run that ended may be for a fork'],
    ['issue_comment', 'guarded', 'anybody may comment'],
    ['issues', 'guarded', 'anybody may open one'],
    ['discussion', 'guarded', 'anybody may open one'],
    ['discussion_comment', 'guarded', 'anybody may comment'],
    ['fork', 'guarded', 'anybody may fork'],
    ['watch', 'guarded', 'anybody may star'],
    ['gollum', 'guarded', 'anybody may edit an open wiki'],
    ['label', 'guarded', 'the triage role cannot push'],
    ['milestone', 'guarded', 'the triage role cannot push'],
    ['check_run', 'guarded', 'its payload names the commit of any pull request'],
    ['check_suite', 'guarded', 'its payload names the commit of any pull request'],
    ['status', 'guarded', 'its payload names the commit of any pull request'],
    ['deployment', 'guarded', 'services create one for commits of forks'],
    ['deployment_status', 'guarded', 'services create one for commits of forks'],
    ['repository_dispatch', 'guarded', 'services pass on what strangers wrote'],
    ['registry_package', 'guarded', 'its payload does not say who chose the commit'],
    ['image_version', 'guarded', 'its payload does not say who chose the commit'],
    ['page_build', 'guarded', 'its payload does not say who chose the commit'],
    ['public', 'guarded', 'its payload does not say who chose the commit'],
    ['branch_protection_rule', 'guarded', 'its payload does not say who chose the commit'],
    ['project_card', 'guarded', 'it exists on GitHub Enterprise Server only'],
    ['an_event_to_come', 'guarded', 'it is not known'],
    ['', 'guarded', 'it is not known'],
  ])('%s is %s: %s', (name, how) => {
    expect(isGuarded(name)).toBe(how === 'guarded')
  })

  test('nothing is guarded outside of a workflow', () => expect(isGuarded(null)).toBe(false))
})

const event = (name: string, some: Partial<GuardedEvent> = {}): GuardedEvent => ({
  name,
  sha: tip,
  ref: 'refs/heads/main',
  repository: 'owner/repository',
  baseSha: null,
  ended: null,
  ...some,
})
const ended = (of: string, headRepository: string | null): GuardedEvent['ended'] => ({
  event: of,
  headSha: head,
  headRepository,
})

test.each<[string, GuardedEvent, readonly string[]]>([
  ['the commits of the workflow and of the base', event('pull_request_target', { baseSha: base }), [tip, base]],
  ['the commit of the workflow, if the payload cannot be read', event('pull_request_target'), [tip]],
  [
    "only the commit of the workflow, after a fork's run",
    event('workflow_run', { ended: ended('pull_request', 'mallory/repository') }),
    [tip],
  ],
  [
    'only the commit of the workflow, after the run of a deleted fork',
    event('workflow_run', { ended: ended('pull_request', null) }),
    [tip],
  ],
  [
    'the commit of a branch of this repository, after its run',
    event('workflow_run', { ended: ended('push', 'Owner/Repository') }),
    [tip, head],
  ],
  [
    'the commit of a pull request of this repository, after its run',
    event('workflow_run', { ended: ended('pull_request', 'owner/repository') }),
    [tip, head],
  ],
  [
    'not the commit of a run that was guarded itself',
    event('workflow_run', { ended: ended('pull_request_target', 'owner/repository') }),
    [tip],
  ],
  [
    'not a commit that another event claims',
    event('issue_comment', { baseSha: base, ended: ended('push', 'owner/repository') }),
    [tip],
  ],
  [
    'the commit of a deployed branch, which belongs to this repository',
    event('deployment_status', { ref: 'refs/heads/topic' }),
    [tip],
  ],
  [
    'no commit, if a service deployed only a commit, which may be of a fork',
    event('deployment_status', { ref: '' }),
    [],
  ],
  ['no commit, if a pull request was deployed', event('deployment', { ref: 'refs/pull/7/head' }), []],
  ['no commit, without GITHUB_REF', event('issue_comment', { ref: null }), []],
  ['no commit, without GITHUB_SHA', event('issues', { sha: null }), []],
])('trusts %s', (_what, of, commits) => {
  expect(trustedCommits(of)).toEqual(commits)
})

const local = (commit: string, changed: readonly string[] = []): Source => ({
  kind: 'local',
  what: 'the build context .',
  found: { commit, changed },
})
const remote = (address: string): Source => ({ kind: 'remote', what: `the build context ${address}`, address })
const image = (reference: string): Source => ({ kind: 'image', what: `the build context ${reference}`, reference })

describe('refuses', () => {
  test.each<[string, Source, RegExp]>([
    [
      'the head of the pull request',
      local(head),
      /^the build context \. comes from commit aaaaaaa, which is neither the workflow's own nor the base's$/,
    ],
    ['the merge commit', local(merge), /commit ccccccc/],
    ['a commit pushed after the event', local('e'.repeat(40)), /commit eeeeeee/],
    [
      'the base with uncommitted files',
      local(base, ['one', 'two', 'three', 'four']),
      /^the build context \. has files that are in no commit \(one, two, three, …\)$/,
    ],
    [
      'a folder outside of a checkout, or without git',
      { kind: 'local', what: 'the build context .', found: { why: 'there is no `git` on the PATH' } },
      /^it cannot be determined whose the build context \. is, since there is no `git`/,
    ],
    [
      'a secret file that the head chose',
      { kind: 'handed-over', what: 'the file of a secret ./head/x', commit: head },
      /commit aaaaaaa/,
    ],
    [
      'a source from elsewhere',
      { kind: 'unknown', what: 'the Dockerfile', why: 'it comes from an address' },
      /^it cannot be determined whose the Dockerfile is/,
    ],
    ['the fork', remote('https://github.com/mallory/repository.git'), /is not this repository at the full hash/],
    [
      'the fork at the commit of the base',
      remote(`https://github.com/mallory/repository.git#${base}`),
      /is not this repository/,
    ],
    [
      'the fork disguised as this repository',
      remote(`https://github.com/owner/repository.git.evil/x.git#${base}`),
      /is not this repository/,
    ],
    ['the fork over SSH', remote('git@github.com:mallory/repository.git'), /is not this repository/],
    ['the merge reference', remote(`${url}#refs/pull/7/merge:sub`), /is not this repository at/],
    ['the head reference in short form', remote(`${url}#pull/7/head`), /is not this repository at/],
    ['the head commit through this repository', remote(`${url}#${head}`), /is not this repository at/],
    ['a short hash of the head', remote(`${url}#${head.slice(0, 7)}`), /is not this repository at/],
    ['a short hash of the base', remote(`${url}#${base.slice(0, 12)}`), /is not this repository at/],
    ['the head commit in the query', remote(`${url}?commit=${head}`), /is not this repository at/],
    [
      'the base in the query with a branch that takes precedence',
      remote(`${url}?checksum=${base}&branch=topic`),
      /is not this repository at/,
    ],
    [
      'the base in the query, and the head in the fragment',
      remote(`${url}?ref=${base}#${head}`),
      /is not this repository at/,
    ],
    ['the base and the head in the query', remote(`${url}?ref=${base}&ref=${head}`), /is not this repository at/],
    [
      'a branch, even the base branch, since it may move',
      remote(`${url}#refs/heads/main`),
      /is not this repository at/,
    ],
    ['this repository without a commit', remote(url), /is not this repository at/],
    ['another repository', remote('https://github.com/owner/base-images.git'), /is not this repository/],
    ['an archive', remote(`https://host.invalid/${base}.tar.gz`), /is not this repository/],
    ['an image by its tag', image('ghcr.io/owner/app:pr-7'), /is an image without a digest$/],
    ['an image by a short digest', image('app@sha256:aaaa'), /is an image without a digest$/],
  ])('%s', (_what, source, clause) => {
    const run = { eventName: 'issue_comment', commits: [tip, base], repositoryUrl: url }
    expect(faultOf(source, run)).toMatch(clause)
    const refused = (): void => refuseUntrusted(run, [local(base), source])
    expect(refused).toThrow(FootprintError)
    expect(refused).toThrow(
      /^Refused to build on the event issue_comment, which runs with this repository's secrets and a token that writes: .*\. Build on the event pull_request, and write the comment from a second workflow with "mode: publish": see docs\/threat-model\.md$/,
    )
  })

  test('everything if no commit is trusted', () => {
    expect(faultOf(local(base), { eventName: 'issues', commits: [], repositoryUrl: url })).not.toBeNull()
  })
})

test.each<[string, Source]>([
  ['the base', local(base)],
  ['the commit of the workflow', local(tip)],
  ['the base as Git context', remote(`${url}#${base}`)],
  ['a folder of that Git context', remote(`${url}#${base}:sub/folder`)],
  ['the Git context with a query', remote(`${url}?ref=${base}&subdir=sub`)],
  ['an image by digest', image(`ghcr.io/owner/app@sha256:${'0'.repeat(64)}`)],
  ['a secret file of the runner', { kind: 'handed-over', what: 'the file of a secret /tmp/x', commit: null }],
  [
    'a secret file that a step made in the checkout',
    { kind: 'handed-over', what: 'the file of a secret ./x', commit: base },
  ],
])('builds %s', (_what, source) => {
  expect(faultOf(source, { eventName: 'pull_request_target', commits: [tip, base], repositoryUrl: url })).toBeNull()
})
