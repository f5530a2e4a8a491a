/**
 * Whatever the faults and the order of runs: in the end there is one correct comment, never two, and never an older report
 * in place of a newer one. `npm test -- comment-orders` prints the seed of a failure; STAGE_FOOTPRINT_SEED repeats it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isLater, parseMarker, type Marker } from '../../src/publish/comment-marker.ts'
import { upsertComment, type CommentResult, type CommentRequest } from '../../src/publish/comment.ts'
import { gitHubServer, type GitHubServer, type Mood } from '../support/github-server.ts'
import { connect, reportOf } from '../support/publishing.ts'

const seed = process.env['STAGE_FOOTPRINT_SEED']
const bounded = { numRuns: 80, ...(seed === undefined ? {} : { seed: Number(seed) }) }
const login = 'github-actions[bot]'
const shaOf = (head: number): string => String(head).padStart(40, '0')
const headOf = (sha: string): number => Number(sha)

let server: GitHubServer
beforeAll(async () => {
  server = await gitHubServer()
  // By one author, so that requests of two runs can be distinguished.
  server.accounts.set('one', { login, type: 'Bot', writes: true })
  server.accounts.set('two', { login, type: 'Bot', writes: true })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function reset(head: number): void {
  server.mood = () => null
  server.comments.splice(0)
  server.comments.push({ id: 1, issue: 7, body: 'talk', user: { login: 'ann', type: 'User' } })
  server.requests.splice(0)
  server.pullRequests.set(7, { number: 7, headSha: shaOf(head) })
}

const bodyOf = (headSha: string, run: CommentRequest['run']): string => `of ${headSha} by ${run.id}.${run.attempt}`
const report = (head: number, run: CommentRequest['run'], token: string): CommentRequest =>
  reportOf(server, { github: connect(server, { token }), headSha: shaOf(head), run, body: bodyOf(shaOf(head), run) })

/** Markers of our comments; each has to stand above the text of its own run. */
function ours(): readonly Marker[] {
  return server.comments
    .filter(({ user }) => user.login === login)
    .map(({ body }) => {
      const marker = parseMarker(body)!
      expect(body.split('\n')[1]).toBe(bodyOf(marker.headSha, marker.run))
      return marker
    })
}

const isOlder = (one: Marker, other: Marker): boolean =>
  headOf(one.headSha) === headOf(other.headSha)
    ? isLater(other.run, one.run)
    : headOf(one.headSha) < headOf(other.headSha)

/** A run waits for two rate limits of half a minute, all together; two longer ones may end in a failure. */
const moods = fc.constantFrom<Mood>(
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502, after: true },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
  {
    kind: 'status',
    status: 403,
    message: 'You have exceeded a secondary rate limit',
    headers: { 'retry-after': '30' },
  },
  { kind: 'drop', after: false },
  { kind: 'drop', after: true },
  { kind: 'torn' },
)
/** At the n-th request of a run: a fault, somebody deletes our comment, or somebody pushes. */
const events = fc.array(
  fc.record({
    at: fc.nat(9),
    what: fc.oneof({ weight: 5, arbitrary: moods }, fc.constant('deleted' as const), fc.constant('pushed' as const)),
  }),
  { maxLength: 5 },
)

test('runs one after the other, for any commits and in any order, leave the right comment', async () => {
  const steps = fc.array(
    fc.record({
      behind: fc.nat(2),
      id: fc.integer({ min: 1, max: 4 }),
      attempt: fc.integer({ min: 1, max: 2 }),
      push: fc.boolean(),
      events,
    }),
    { minLength: 1, maxLength: 6 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      let head = 1
      reset(head)
      const push = (): void => void (server.pullRequests.get(7)!.headSha = shaOf(++head))
      for (const step of all) {
        if (step.push) push()
        let at = 0
        const happened = { deleted: false }
        const before = ours()[0]
        server.mood = () => {
          const event = step.events.find((found) => found.at === at)
          at++
          if (event?.what === 'pushed') push()
          else if (event?.what === 'deleted') {
            happened.deleted = true
            for (let index = server.comments.length - 1; index >= 0; index--)
              if (server.comments[index]!.user.login === login) server.comments.splice(index, 1)
          } else if (event) return event.what
          return null
        }
        const of = Math.max(1, head - step.behind)
        const result = await upsertComment(report(of, { id: step.id, attempt: step.attempt }, 'one'))
        const [after, ...more] = ours()
        expect(more).toEqual([])
        if (before && !happened.deleted) expect(after && isOlder(after, before)).toBe(false)
        if (/created|updated|unchanged/.test(result.status) && !happened.deleted)
          expect(after).toMatchObject({ headSha: shaOf(of), run: { id: step.id } })
        if (result.status === 'skipped' && !happened.deleted) expect(after).toEqual(before)
      }
      server.mood = () => null
      expect((await upsertComment(report(head, { id: 9, attempt: 1 }, 'one'))).status).toMatch(/created|updated/)
      expect((await upsertComment(report(head, { id: 8, attempt: 1 }, 'one'))).status).toBe('skipped')
      if (head > 1)
        expect((await upsertComment(report(head - 1, { id: 10, attempt: 1 }, 'one'))).status).toBe('skipped')
      expect(ours()).toMatchObject([{ headSha: shaOf(head), run: { id: 9 } }])
      expect(server.comments[0]?.body).toBe('talk')
      expect(server.defects).toEqual([])
    }),
    bounded,
  )
})

/** Lets one of the waiting requests through at a time. The choices say whose, once each run waits or has ended. */
function inTurns(choices: readonly boolean[]): {
  wait: (token: string) => Promise<void>
  ended: (token: string) => void
} {
  const waiting = new Map<string, () => void>()
  const running = new Set(['one', 'two'])
  let turn = 0
  const next = (): void => {
    if (waiting.size === 0 || waiting.size < running.size) return
    const token =
      waiting.size === 1 ? Array.from(waiting.keys())[0]! : choices[turn++ % choices.length] === true ? 'one' : 'two'
    const go = waiting.get(token)!
    waiting.delete(token)
    go()
  }
  return {
    wait: (token) =>
      new Promise((resolve) => {
        waiting.set(token, resolve)
        next()
      }),
    ended: (token) => {
      running.delete(token)
      next()
    },
  }
}

test('two runs that find no comment leave the right one, in any order of their requests', async () => {
  const faults = fc.array(fc.record({ at: fc.nat(8), mood: moods }), { maxLength: 2 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 14 }),
      fc.constantFrom(0, 1),
      faults,
      faults,
      async (choices, newer, faultsOfOne, faultsOfTwo) => {
        reset(1)
        const turns = inTurns(choices)
        const seen = { one: 0, two: 0 }
        server.mood = async ({ token, path, method }) => {
          await turns.wait(token)
          // The push comes before anything that the run of the new commit does.
          if (token === 'two' && seen.two === 0 && newer === 1) server.pullRequests.get(7)!.headSha = shaOf(2)
          const mine = token === 'one' ? faultsOfOne : faultsOfTwo
          const at = seen[token as 'one' | 'two']++
          const mood = mine.find((fault) => fault.at === at)?.mood ?? null
          // If a final deletion fails here, a later run deletes it.
          return method === 'DELETE' || path === '/graphql' ? null : mood
        }
        const run = async (token: 'one' | 'two', of: CommentRequest): Promise<CommentResult> => {
          const result = await upsertComment(of)
          turns.ended(token)
          return result
        }
        const results = await Promise.all([
          run('one', report(1, { id: 5, attempt: 1 }, 'one')),
          run('two', report(1 + newer, { id: 6, attempt: 1 }, 'two')),
        ])
        expect(results.map(({ status }) => status)).not.toContain('failed')
        expect(ours()).toMatchObject([{ headSha: shaOf(1 + newer), run: { id: 6 } }])
        expect(server.defects).toEqual([])
      },
    ),
    bounded,
  )
})
