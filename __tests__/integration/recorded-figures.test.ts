/**
 * If a cache of `mode=min` leaves out a stage on a new builder, the stage gets the figures of the record that was
 * stored when it was built.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { containerBuilder } from '../support/container-builder.ts'
import { hosted, recordedEvent, type Change, type Hosted, type Place } from '../support/hosted.ts'
import { describeWith, rig } from '../support/rig.ts'
import type { Step } from '../support/runner.ts'

describeWith('buildx', 'registry')('recorded figures of stages that were not built in this run', () => {
  const cache = `type=registry,ref=${rig.registry}/recorded-figures-test/cache:${process.pid}`
  let host: Hosted
  let ofMain: string
  beforeAll(async () => {
    host = await hosted()
    const there = await host.place(host.main)
    const pushed = await push(there, { 'cache-to': `${cache},mode=min` })
    expect([pushed.status, pushed.outputs['fat-layers']]).toEqual([0, '3'])
    ofMain = there.cache
  })
  afterAll(async () => {
    await host[Symbol.asyncDispose]()
  })

  /** Runs the action on a new builder for a push of main. */
  const push = async (there: Place, inputs: Readonly<Record<string, string>>): Promise<Step> => {
    await using builder = await containerBuilder()
    const { act, main, repositoryOf } = host
    const payload = { ...recordedEvent('push', null), ref: 'refs/heads/main', after: main }
    return await act(there, {
      event: 'push',
      payload: { ...payload, repository: repositoryOf(payload) },
      sha: main,
      inputs: { context: '.', ...inputs },
      env: builder.env,
    })
  }

  const pull = async (change: Change, look: (step: Step) => Promise<void>): Promise<Step> => {
    const { act, place, repositoryOf } = host
    await using builder = await containerBuilder()
    const event = recordedEvent('pull_request', 'synchronize')
    const pullRequest = {
      ...(event['pull_request'] as object),
      number: change.number,
      head: { ref: 'topic', sha: change.head, repo: repositoryOf(event) },
      base: { ref: 'main', sha: change.base, repo: repositoryOf(event) },
    }
    return await act(
      await place(change.merge, ofMain),
      {
        event: 'pull_request',
        payload: { ...event, number: change.number, pull_request: pullRequest, repository: repositoryOf(event) },
        ref: `refs/pull/${change.number}/merge`,
        sha: change.merge,
        inputs: { context: '.', 'cache-from': cache, 'label-override': '' },
        env: builder.env,
      },
      look,
    )
  }

  test('are compared and named as recorded if the final stage took the same from the stage', async () => {
    const { change, comments, main } = host
    // The file is in `.dockerignore`, so nothing that the build reads changes.
    const step = await pull(await change(7, { 'notes.md': 'x' }), async (run) => {
      const record = JSON.parse(await run.read(run.outputs['record'])) as {
        images: {
          stages: { built?: boolean; totals: unknown; recorded?: { commit: string; totals: { layers: number } } }[]
        }[]
      }
      const [stage] = record.images[0]?.stages ?? []
      expect([stage?.built, stage?.totals, stage?.recorded?.commit, stage?.recorded?.totals.layers]).toEqual([
        false,
        null,
        main,
        3,
      ])
    })
    expect([step.status, step.stdout]).toEqual([0, expect.stringContaining(`(as weighed at ${main.slice(0, 7)}) →`)])
    expect([...comments(7), step.summary].join('\n')).toContain(`as weighed at ${main.slice(0, 7)}`)
  })

  test('are kept by the record of a run that did not build the stage, so a change of the stage is not called a new stage', async () => {
    const { change, comments, main, place, source } = host
    const pushed = await push(await place(main, ofMain), { 'cache-from': cache })
    expect([pushed.status, pushed.stdout]).toEqual([0, expect.stringContaining(`(as weighed at ${main.slice(0, 7)})`)])
    const dockerfile = (await readFile(join(source.folder, 'Dockerfile'), 'utf8')).replace(
      'AS build\n',
      'AS build\nENV X=1\n',
    )
    const step = await pull(await change(8, { Dockerfile: dockerfile }), () => Promise.resolve())
    const said = [...comments(8), step.summary].join('\n').replaceAll('`', '')
    expect([step.status, said]).toEqual([
      0,
      expect.stringContaining('Stage build is not compared: it was not built for the baseline, and no cache held it.'),
    ])
    expect(said).not.toMatch(/build is new|no layer changed/i)
  })
})
