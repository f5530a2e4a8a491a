/** Which events are guarded, which commits are trusted there, and what is built: a row for each case. */
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
    ['push', 'built as it is', 'who pushes may write'],
    ['create', 'built as it is', 'who makes a branch or tag may write'],
    ['delete', 'built as it is', 'who deletes one may write'],
    ['merge_group', 'built as it is', 'who puts a pull request into the queue may write'],
    ['release', 'built as it is', 'who publishes one may write'],
    ['schedule', 'built as it is', 'nobody else has a part in it'],
    ['workflow_dispatch', 'built as it is', 'who starts it may write'],
    ['pull_request', 'built as it is', "a fork's run reads only, and has no secrets"],
    ['pull_request_review', 'built as it is', 'the same'],
    ['pull_request_review_comment', 'built as it is', 'the same'],
    ['pull_request_target', 'guarded', 'anybody may open a pull request'],
    ['workflow_run', 'guarded', "the run that ended may be a fork's"],
    ['issue_comment', 'guarded', 'anybody may comment'],
    ['issues', 'guarded', 'anybody may open one'],
    ['discussion', 'guarded', 'anybody may open one'],
    ['discussion_comment', 'guarded', 'anybody may comment'],
    ['fork', 'guarded', 'anybody may fork'],
    ['watch', 'guarded', 'anybody may star'],
    ['gollum', 'guarded', 'anybody may edit a wiki that is open'],
    ['label', 'guarded', 'the triage role cannot push'],
    ['milestone', 'guarded', 'the triage role cannot push'],
    ['check_run', 'guarded', 'its payload names the commit of any pull request'],
    ['check_suite', 'guarded', 'the same'],
    ['status', 'guarded', 'the same'],
    ['deployment', 'guarded', 'services make one for the commits of forks'],
    ['deployment_status', 'guarded', 'the same'],
    ['repository_dispatch', 'guarded', 'services pass on what strangers wrote'],
    ['registry_package', 'guarded', 'nothing in its payload says who chose the commit'],
    ['image_version', 'guarded', 'the same'],
    ['page_build', 'guarded', 'the same'],
    ['public', 'guarded', 'the same'],
    ['branch_protection_rule', 'guarded', 'the same'],
    ['project_card', 'guarded', 'of GitHub Enterprise Server'],
    ['an_event_to_come', 'guarded', 'not known'],
    ['', 'guarded', 'not known'],
  ])('%s is %s: %s', (name, how) => {
    expect(isGuarded(name)).toBe(how === 'guarded')
  })

  test('outside of a workflow nothing is', () => expect(isGuarded(null)).toBe(false))
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
  ["the workflow's own, and the base's", event('pull_request_target', { baseSha: base }), [tip, base]],
  ["the workflow's own, where the payload cannot be read", event('pull_request_target'), [tip]],
  [
    "the workflow's own alone, after a fork's run",
    event('workflow_run', { ended: ended('pull_request', 'mallory/repository') }),
    [tip],
  ],
  ['the same, where the fork is gone', event('workflow_run', { ended: ended('pull_request', null) }), [tip]],
  [
    'the commit of a branch of this repository, after its run',
    event('workflow_run', { ended: ended('push', 'Owner/Repository') }),
    [tip, head],
  ],
  [
    'that of its pull request',
    event('workflow_run', { ended: ended('pull_request', 'owner/repository') }),
    [tip, head],
  ],
  [
    'not that of a run that was guarded itself',
    event('workflow_run', { ended: ended('pull_request_target', 'owner/repository') }),
    [tip],
  ],
  [
    'not what another event claims',
    event('issue_comment', { baseSha: base, ended: ended('push', 'owner/repository') }),
    [tip],
  ],
  [
    "the commit of a deployed branch, which is this repository's",
    event('deployment_status', { ref: 'refs/heads/topic' }),
    [tip],
  ],
  ['none, where a service deployed a commit alone: it may be of a fork', event('deployment_status', { ref: '' }), []],
  ['none, where it deployed a pull request', event('deployment', { ref: 'refs/pull/7/head' }), []],
  ['none, where there is no GITHUB_REF', event('issue_comment', { ref: null }), []],
  ['none, where there is no GITHUB_SHA', event('issues', { sha: null }), []],
])('trusted are %s', (_what, of, commits) => {
  expect(trustedCommits(of)).toEqual(commits)
})

const local = (commit: string, changed: readonly string[] = []): Source => ({
  kind: 'local',
  what: 'the build context .',
  found: { commit, changed },
})
const remote = (address: string): Source => ({ kind: 'remote', what: `the build context ${address}`, address })
const image = (reference: string): Source => ({ kind: 'image', what: `the build context ${reference}`, reference })

describe('what is refused', () => {
  test.each<[string, Source, RegExp]>([
    [
      'the head',
      local(head),
      /^the build context \. comes from commit aaaaaaa, which is neither the workflow's own nor the base's$/,
    ],
    ['the merge commit', local(merge), /commit ccccccc/],
    ['a commit pushed since the event', local('e'.repeat(40)), /commit eeeeeee/],
    [
      'the base with files of no commit',
      local(base, ['one', 'two', 'three', 'four']),
      /^the build context \. has files that are in no commit \(one, two, three, …\)$/,
    ],
    [
      'a folder of no checkout, or without git',
      { kind: 'local', what: 'the build context .', found: { why: 'there is no `git` on the PATH' } },
      /^it cannot be determined whose the build context \. is, since there is no `git`/,
    ],
    [
      "a secret's file that the head chose",
      { kind: 'handed-over', what: 'the file of a secret ./head/x', commit: head },
      /commit aaaaaaa/,
    ],
    [
      'what comes from elsewhere',
      { kind: 'unknown', what: 'the Dockerfile', why: 'it comes from an address' },
      /^it cannot be determined whose the Dockerfile is/,
    ],
    ['the fork', remote('https://github.com/mallory/repository.git'), /is not this repository at the full hash/],
    [
      "the fork at the base's commit",
      remote(`https://github.com/mallory/repository.git#${base}`),
      /is not this repository/,
    ],
    [
      'the fork in the guise of this repository',
      remote(`https://github.com/owner/repository.git.evil/x.git#${base}`),
      /is not this repository/,
    ],
    ['the fork over SSH', remote('git@github.com:mallory/repository.git'), /is not this repository/],
    ['the merge reference', remote(`${url}#refs/pull/7/merge:sub`), /is not this repository at/],
    ['the head reference, short', remote(`${url}#pull/7/head`), /is not this repository at/],
    ['the head commit through this repository', remote(`${url}#${head}`), /is not this repository at/],
    ['a short hash of the head', remote(`${url}#${head.slice(0, 7)}`), /is not this repository at/],
    ["a short hash of the base's", remote(`${url}#${base.slice(0, 12)}`), /is not this repository at/],
    ['the head commit in the query', remote(`${url}?commit=${head}`), /is not this repository at/],
    [
      'the base in the query, and a branch that goes before it',
      remote(`${url}?checksum=${base}&branch=topic`),
      /is not this repository at/,
    ],
    [
      'the base in the query, and the head in the fragment',
      remote(`${url}?ref=${base}#${head}`),
      /is not this repository at/,
    ],
    ['the base twice, once as the head', remote(`${url}?ref=${base}&ref=${head}`), /is not this repository at/],
    ['a branch, even the base branch, which may move', remote(`${url}#refs/heads/main`), /is not this repository at/],
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

  test('everything, where no commit is trusted', () => {
    expect(faultOf(local(base), { eventName: 'issues', commits: [], repositoryUrl: url })).not.toBeNull()
  })
})

test.each<[string, Source]>([
  ['the base', local(base)],
  ['the commit of the workflow', local(tip)],
  ['the base as Git context', remote(`${url}#${base}`)],
  ['a folder of it', remote(`${url}#${base}:sub/folder`)],
  ['the same with a query', remote(`${url}?ref=${base}&subdir=sub`)],
  ['an image by its digest', image(`ghcr.io/owner/app@sha256:${'0'.repeat(64)}`)],
  ["a secret's file of the runner", { kind: 'handed-over', what: 'the file of a secret /tmp/x', commit: null }],
  [
    "a secret's file that a step made in the checkout",
    { kind: 'handed-over', what: 'the file of a secret ./x', commit: base },
  ],
])('what is built: %s', (_what, source) => {
  expect(faultOf(source, { eventName: 'pull_request_target', commits: [tip, base], repositoryUrl: url })).toBeNull()
})
