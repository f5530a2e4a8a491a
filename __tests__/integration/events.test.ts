/** The bundled action on events without a pull request: merge queues, schedules, and branches that were rewritten. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { grown, hosted, recordedEvent, shown, sum, type ActionRun } from '../support/hosted.ts'
import { requireEngine, succeed } from '../support/program.ts'
import { watchedClient } from '../support/revisions.ts'
import type { Step } from '../support/runner.ts'

requireEngine()
const host = await hosted()
const { server, source, main, push, place, act, pushOfMain, plain } = host

beforeEach(() => {
  server.requests.splice(0)
})

afterEach(() => {
  expect(server.defects).toEqual([])
  // None of these events has a pull request, so GitHub is not asked for anything.
  expect(server.requests).toEqual([])
})

afterAll(async () => {
  await host[Symbol.asyncDispose]()
})

/** Checks that the deltas in the outputs are those of plain builds of both commits. A failure shows the summary. */
async function expectDeltas({ outputs, summary }: Step, base: string, head: string): Promise<void> {
  const [before, after] = [await plain(base), await plain(head)]
  const delta = (size: 'compressedSize' | 'uncompressedSize'): string => String(sum(after, size) - sum(before, size))
  const expected = {
    'delta-compressed-bytes': delta('compressedSize'),
    'delta-uncompressed-bytes': delta('uncompressedSize'),
    'delta-change-compressed-bytes': delta('compressedSize'),
    'comment-url': '',
  }
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, outputs[name]]))
  // The summary says which cause a difference was put down to.
  expect(isDeepStrictEqual(found, expected) ? found : { ...found, summary }).toEqual(expected)
  expect(Number(outputs['delta-uncompressed-bytes'])).toBeGreaterThanOrEqual(grown.length)
}

describe('a merge group', () => {
  /** Makes what the merge queue builds: the pull request merged into the future state of main, on its own branch. */
  async function queued(
    content: Buffer,
  ): Promise<{ readonly run: ActionRun; readonly base: string; readonly head: string }> {
    const topic = await source.branch('queued', 'main', { 'in/two': content })
    // Another pull request is ahead in the queue, so main does not have its commit yet.
    const base = await source.branch('queued-before', 'main', { 'in/three': grown.subarray(0, 1_000) })
    await source.git('merge', '--quiet', '--no-ff', '--message=Merge pull request', topic)
    const head = await source.git('rev-parse', 'HEAD')
    const ref = `refs/heads/gh-readonly-queue/main/pr-20-${base}`
    await push(`${head}:${ref}`, 'main')
    const payload = recordedEvent('merge_group', 'checks_requested')
    const group = payload['merge_group'] as object
    return {
      base,
      head,
      run: {
        event: 'merge_group',
        payload: {
          ...payload,
          repository: host.repositoryOf(payload),
          merge_group: { ...group, head_sha: head, head_ref: ref, base_sha: base, base_ref: 'refs/heads/main' },
        },
        ref,
        sha: head,
      },
    }
  }

  test('is compared with its own base, not with main, and gets no comment', async () => {
    const { run, base, head } = await queued(grown)
    const at = await place(head)
    const { env, calls } = await watchedClient(join(at.workspace, '..'))
    const step = await act(at, { ...run, env })
    expect(step.status).toBe(0)
    expect(step.summary).toContain(`Compared with \`main\` at \`${base.slice(0, 7)}\`, built by the same builder`)
    expect(step.summary).not.toContain('No comment')
    // Git scans the work tree only once, since that takes seconds in a large one.
    expect((await calls()).filter((call) => /^git status /.test(call))).toHaveLength(1)
    await expectDeltas(step, base, head)
  })

  test('fails if it exceeds a budget', async () => {
    const { run, head } = await queued(grown)
    const step = await act(await place(head), { ...run, inputs: { budgets: '@.github/budgets' } })
    expect([step.status, step.outputs['verdict']]).toEqual([1, 'fail'])
    expect(step.stdout).toMatch(/^::error title=[^,]*,file=Dockerfile,line=7::.*over the limit/m)
    expect(server.comments).toEqual([])
  })
})

describe('a schedule', () => {
  // GitHub publishes no payload for this event. A runner gets the schedule of the workflow, and perhaps more.
  const payloads = [
    ['that names nothing but its time', { schedule: '0 3 * * *' }],
    [
      'with the repository',
      {
        schedule: '0 3 * * *',
        workflow: '.github/workflows/footprint.yml',
        repository: host.repositoryOf(recordedEvent('push', null)),
      },
    ],
  ] as const

  test.each(payloads)('%s is compared with the newest record of the default branch', async (_, payload) => {
    const { cache } = await pushOfMain()
    const head = await source.branch('scheduled', 'main', { 'in/two': grown })
    await push(`${head}:refs/heads/main`)
    const step = await act(await place(head, cache), { event: 'schedule', payload, sha: head })
    expect(step.status).toBe(0)
    expect(step.summary).toContain(`\`main\` at \`${main.slice(0, 7)}\``)
    expect(shown(step.summary)).toContain('this run is of the default branch, and its event names no earlier commit')
    await expectDeltas(step, main, head)
  })

  test('has a report without a comparison if there is no record', async () => {
    const head = await source.branch('scheduled', 'main', { 'in/two': grown })
    await push(`${head}:refs/heads/main`)
    const step = await act(await place(head), { event: 'schedule', payload: payloads[0][1], sha: head })
    expect([step.status, step.outputs['delta-compressed-bytes']]).toEqual([0, ''])
    expect(step.summary).toContain('There is nothing to compare with')
    expect(step.outputs['final-uncompressed-bytes']).toBe(String(sum(await plain(head), 'uncompressedSize')))
  })
})

describe('a forced push', () => {
  const name = 'rewritten'

  /** Makes a branch at one commit, and then forces it to another commit that is not a descendant. */
  async function forced(): Promise<{ readonly run: ActionRun; readonly before: string; readonly after: string }> {
    const before = await source.branch(name, 'main', { 'in/two': grown.subarray(0, 500) })
    await push(`${before}:refs/heads/${name}`, 'main')
    const after = await source.branch(name, 'main', {
      'in/two': Buffer.concat([grown, grown.subarray(0, 1_000).toReversed()]),
    })
    await push(`${after}:refs/heads/${name}`)
    const payload = recordedEvent('push', null)
    return {
      before,
      after,
      run: {
        event: 'push',
        payload: {
          ...payload,
          ref: `refs/heads/${name}`,
          before,
          after,
          forced: true,
          created: false,
          repository: host.repositoryOf(payload),
        },
        ref: `refs/heads/${name}`,
        sha: after,
      },
    }
  }

  test('is compared with the commit that it replaced, as long as GitHub has it', async () => {
    const { run, before, after } = await forced()
    const step = await act(await place(after), run)
    expect(step.status).toBe(0)
    expect(step.summary).toContain(`Compared with \`${name}\` at \`${before.slice(0, 7)}\`, built by the same builder`)
    await expectDeltas(step, before, after)
  })

  test('is compared with the point where the branch left main, once that commit is gone', async () => {
    const { run, before, after } = await forced()
    await succeed('git', ['-C', join(source.beside, 'origin/owner/repository.git'), 'gc', '--quiet', '--prune=now'])
    const step = await act(await place(after), run)
    expect(step.status).toBe(0)
    expect(step.summary).toContain(`Compared with \`main\` at \`${main.slice(0, 7)}\`, built by the same builder`)
    expect(step.summary).not.toContain(`\`${before.slice(0, 7)}\``)
    await expectDeltas(step, main, after)
  })
})
