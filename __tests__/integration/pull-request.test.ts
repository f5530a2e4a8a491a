/**
 * The bundled action on pull requests, as a runner starts it: checkouts of depth 1 from a served repository, GitHub's
 * recorded event with the commits of this repository, and a GitHub server made from its own API description.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stateOf } from '../support/repositories.ts'
import type { Mood } from '../support/github-server.ts'
import {
  grown,
  hosted,
  recordedEvent,
  secrets,
  shown,
  sum,
  type ActionRun,
  type Change,
  type Place,
} from '../support/hosted.ts'
import { requireEngine, succeed } from '../support/program.ts'
import { fork, pullRequestRun, type PullRequestEvent } from '../support/pull-request-run.ts'
import { watchedClient } from '../support/revisions.ts'
import type { Step } from '../support/runner.ts'

requireEngine()
const host = await hosted()
const { server, source, main, change, place, checkoutOf, act, pushOfMain, comments, plain } = host

beforeEach(() => {
  server.mood = () => null
  server.comments.splice(0)
  server.requests.splice(0)
  server.permissions.clear()
})

afterEach(() => {
  expect(server.defects).toEqual([])
})

afterAll(async () => {
  await host[Symbol.asyncDispose]()
})

const onPullRequest = (of: Change, event: PullRequestEvent = {}, more: Partial<ActionRun> = {}): ActionRun =>
  pullRequestRun(host, of, event, more)

describe('a pull request', () => {
  test('the push to main stores a record', async () => {
    const { step, cache } = await pushOfMain()
    expect([step.status, step.outputs['comment-url']]).toEqual([0, ''])
    const records = join(cache, 'stage-footprint/records/v2')
    const [repository = '', ...others] = await readdir(records)
    expect([repository, others]).toEqual([expect.stringMatching(/owner-repository/), []])
    const [folder = ''] = await readdir(join(records, repository))
    expect(await readdir(join(records, repository, folder))).toEqual([expect.stringContaining(main)])
    expect(server.requests).toEqual([])
  })

  test('finds that record in its first run, builds no base, and writes the comment', async () => {
    const { cache } = await pushOfMain()
    const first = await change(7, { 'in/two': grown })
    const at = await place(first.merge, cache)
    const before = stateOf(at.workspace)
    const watched = await watchedClient(at.workspace.replace(/\/repository$/, ''), { processes: true })
    await act(at, onPullRequest(first, {}, { env: watched.env }), async (step) => {
      expect(step.status).toBe(0)
      const [body = '', ...more] = comments(7)
      expect(more).toEqual([])
      expect(body.split('\n').slice(1).join('\n').trim()).toBe(step.summary.trim())
      expect(body).toMatch(/`in\/two`|`app\/two` new, 5\.00 kB/)
      expect(step.summary).toContain(`Compared with the stored record of \`main\` at \`${main.slice(0, 7)}\`.`)
      expect(step.outputs['comment-url']).toContain('/pull/7#issuecomment-')
      const [base, head] = [await plain(main), await plain(first.merge)]
      expect(step.outputs).toMatchObject({
        verdict: 'pass',
        'final-compressed-bytes': String(sum(head, 'compressedSize')),
        'final-uncompressed-bytes': String(sum(head, 'uncompressedSize')),
        'delta-compressed-bytes': String(sum(head, 'compressedSize') - sum(base, 'compressedSize')),
        'delta-uncompressed-bytes': String(sum(head, 'uncompressedSize') - sum(base, 'uncompressedSize')),
        'delta-layers': '0',
      })
      expect(await step.read(step.outputs['record'])).toMatch(new RegExp(`"commit": ?"${first.merge}"`))
    })
    const calls = await watched.calls()
    const builds = calls.filter((call) => /^docker buildx build /.test(call))
    // The user's build, the list of stages and one export of the cache; then the two builds of this test.
    expect(builds.filter((call) => !call.includes('--quiet'))).toHaveLength(3)
    expect(calls.filter((call) => /^git .*fetch/.test(call)).filter((call) => !call.includes('filter=tree:0'))).toEqual(
      [],
    )
    const everything = await readFile(join(at.workspace, '../watched/calls.all'), 'latin1')
    expect(everything).toContain('docker buildx build')
    for (const secret of secrets) expect(everything).not.toContain(secret)
    expect(stateOf(at.workspace)).toBe(before)
  })

  test('keeps to one comment in later runs, and leaves it right after an older or unchanged run', async () => {
    const first = await change(8, { 'in/two': grown })
    await act(await place(first.merge), onPullRequest(first, {}, { runId: 500 }))
    const url = server.comments[0]?.id
    expect(comments(8)).toHaveLength(1)
    // Without a record the parent is fetched and the base is built; the checkout stays unchanged.
    const next = await change(8, { 'in/two': Buffer.concat([grown, grown.subarray(0, 2_000).reverse()]) })
    const at = await place(next.merge)
    const before = stateOf(at.workspace)
    const step = await act(at, onPullRequest(next, { action: 'synchronize' }, { runId: 501 }))
    expect(step.status).toBe(0)
    expect(stateOf(at.workspace)).toBe(before)
    expect(step.summary).toContain('built by the same builder')
    const [base, head] = [await plain(main), await plain(next.merge)]
    expect(step.outputs['delta-compressed-bytes']).toBe(
      String(sum(head, 'compressedSize') - sum(base, 'compressedSize')),
    )
    expect(step.outputs['delta-change-compressed-bytes']).toBe(step.outputs['delta-compressed-bytes'])
    expect(server.comments.map(({ id }) => id)).toEqual([url])
    expect(comments(8)[0]).toContain(next.head)
    const written = comments(8)
    // The first run, which was slower than the second, or was started again.
    const late = await act(await place(first.merge), onPullRequest(first, {}, { runId: 500 }))
    expect(late.status).toBe(0)
    expect(comments(8)).toEqual(written)
    expect(shown(late.summary)).toContain(`is at ${next.head.slice(0, 7)} by now`)
    // The change is reverted.
    const back = await change(8, { 'notes.md': 'nothing' })
    const quiet = await act(await place(back.merge), onPullRequest(back, { action: 'synchronize' }, { runId: 502 }))
    expect(quiet.summary).toContain('Nothing that the build reads differs between the two commits')
    expect(server.comments.map(({ id }) => id)).toEqual([url])
    expect(comments(8)[0]?.trim().split('\n')).toEqual([
      expect.stringContaining(back.head),
      expect.stringMatching(/\*\*no layer changed\*\*/),
    ])
    // A pull request that never changed anything gets no comment.
    const never = await change(9, { 'notes.md': 'nothing else' })
    const none = await act(await place(never.merge), onPullRequest(never))
    expect([none.status, comments(9)]).toEqual([0, []])
    expect(none.summary).toContain('No comment: no layer changed.')
  })

  test('is compared from a Git context, without a checkout', async () => {
    const first = await change(10, { 'in/two': grown })
    const at = await place(main)
    const step = await act(
      { ...at, workspace: at.cache.replace(/cache$/, '') },
      onPullRequest(first, {}, { inputs: { context: '', budgets: '@.github/budgets' } }),
    )
    expect(step.stdout).toContain(`#${first.merge}`)
    expect(step.summary).toContain(`Compared with \`main\` at \`${main.slice(0, 7)}\`, built by the same builder`)
    const [base, head] = [await plain(main), await plain(first.merge)]
    expect(step.outputs['delta-uncompressed-bytes']).toBe(
      String(sum(head, 'uncompressedSize') - sum(base, 'uncompressedSize')),
    )
    expect(step.outputs['verdict']).toBe('fail')
    expect(step.summary).not.toContain('edits the budgets')
    expect(comments(10)).toHaveLength(1)
  })

  test('with a mistyped baseline gets no comment, and a warning says what was meant', async () => {
    const { cache } = await pushOfMain()
    const first = await change(11, { 'in/two': grown })
    const at = await place(first.merge, cache)
    const mistyped = onPullRequest(first, {}, { inputs: { baseline: 'mian' } })
    const said = /revision mian cannot be found [^\n]*did you mean "main"\?/
    const step = await act(at, mistyped)
    expect(step.status).toBe(0)
    expect(step.stdout).toMatch(new RegExp(`::warning::nothing was compared: input baseline .*${said.source}`))
    expect(step.summary.replaceAll('&#34;', '"').replaceAll('\\', '')).toMatch(said)
    expect(comments(11)).toEqual([])
    // An older comment does not keep figures of an earlier commit.
    await act(at, onPullRequest(first))
    await act(at, mistyped)
    expect(comments(11)).toEqual([expect.stringContaining('There is nothing to compare with')])
  })
})

describe('budgets', () => {
  const budgets = { budgets: '@.github/budgets' }
  let cache: string
  let raised: Change
  beforeAll(async () => {
    cache = (await pushOfMain()).cache
    raised = await change(11, { 'in/two': grown, '.github/budgets': 'final pull growth <= 100MB\n' })
  })

  test('are those of the base, so a pull request cannot raise its own limit', async () => {
    const step = await act(await place(raised.merge, cache), onPullRequest(raised, {}, { inputs: budgets }))
    expect(step.status).toBe(1)
    expect(step.outputs['verdict']).toBe('fail')
    expect(step.stdout).toMatch(/^::error title=[^,]*,file=Dockerfile,line=7::.*over the limit/m)
    expect(step.stdout).toMatch(/^::error::Over budget: 1 /m)
    for (const text of [step.summary, ...comments(11)]) {
      expect(text).toContain('over the limit of 1.00 kB')
      expect(text).toContain('This change edits the budgets in `.github/budgets`')
      expect(text).toContain('final pull growth &#60;= 100MB')
    }
    expect(comments(11)).toHaveLength(1)
  })

  test('only warn for this commit if somebody with write access sets the label', async () => {
    server.permissions.set('maintainer', 'write')
    server.permissions.set('triager', 'read')
    const label = 'footprint: accept growth'
    const labeled = (sender: string): PullRequestEvent => ({ action: 'labeled', label, labels: [label], sender })
    /** @param labels the labels of the pull request at that time; by default those of the event */
    const run = async (of: Change, event: PullRequestEvent, labels = event.labels ?? []): Promise<Step> => {
      server.pullRequests.set(of.number, { number: of.number, headSha: of.head, labels })
      return act(await place(of.merge, cache), onPullRequest(of, event, { inputs: budgets }))
    }
    const triaged = await run(raised, labeled('triager'))
    expect(triaged.status).toBe(1)
    expect(triaged.summary).toContain('The label that triager set does not count')
    const accepted = await run(raised, labeled('maintainer'))
    expect([accepted.status, accepted.outputs['verdict']]).toEqual([0, 'warn'])
    for (const text of [accepted.summary, ...comments(11)]) expect(text).toContain('maintainer')
    expect(accepted.stdout).not.toContain('::error')
    // A run that is started again gets the event of its first start, so the label counts only as long as it is still
    // set.
    const late = await run(raised, labeled('maintainer'), [])
    expect([late.status, late.outputs['verdict']]).toEqual([1, 'fail'])
    expect(late.summary).toContain('The label that maintainer set does not count, because the pull request')
    expect((await run(raised, labeled('maintainer'))).status).toBe(0)
    const reopened = await run(raised, { action: 'reopened', labels: [label] }, [])
    expect(reopened.status).toBe(1)
    expect((await run(raised, labeled('maintainer'))).status).toBe(0)
    // A later run of the same commit need not ask again, and may not once the label is gone.
    const again = await run(raised, { action: 'reopened', labels: [label] })
    expect([again.status, again.outputs['verdict']]).toEqual([0, 'warn'])
    const without = await run(raised, { action: 'unlabeled', labels: [] })
    expect(without.status).toBe(1)
    // The next push is another commit, even if the label stays.
    await run(raised, labeled('maintainer'))
    const next = await change(11, { 'in/two': Buffer.concat([grown, grown.subarray(0, 500)]) })
    const after = await run(next, { action: 'synchronize', labels: [label] })
    expect([after.status, after.outputs['verdict']]).toEqual([1, 'fail'])
    for (const text of [after.summary, after.stdout])
      expect(text).toContain('was not set on this commit: remove it and set it again.')
    expect(without.summary).not.toContain('was not set on this commit')
    expect(comments(11)).toHaveLength(1)
  })
})

describe('a file of budgets', () => {
  const inputs = { budgets: '@.github/budgets', comment: 'off' }
  const marked = '//registry.invalid/:_authToken=npm_s3cr3t'

  test('is not read through a link that the change made, and its target is not shown', async () => {
    const at = await place(main)
    await writeFile(join(at.workspace, '../npmrc'), `${marked}\n`)
    await source.git('checkout', '--quiet', '-B', 'linking', 'main')
    await rm(join(source.folder, '.github/budgets'))
    await symlink('../../npmrc', join(source.folder, '.github/budgets'))
    await source.git('add', '--all')
    await source.git('commit', '--quiet', '--message=Link')
    const of = await change(15, {}, 'linking')
    const step = await act(
      { ...at, workspace: await checkoutOf(of.merge, at.workspace) },
      onPullRequest(of, {}, { inputs }),
    )
    expect(step.status).toBe(1)
    expect(step.stdout).toMatch(
      /^::error::the budgets file \.github\/budgets is a link that leads out of the repository/m,
    )
    expect(JSON.stringify(step)).not.toContain('s3cr3t')
  })

  test('is that of the base for records of other jobs, too', async () => {
    const { cache } = await pushOfMain()
    const of = await change(19, { 'in/two': grown, '.github/budgets': 'final pull growth <= 100MB\n' })
    const at = await place(of.merge, cache)
    let record = ''
    await act(at, onPullRequest(of, {}, { inputs: { comment: 'off' } }), async (step) => {
      record = await step.read(step.outputs['record'])
    })
    await mkdir(join(at.workspace, 'records'))
    await writeFile(join(at.workspace, 'records/api.record.json'), record)
    const publish = { ...inputs, mode: 'publish', records: 'records/*.json', context: '' }
    const step = await act(at, onPullRequest(of, {}, { inputs: publish }))
    expect([step.status, step.outputs['verdict']]).toEqual([1, 'fail'])
    expect(step.summary).toContain('This change edits the budgets in `.github/budgets`')
    expect(step.summary).toContain('It is judged by the budgets of the base commit.')
  })

  test('with an invalid line does not show that line', async () => {
    const of = await change(16, { '.github/budgets': `${marked}\n` })
    const step = await act(await place(of.merge), onPullRequest(of, {}, { inputs }))
    expect(step.outputs['verdict']).toBe('pass')
    expect(shown(step.summary)).toContain('line 1, which is not a rule')
    expect(JSON.stringify(step)).not.toContain('s3cr3t')
  })

  test('that is new and invalid is reported by its position, and none of its text is shown', async () => {
    const of = await change(18, { '.github/new-budgets': `pull <= 1GB\n${marked}\n` })
    const step = await act(
      await place(of.merge),
      onPullRequest(of, {}, { inputs: { ...inputs, budgets: '@.github/new-budgets' } }),
    )
    expect(step.status).toBe(1)
    expect(step.stdout).toMatch(
      /^::error::\.github\/new-budgets:2, column 1: expected final, stage NAME or a measure \([^)]*\) \[UNREADABLE_INPUT\]$/m,
    )
    expect(JSON.stringify(step)).not.toContain('s3cr3t')
  })

  test('that cannot be read in the base does not judge a pull request; a push has its own, and others warn', async () => {
    const of = await change(17, { 'in/two': grown, '.github/budgets': 'final pull growth <= 100MB\n' })
    const cut = async (): Promise<Place> => {
      const at = await place(of.merge)
      await succeed('git', ['-C', at.workspace, 'remote', 'set-url', 'origin', `file://${at.workspace}/../gone`])
      return at
    }
    const refused = await act(await cut(), onPullRequest(of, {}, { inputs }))
    expect(refused.status).toBe(1)
    expect(refused.stdout).toMatch(
      /^::error::the base commit's version of the budgets file \.github\/budgets counts, but cannot be read: the commit [0-9a-f]{7} cannot be fetched: .*fetch-depth: 0/m,
    )
    // The image was built all the same.
    expect(refused.outputs['metadata']).toContain('buildx.build')
    const payload = recordedEvent('push', null)
    const push = {
      event: 'push',
      payload: { ...payload, ref: 'refs/heads/topic-17', before: of.base, repository: host.repositoryOf(payload) },
      ref: 'refs/heads/topic-17',
      sha: of.merge,
      inputs,
    }
    const pushed = await act(await cut(), push)
    // Without the base it is not known what grew, so the rule is not judged.
    expect([pushed.status, pushed.outputs['verdict']]).toEqual([0, 'warn'])
    expect(shown(pushed.summary)).toContain('final pull growth <= 100MB')
    expect(pushed.stdout).not.toContain('own version was used')
    const dispatched = await act(await cut(), { ...push, event: 'workflow_dispatch' })
    const sentence =
      /The base commit's version of the budgets file \.github\/budgets counts, but cannot be read: .*This revision's own version was used instead\./
    expect(dispatched.stdout).toMatch(new RegExp(`^::warning::${sentence.source}`, 'm'))
    expect(shown(dispatched.summary)).toMatch(sentence)
  })
})

describe('records of other runs', () => {
  let cache: string
  let record: string
  let of: Change
  let forked: Step
  let asked: number
  beforeAll(async () => {
    cache = (await pushOfMain()).cache
    of = await change(12, { 'in/two': grown })
    const before = server.requests.length
    forked = await act(await place(of.merge), onPullRequest(of, { fork: true }), async (step) => {
      record = await step.read(step.outputs['record'])
    })
    asked = server.requests.length - before
  })

  test('of a fork are kept in the summary and a file, without asking GitHub', () => {
    expect(forked.status).toBe(0)
    expect(forked.summary).toContain('No comment: a run for a fork has a read-only token')
    expect(forked.summary).toContain('5.00 kB')
    expect(record).toContain('"schemaVersion"')
    expect(asked).toBe(0)
  })

  async function publishing(records: Readonly<Record<string, string>>): Promise<Place> {
    const at = await place(main, cache)
    for (const [name, text] of Object.entries(records)) {
      const path = join(at.workspace, 'records', `${name}.record.json`)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text)
    }
    return at
  }

  const publish = { mode: 'publish', records: 'records/*.json', context: '' }

  const workflowRun = (sha: string): ActionRun => {
    const payload = recordedEvent('workflow_run', 'completed')
    const run = payload['workflow_run'] as object
    const head = { ...fork, owner: { login: 'stranger' } }
    return {
      event: 'workflow_run',
      payload: {
        ...payload,
        repository: server.repository,
        workflow_run: {
          ...run,
          event: 'pull_request',
          head_sha: sha,
          head_branch: 'topic-12',
          head_repository: head,
          pull_requests: [],
        },
      },
      sha: main,
      inputs: { ...publish, budgets: '@.github/budgets' },
    }
  }

  test('are published by workflow_run as the fork reported them, judged by trusted budgets', async () => {
    server.pullRequests.set(12, {
      number: 12,
      headSha: of.head,
      headRef: 'topic-12',
      headRepository: fork,
      baseSha: main,
    })
    const lying = JSON.parse(record) as { revision: object }
    const step = await act(
      await publishing({ api: JSON.stringify({ ...lying, budgets: [], verdict: 'pass' }) }),
      workflowRun(of.head),
    )
    expect(step.stdout).toContain('Created the comment on #12.')
    expect([step.status, step.outputs['verdict']]).toEqual([1, 'fail'])
    const [body = '', ...more] = comments(12)
    expect(more).toEqual([])
    expect(body).toContain("as reported by the fork's run")
    expect(body).toContain('over the limit of 1.00 kB')
    expect(body).toContain(`Compared with the stored record of \`main\` at \`${main.slice(0, 7)}\``)
    expect(body).not.toContain('edits the budgets')
  })

  test('of a commit that is no longer the head get only a summary from workflow_run', async () => {
    server.pullRequests.set(12, { number: 12, headSha: '9'.repeat(40), headRef: 'topic-12', headRepository: fork })
    const step = await act(await publishing({ api: record }), workflowRun(of.head))
    expect(server.comments).toEqual([])
    expect(step.summary).toContain('No comment: no open pull request is at')
    expect(step.summary).toContain('Stage Footprint')
  })

  test('of a matrix are joined in one comment', async () => {
    server.pullRequests.set(12, { number: 12, headSha: of.head })
    const web = record.replaceAll(/"name": ?"api"/g, '"name":"web"')
    const step = await act(
      await publishing({ api: record, web }),
      onPullRequest(of, {}, { inputs: { ...publish, name: 'images' } }),
    )
    expect(step.status).toBe(0)
    const [body = '', ...more] = comments(12)
    expect(more).toEqual([])
    for (const name of ['api', 'web']) expect(body).toContain(`#### \`${name}\``)
    expect(body).not.toContain('reported by the fork')
  })

  test('of matrix jobs with the same name are all shown and judged, and the same record counts once', async () => {
    server.pullRequests.set(12, { number: 12, headSha: of.head })
    let debug = ''
    await act(
      await place(of.merge),
      onPullRequest(of, {}, { inputs: { target: 'build', baseline: 'none', comment: 'off' } }),
      async (step) => {
        debug = await step.read(step.outputs['record'])
      },
    )
    const records = { 'debug/api': debug, 'release/api': record, 'again/api': record }
    const step = await act(
      await publishing(records),
      onPullRequest(
        of,
        {},
        { inputs: { ...publish, records: 'records', name: 'images', budgets: 'final pull <= 100kB' } },
      ),
    )
    expect([step.status, step.outputs['verdict']]).toEqual([1, 'fail'])
    const [body = '', ...more] = comments(12)
    expect(more).toEqual([])
    // The one that fails comes first.
    expect(body.match(/^#### .*/gm)).toEqual([
      '#### `api (debug)` · `linux/amd64`',
      '#### `api (again)` · `linux/amd64`',
    ])
    expect(body).toContain('Several records are of api on the same platform')
    expect(step.stdout.match(/^::error title=.*/gm)).toEqual([expect.stringContaining('api (debug)')])
    // The baseline is the record that main stored for the image that was built there in the same way.
    expect(body).toContain('5.00 kB')
  })

  const isCreation = ({ method, path }: { method: string; path: string }): boolean =>
    method === 'POST' && path.includes('/comments')

  const passes = ['passes', 'final pull <= 1GB', 0] as const
  const fails = ['fails', 'final pull <= 1B', 1] as const

  test.each<[string, readonly [string, string, number], Mood, 'one' | 'none', number]>([
    [
      '403',
      fails,
      { kind: 'status', status: 403, message: 'Resource not accessible by integration' },
      'none',
      Infinity,
    ],
    ['404', passes, { kind: 'status', status: 404, message: 'Not Found' }, 'none', Infinity],
    ['410, locked', fails, { kind: 'status', status: 410, message: 'This issue is locked' }, 'none', Infinity],
    ['422', passes, { kind: 'status', status: 422, message: 'Validation Failed' }, 'none', Infinity],
    ['429 with Retry-After', fails, { kind: 'status', status: 429, headers: { 'retry-after': '1' } }, 'one', 1],
    ['502 after it worked', passes, { kind: 'status', status: 502, after: true }, 'one', 1],
    ['a connection dropped before', fails, { kind: 'drop', after: false }, 'one', 1],
    ['a connection dropped after', passes, { kind: 'drop', after: true }, 'one', 1],
  ])(
    'end the job as the budget says if GitHub answers the new comment with %s',
    async (_what, [, rule, status], mood, left, times) => {
      server.pullRequests.set(12, { number: 12, headSha: of.head })
      let count = 0
      server.mood = (request) => (isCreation(request) && count++ < times ? mood : null)
      const step = await act(
        await publishing({ api: record }),
        onPullRequest(of, {}, { inputs: { ...publish, budgets: rule } }),
      )
      expect(step.status).toBe(status)
      expect(step.summary).toContain('Stage Footprint')
      expect(step.summary).toContain('5.00 kB')
      expect(comments(12)).toHaveLength(left === 'one' ? 1 : 0)
      if (left === 'none') {
        expect(shown(step.summary)).toMatch(/No comment on #12, the report is in the job summary: /)
        expect(step.stdout).toMatch(/^::warning::No comment on #12/m)
        expect(server.requests.filter(isCreation)).toHaveLength(1)
      }
    },
  )
})

test('weighs a folder that is not a checkout', async () => {
  const at = await place(main)
  await rm(join(at.workspace, '.git'), { recursive: true })
  await cp(at.workspace, join(at.workspace, '../plain'), { recursive: true })
  const step = await act(
    { ...at, workspace: join(at.workspace, '../plain') },
    {
      event: 'push',
      payload: { ref: 'refs/heads/main', before: main, repository: { private: false, default_branch: 'main' } },
      sha: main,
      env: { GIT_CEILING_DIRECTORIES: source.beside },
    },
  )
  expect(step.status).toBe(0)
  expect(step.summary).toContain('There is nothing to compare with')
})
