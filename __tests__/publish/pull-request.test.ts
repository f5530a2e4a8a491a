import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createRequire } from 'node:module'
import { findPullRequest, pullRequestOfEvent, workflowRunOfEvent } from '../../src/publish/pull-request.ts'
import { gitHubServer, type GitHubServer } from '../support/github-server.ts'
import { connect, headA, headB } from '../support/publishing.ts'

interface Recorded {
  readonly name: string
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}
const recorded = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Recorded[]
const examplesOf = (name: string): Recorded['examples'] => recorded.find((event) => event.name === name)!.examples

let server: GitHubServer
beforeAll(async () => {
  server = await gitHubServer()
})
beforeEach(() => {
  server.mood = () => null
  server.pullRequests.clear()
})
afterEach(() => {
  expect(server.defects).toEqual([])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const place = { owner: 'owner', repo: 'repository' }
const find = (eventName: string, payload: unknown): ReturnType<typeof findPullRequest> =>
  findPullRequest(connect(server), place, eventName, payload)

describe('the pull request of an event', () => {
  test.each(['pull_request', 'pull_request_review', 'pull_request_review_comment'])(
    'is found in every recorded %s',
    (name) => {
      for (const payload of examplesOf(name)) {
        const pull = payload['pull_request'] as { number: number; head: { sha: string } }
        expect(pullRequestOfEvent(name, payload)).toMatchObject({
          number: pull.number,
          headSha: pull.head.sha,
          fork: false,
        })
      }
    },
  )

  test('is found in pull_request_target, with its fork and labels', async () => {
    const [example] = examplesOf('pull_request')
    const pull = example!['pull_request'] as { head: { repo: object }; labels: unknown[] }
    const payload = {
      pull_request: {
        ...pull,
        labels: [{ name: 'size-ok' }],
        head: { ...pull.head, repo: { ...pull.head.repo, id: 99, full_name: 'mallory/repository' } },
      },
    }
    expect(await find('pull_request_target', payload)).toMatchObject({
      pullRequest: { fork: true, headRepository: { id: 99 }, labels: ['size-ok'] },
      sentence: null,
    })
    const gone = { pull_request: { ...pull, head: { ...pull.head, repo: null } } }
    expect(pullRequestOfEvent('pull_request', gone)).toMatchObject({ fork: true, headRepository: null })
  })

  test.each(['push', 'merge_group', 'workflow_dispatch', 'schedule', 'issue_comment'])(
    'does not exist for %s, and GitHub is not asked',
    async (name) => {
      server.requests.splice(0)
      for (const payload of recorded.find((event) => event.name === name)?.examples ?? [{}])
        expect(await find(name, payload)).toEqual({
          pullRequest: null,
          sentence: `No comment: the event ${name} does not belong to a pull request. The report is in the job summary.`,
        })
      expect(server.requests).toEqual([])
    },
  )

  test.each([null, 'text', {}, { pull_request: null }, { pull_request: { number: -1 } }])(
    'is not found in a damaged event: %p',
    (payload) => {
      expect(pullRequestOfEvent('pull_request', payload)).toBeNull()
      expect(workflowRunOfEvent('workflow_run', payload)).toBeNull()
    },
  )
})

describe('the pull request of another run', () => {
  const fork = { id: 99, full_name: 'mallory/repository' }
  const run = (some: Record<string, unknown> = {}): unknown => {
    const example = examplesOf('workflow_run')[0]!
    const given = example['workflow_run'] as object
    return {
      ...example,
      workflow_run: {
        ...given,
        event: 'pull_request',
        head_sha: headA,
        head_branch: 'topic',
        head_repository: { ...fork, owner: { login: 'mallory' } },
        pull_requests: [],
        ...some,
      },
    }
  }
  const pull = { number: 7, headSha: headA, headRepository: fork }

  test('is looked for with every recorded event', () => {
    for (const payload of examplesOf('workflow_run'))
      expect(workflowRunOfEvent('workflow_run', payload)).toMatchObject({ head_sha: expect.any(String) })
  })

  test('is found by repository, branch and commit', async () => {
    server.pullRequests.set(7, pull)
    server.pullRequests.set(8, { ...pull, number: 8, headRef: 'other' })
    server.pullRequests.set(9, { number: 9, headSha: headA })
    expect(await find('workflow_run', run())).toMatchObject({ pullRequest: { number: 7, headSha: headA, fork: true } })
  })

  test('is found on any page', async () => {
    for (let number = 100; number < 350; number++) server.pullRequests.set(number, { ...pull, number, headSha: headB })
    server.pullRequests.set(7_000, { ...pull, number: 7_000 })
    expect(await find('workflow_run', run())).toMatchObject({ pullRequest: { number: 7_000 } })
  })

  test.each<[string, Record<string, unknown>, () => void, RegExp]>([
    [
      'the head moved',
      {},
      () => server.pullRequests.set(7, { ...pull, headSha: headB }),
      /no open pull request is at aaaaaaa/,
    ],
    ['it was closed', {}, () => server.pullRequests.set(7, { ...pull, state: 'closed' }), /no open pull request/],
    [
      'a repository with the same name replaced the fork',
      {},
      () => server.pullRequests.set(7, { ...pull, headRepository: { ...fork, id: 100 } }),
      /no open pull request/,
    ],
    [
      'the fork was deleted',
      { head_repository: null },
      () => server.pullRequests.set(7, { ...pull, headRepository: null }),
      /is gone/,
    ],
    ['the run was a push', { event: 'push' }, () => server.pullRequests.set(7, pull), /not for a pull request/],
    [
      'two pull requests have this head',
      {},
      () => server.pullRequests.set(7, pull).set(8, { ...pull, number: 8 }),
      /#7 and #8 have the same head/,
    ],
    [
      'GitHub has a fault',
      {},
      () => (server.mood = () => ({ kind: 'status', status: 503 })),
      /could not be looked up: GitHub returned a server error \(503\)/,
    ],
  ])('is not found, with a sentence, if %s', async (_what, some, prepare, sentence) => {
    prepare()
    const found = await find('workflow_run', run(some))
    expect(found).toEqual({ pullRequest: null, sentence: expect.stringMatching(sentence) })
    expect(found.sentence).toMatch(/The report is in the job summary\.$/)
  })

  test('is found by a branch with special characters in its name', async () => {
    const headRef = 'a&state=all#..%2f'
    server.pullRequests.set(7, { ...pull, headRef })
    server.pullRequests.set(8, { ...pull, number: 8, state: 'closed' })
    expect(await find('workflow_run', run({ head_branch: headRef }))).toMatchObject({ pullRequest: { number: 7 } })
  })
})
