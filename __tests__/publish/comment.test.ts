/** One correct comment, with a GitHub that has faults. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CommentMode } from '../../src/inputs/inputs.ts'
import { formatMarker } from '../../src/publish/comment-marker.ts'
import {
  findMarker,
  roomForBody,
  upsertComment,
  type CommentResult,
  type CommentRequest,
  type ReportState,
} from '../../src/publish/comment.ts'
import { gitHubServer, type Comment, type GitHubServer, type Mood, type Request } from '../support/github-server.ts'
import { connect, fakeClock, headA, headB, reportOf } from '../support/publishing.ts'

let server: GitHubServer

beforeAll(async () => {
  server = await gitHubServer()
})
beforeEach(() => {
  server.mood = () => null
  server.graphql = true
  server.comments.splice(0)
  server.requests.splice(0)
  server.pullRequests.clear()
  server.pullRequests.set(7, { number: 7, headSha: headA })
  server.accounts.set('reader', { login: 'github-actions[bot]', type: 'Bot', writes: false })
  server.accounts.set('ann-token', { login: 'ann', type: 'User', writes: true })
  server.accounts.set('app-token', { login: 'sizes[bot]', type: 'Bot', writes: true })
})
afterEach(() => {
  expect(server.defects).toEqual([])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const bot = { login: 'github-actions[bot]', type: 'Bot' } as const
const write = (some: Partial<CommentRequest> = {}): Promise<CommentResult> => upsertComment(reportOf(server, some))
const textOf = (some: Partial<CommentRequest> = {}): string =>
  `${formatMarker(reportOf(server, some))}\n${some.body ?? 'the report'}`
const put = (id: number, body: string, user: Comment['user'] = bot): void =>
  void server.comments.push({ id, issue: 7, body, user })
const methods = (): string[] =>
  server.requests.map(
    ({ method, path }) => `${method} ${path.replace('/repos/owner/repository', '').replace(/\?.*/, '')}`,
  )
const isWrite = ({ method, path }: Request): boolean => method !== 'GET' && path !== '/graphql'
/** The fault for the first so many matching requests. */
const times = (
  count: number,
  matches: (request: Request) => boolean,
  mood: Mood,
): ((request: Request) => Mood | null) => {
  let left = count
  return (request) => (matches(request) && left-- > 0 ? mood : null)
}

describe('without faults', () => {
  test('creates a comment for the first report', async () => {
    expect(await write()).toEqual({
      status: 'created',
      url: 'https://github.test/owner/repository/pull/7#issuecomment-1001',
      sentence: 'Created the comment on #7.',
    })
    expect(server.comments.map(({ body }) => body)).toEqual([textOf()])
  })

  test('updates the comment for the next report, and leaves it if nothing differs', async () => {
    const first = await write()
    const next = { run: { id: 101, attempt: 1 }, body: 'another' }
    expect(await write(next)).toMatchObject({ status: 'updated', url: first.url })
    server.requests.splice(0)
    expect(await write(next)).toMatchObject({ status: 'unchanged', url: first.url })
    expect(server.requests.filter(isWrite)).toEqual([])
    expect(server.comments.map(({ body }) => body)).toEqual([textOf(next)])
  })

  test('accepts that GitHub changes line ends and the end of the text', async () => {
    put(1, textOf().replaceAll('\n', '\r\n'))
    expect(await write({ body: 'the report\n' })).toMatchObject({ status: 'unchanged' })
  })

  test('makes only the necessary requests', async () => {
    await write()
    expect(methods()).toEqual([
      'GET /issues/7/comments',
      'GET /pulls/7',
      'POST /issues/7/comments',
      'GET /issues/7/comments',
      'GET /pulls/7',
    ])
    server.requests.splice(0)
    await write({ body: 'another' })
    expect(methods()).toEqual([
      'GET /issues/7/comments',
      'POST /graphql',
      'GET /pulls/7',
      'PATCH /issues/comments/' + String(server.comments[0]?.id),
    ])
  })

  test('finds its comment after hundreds of others', async () => {
    for (let id = 1; id <= 250; id++) put(id, 'talk', { login: 'ann', type: 'User' })
    put(251, textOf({ body: 'old' }))
    expect(await write()).toMatchObject({ status: 'updated' })
    expect(server.comments.filter(({ user }) => user.login === bot.login)).toHaveLength(1)
  })

  test('keeps a comment for each name', async () => {
    await write({ name: 'api' })
    await write({ name: 'api-2' })
    await write({ name: 'API' })
    expect(server.comments).toHaveLength(3)
  })

  test('deletes duplicates of an earlier fault, and keeps the oldest', async () => {
    put(11, textOf({ body: 'one' }))
    put(12, textOf({ body: 'two' }))
    put(13, textOf({ name: 'other', body: 'three' }))
    put(14, textOf({ body: 'four' }))
    expect(await write()).toMatchObject({ status: 'updated' })
    expect(server.comments.map(({ id, body }) => [id, body.split('\n')[1]])).toEqual([
      [11, 'the report'],
      [13, 'three'],
    ])
  })
})

describe('the author of a comment', () => {
  test.each<[string, Comment['user']]>([
    ['a person', { login: 'mallory', type: 'User' }],
    ['another bot', { login: 'mallory[bot]', type: 'Bot' }],
    ['a person with a name like ours', { login: 'github-actions', type: 'User' }],
  ])('decides whether a marker counts: one in a comment of %s does not', async (_who, user) => {
    const forged = textOf({ run: { id: 999_999, attempt: 1 }, body: 'forged' })
    put(1, forged, user)
    expect(await write()).toMatchObject({ status: 'created' })
    expect(await findMarker(reportOf(server))).toMatchObject({ run: { id: 100 } })
    expect(server.comments.map(({ body }) => body)).toEqual([forged, textOf()])
  })

  test('does not matter if the marker is inside another comment of ours', async () => {
    put(1, `hello\n${textOf({ body: 'old' })}`)
    expect(await write()).toMatchObject({ status: 'created' })
  })

  test.each(['ann-token', 'app-token'])('is whoever GitHub says that the token belongs to, with %s', async (token) => {
    put(1, textOf({ body: 'of another workflow' }))
    expect(await write({ github: connect(server, { token }) })).toMatchObject({ status: 'created' })
    expect(await write({ github: connect(server, { token }), body: 'next' })).toMatchObject({ status: 'updated' })
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual(['of another workflow', 'next'])
  })

  test('is that of the comment just made, if GitHub does not name the owner', async () => {
    server.graphql = false
    const some = (): Partial<CommentRequest> => ({ github: connect(server, { token: 'ann-token' }) })
    put(1, textOf({ body: 'of mallory' }), { login: 'mallory', type: 'User' })
    await write(some())
    await write({ ...some(), body: 'next' })
    expect(server.comments.map(({ id, body }) => [id, body.split('\n')[1]])).toEqual([
      [1, 'of mallory'],
      [expect.any(Number), 'next'],
    ])
  })

  test('is a workflow, if GitHub does not name the owner', async () => {
    server.graphql = false
    await write()
    expect(await write({ body: 'next' })).toMatchObject({ status: 'updated' })
  })
})

describe('newer and older runs', () => {
  test('write nothing if their commit is no longer the head', async () => {
    await write()
    server.pullRequests.get(7)!.headSha = headB
    expect(await write({ run: { id: 200, attempt: 1 }, body: 'late' })).toEqual({
      status: 'skipped',
      url: null,
      sentence: 'No comment: #7 is at bbbbbbb by now, and this run is of aaaaaaa; its report is in the job summary.',
    })
    expect(server.comments.map(({ body }) => body)).toEqual([textOf()])
  })

  test('replace a comment of an older commit, whatever their numbers', async () => {
    await write({ run: { id: 300, attempt: 1 } })
    server.pullRequests.get(7)!.headSha = headB
    expect(await write({ headSha: headB, run: { id: 200, attempt: 1 } })).toMatchObject({ status: 'updated' })
  })

  test.each([
    [{ id: 99, attempt: 9 }, 'skipped'],
    [{ id: 100, attempt: 1 }, 'skipped'],
    [{ id: 100, attempt: 2 }, 'updated'],
    [{ id: 101, attempt: 1 }, 'updated'],
  ])('of one commit: run %p after 100.2 is %s', async (run, status) => {
    await write({ run: { id: 100, attempt: 2 } })
    expect(await write({ run, body: 'next' })).toMatchObject({ status })
  })

  test('keep an override in the marker', async () => {
    const override = { label: 'size-ok', by: 'ann', headSha: headA }
    expect(await findMarker(reportOf(server))).toBeNull()
    await write({ override })
    expect(await findMarker(reportOf(server))).toMatchObject({ override })
  })
})

describe('the mode', () => {
  test.each<[CommentMode, ReportState, 'the report' | 'one line' | null, 'the report' | 'one line']>([
    ['always', 'unchanged', 'the report', 'the report'],
    ['always', 'failed', 'the report', 'the report'],
    ['changes', 'unchanged', null, 'one line'],
    // Only an old comment would show figures that are out of date.
    ['changes', 'not-compared', null, 'the report'],
    ['always', 'not-compared', 'the report', 'the report'],
    ['failures', 'not-compared', null, 'one line'],
    ['changes', 'changed', 'the report', 'the report'],
    ['changes', 'failed', 'the report', 'the report'],
    ['failures', 'unchanged', null, 'one line'],
    ['failures', 'changed', null, 'one line'],
    ['failures', 'failed', 'the report', 'the report'],
  ])('%s with the state %s: writes %p, and in an old comment %p', async (mode, state, fresh, old) => {
    const result = await write({ mode, state })
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual(fresh === null ? [] : [fresh])
    expect(result.status).toBe(fresh === null ? 'skipped' : 'created')
    server.comments.splice(0)
    put(1, textOf({ body: 'old' }))
    await write({ mode, state })
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual([old])
  })

  test('changes says why there is no comment', async () => {
    const why = {
      mode: 'changes',
      state: 'unchanged',
      unchangedWords: 'no layer changed except for file times',
    } as const
    expect((await write(why)).sentence).toBe('No comment: no layer changed except for file times.')
  })

  test('off makes no requests', async () => {
    put(1, textOf({ body: 'old' }))
    expect(await write({ mode: 'off', state: 'failed' })).toMatchObject({ status: 'skipped' })
    expect(server.requests).toEqual([])
  })

  test('the longest possible body is accepted, and a longer one is not', async () => {
    const room = roomForBody(reportOf(server))
    expect(await write({ body: 'x'.repeat(room) })).toMatchObject({ status: 'created' })
    expect(await write({ body: 'x'.repeat(room + 1) })).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining('too long for a comment (422)'),
    })
  })
})

describe('lasting refusals', () => {
  const cases: readonly [string, Partial<CommentRequest> | (() => Partial<CommentRequest>), () => void, RegExp][] = [
    [
      '401 (invalid token)',
      () => ({ github: connect(server, { token: 'wrong' }) }),
      () => null,
      /does not accept the token \(401\): check the token \(the input github-token, or GITHUB_TOKEN on the command line\)/,
    ],
    [
      '403 (read-only token)',
      () => ({ github: connect(server, { token: 'reader' }) }),
      () => null,
      /give the job the permission "pull-requests: write"/,
    ],
    ['404', { pullRequest: 8 }, () => null, /does not see #8 \(404\).*"pull-requests: write"/],
    ['locked', {}, () => (server.pullRequests.get(7)!.locked = true), /conversation of #7 is locked \(403\)/],
    [
      '410',
      {},
      () =>
        (server.mood = times(9, isWrite, {
          kind: 'status',
          status: 410,
          message: 'Issues are disabled for this repo',
        })),
      /turned off or gone \(410\)/,
    ],
    [
      '410 locked',
      {},
      () => (server.mood = times(9, isWrite, { kind: 'status', status: 410, message: 'This issue is locked' })),
      /locked \(410\)/,
    ],
    [
      '422',
      {},
      () => (server.mood = times(9, isWrite, { kind: 'status', status: 422, message: 'Spam\n::error::x' })),
      /refuses it \(422\): Spam \\u\{3a\}:error::x/,
    ],
  ]
  test.each(cases)(
    'are reported once, in one sentence, without throwing: %s',
    async (_what, some, prepare, sentence) => {
      prepare()
      const result = await write(typeof some === 'function' ? some() : some)
      expect(result).toMatchObject({ status: 'failed', url: null, sentence: expect.stringMatching(sentence) })
      expect(result.sentence).toMatch(/^No comment on #\d+, the report is in the job summary: [^\n]+\.$/)
      expect(server.requests.filter(isWrite).length).toBeLessThanOrEqual(1)
      expect(server.comments).toEqual([])
    },
  )
})

describe('temporary faults', () => {
  const passing: readonly [string, Mood][] = [
    ['500', { kind: 'status', status: 500 }],
    ['502', { kind: 'status', status: 502 }],
    ['503', { kind: 'status', status: 503 }],
    ['429', { kind: 'status', status: 429, headers: { 'retry-after': '3' } }],
    [
      'secondary limit',
      {
        kind: 'status',
        status: 403,
        message: 'You have exceeded a secondary rate limit',
        headers: { 'retry-after': '3' },
      },
    ],
    [
      'limit used up',
      {
        kind: 'status',
        status: 403,
        message: 'API rate limit exceeded',
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225610' },
      },
    ],
    ['broken connection', { kind: 'drop', after: false }],
    ['torn answer', { kind: 'torn' }],
  ]
  test.each(passing)('%s while reading: tries again', async (_what, mood) => {
    server.mood = times(2, ({ method }) => method === 'GET', mood)
    expect(await write()).toMatchObject({ status: 'created' })
    expect(server.comments).toHaveLength(1)
  })

  test.each(passing)('%s while creating, which failed: tries again', async (_what, mood) => {
    server.mood = times(2, isWrite, mood)
    expect(await write()).toMatchObject({ status: 'created' })
    expect(server.comments.map(({ body }) => body)).toEqual([textOf()])
  })

  const worked: readonly [string, Mood][] = [
    ['502', { kind: 'status', status: 502, after: true }],
    ['broken connection', { kind: 'drop', after: true }],
    ['torn answer', { kind: 'torn' }],
  ]
  test.each(worked)('%s after creating: creates nothing twice', async (_what, mood) => {
    server.mood = times(1, isWrite, mood)
    expect(await write()).toMatchObject({ status: 'created', url: expect.stringContaining('#issuecomment-') })
    expect(server.requests.filter(isWrite)).toHaveLength(1)
    expect(server.comments.map(({ body }) => body)).toEqual([textOf()])
  })

  test.each(worked)('%s after updating: updates nothing twice', async (_what, mood) => {
    put(1, textOf({ body: 'old' }))
    server.mood = times(1, isWrite, mood)
    expect(await write()).toMatchObject({ status: 'updated' })
    expect(server.requests.filter(isWrite)).toHaveLength(1)
  })

  test('a creation whose answer comes too late is not repeated', async () => {
    server.mood = times(1, isWrite, { kind: 'late', milliseconds: 600 })
    expect(await write({ github: connect(server, { timeout: 200 }) })).toMatchObject({ status: 'created' })
    expect(server.comments).toHaveLength(1)
  })

  test('a read whose answer comes too late is repeated', async () => {
    server.mood = times(1, ({ method }) => method === 'GET', { kind: 'late', milliseconds: 600 })
    expect(await write({ github: connect(server, { timeout: 200 }) })).toMatchObject({ status: 'created' })
  })

  test('Retry-After is respected', async () => {
    const clock = fakeClock()
    server.mood = times(1, isWrite, { kind: 'status', status: 429, headers: { 'retry-after': '17' } })
    await write({ github: connect(server, { clock }) })
    expect(clock.slept()).toBe(17_000)
  })

  test.each<[string, Mood, RegExp]>([
    ['a wait of an hour', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }, /asks to wait 3600 s/],
    ['a lasting fault', { kind: 'status', status: 503 }, /a server error \(503\)/],
    ['an unreachable server', { kind: 'drop', after: false }, /could not be reached/],
    ['answers that are never complete', { kind: 'torn' }, /answer could not be read/],
  ])('%s: gives up with one sentence after about a minute', async (_what, mood, sentence) => {
    for (const matches of [isWrite, () => true]) {
      const clock = fakeClock()
      server.comments.splice(0)
      server.mood = times(Infinity, matches, mood)
      const result = await write({ github: connect(server, { clock }) })
      if (mood.kind !== 'torn' || matches !== isWrite)
        expect(result).toMatchObject({ status: 'failed', sentence: expect.stringMatching(sentence) })
      expect(clock.slept()).toBeLessThanOrEqual(75_000)
      expect(server.requests.length).toBeLessThan(30)
      expect(server.comments.length).toBeLessThanOrEqual(1)
    }
  })

  test('a report is not written if the head moves during a wait', async () => {
    let first = true
    server.mood = (request) => {
      if (!isWrite(request) || !first) return null
      first = false
      server.pullRequests.get(7)!.headSha = headB
      put(1, textOf({ headSha: headB, body: 'newer' }))
      return { kind: 'status', status: 429, headers: { 'retry-after': '5' } }
    }
    expect(await write()).toMatchObject({ status: 'skipped' })
    expect(server.comments.map(({ body }) => body.split('\n')[1])).toEqual(['newer'])
  })
})

describe('others at the same moment', () => {
  test('a comment that is deleted before the update is created again, once', async () => {
    put(1, textOf({ body: 'old' }))
    server.mood = ({ method }) => {
      if (method === 'PATCH') server.comments.splice(0)
      return null
    }
    expect(await write()).toMatchObject({ status: 'created' })
    expect(server.comments.map(({ body }) => body)).toEqual([textOf()])
  })

  test('a comment that is deleted again and again gives an error', async () => {
    put(1, textOf({ body: 'old' }))
    server.mood = ({ method }) => {
      if (method === 'PATCH') server.comments.splice(0)
      if (method === 'GET' && server.comments.length === 0)
        put(server.requests.length + 2_000, textOf({ body: 'again' }))
      return null
    }
    expect(await write()).toMatchObject({ status: 'failed', sentence: expect.stringContaining('again and again') })
  })

  test('a duplicate that cannot be deleted does no harm', async () => {
    put(1, textOf({ body: 'old' }))
    put(2, textOf({ body: 'old' }))
    server.mood = times(9, ({ method }) => method === 'DELETE', { kind: 'status', status: 500 })
    expect(await write()).toMatchObject({ status: 'updated' })
  })

  test.each([
    ['earlier', { id: 99, attempt: 1 }, 'the report'],
    ['later', { id: 101, attempt: 1 }, 'of the other'],
  ])(
    'if an %s run creates a comment just before, one comment remains, that of the later run',
    async (_what, run, stays) => {
      server.mood = ({ method }) => {
        if (method === 'POST' && server.comments.length === 0) put(1, textOf({ run, body: 'of the other' }))
        return null
      }
      await write()
      expect(server.comments.map(({ id, body }) => [id, body.split('\n')[1]])).toEqual([[1, stays]])
    },
  )
})

test('all requests go to the address of GitHub Enterprise Server', async () => {
  await using enterprise = await gitHubServer({ prefix: '/api/v3' })
  enterprise.pullRequests.set(7, { number: 7, headSha: headA })
  expect(await upsertComment(reportOf(enterprise))).toMatchObject({ status: 'created' })
  expect(await upsertComment(reportOf(enterprise, { body: 'next' }))).toMatchObject({ status: 'updated' })
  expect(enterprise.requests.map(({ path }) => path)).toContain('/graphql')
  expect(enterprise.defects).toEqual([])
})
