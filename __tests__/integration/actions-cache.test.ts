/**
 * Builds on a new builder with GitHub's Actions cache (`type=gha`), with a stand-in for the service. No layer is in the
 * builder, all of them are in the cache.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { actionsCache, type ActionsCache } from '../support/actions-cache.ts'
import { containerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, succeed } from '../support/program.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith } from '../support/rig.ts'
import { exportedLayers } from '../support/stage-truth.ts'
import { busybox } from '../support/weigh.ts'

const dockerfile = `FROM scratch AS builder
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox head -c 300000 /dev/urandom > /made"]
FROM scratch
COPY --from=builder /made /made
`

interface Weighed {
  /** The name of each stage with the digests of its layers. */
  readonly stages: readonly (readonly [string, readonly string[]])[]
  /** The digests of the layers of all stages. No two stages have the same layer. */
  readonly layers: readonly string[]
  /** Standard output and standard error. */
  readonly said: string
}

describeWith('buildx')('a new builder with the Actions cache', () => {
  const stack = new AsyncDisposableStack()
  let context: string
  let cache: ActionsCache

  beforeAll(async () => {
    context = stack.use(await folderWith({ Dockerfile: dockerfile, busybox })).path
    cache = stack.use(await actionsCache())
    for (const mode of ['max', 'min']) {
      await using builder = await containerBuilder()
      const cacheTo = ['--cache-to', `type=gha,mode=${mode},scope=${mode}`]
      await succeed('docker', ['buildx', 'build', '--progress=quiet', ...cacheTo, context], {
        env: { ...builder.env, ...cache.env },
      })
    }
  })
  afterAll(() => stack.disposeAsync())

  test('weighs every stage from mode=max, downloads each layer once, and nothing once it is known', async () => {
    await using home = await folderWith({})
    await using client = await recordingClient()
    const words = ['--cache-from', 'type=gha,scope=max', context]
    const weighed = async (): Promise<Weighed> => {
      await using builder = await containerBuilder()
      cache.downloads()
      const env = { ...builder.env, ...cache.env, ...client.env, XDG_CACHE_HOME: home.path }
      const told = await footprint(['build', '--format', 'json', ...words], { env })
      const image = parseRecord(told.stdout, 'standard output').images[0]
      const stages = (image?.stages ?? []).map(
        ({ name, layers }) => [name, layers.map(({ digest }) => digest ?? '')] as const,
      )
      return {
        stages,
        layers: stages.flatMap(([, layers]) => layers),
        said: told.stdout + told.stderr,
      }
    }
    const first = await weighed()
    const downloads = cache.downloads()
    await client.calls()
    const second = await weighed()
    expect([downloads, cache.downloads()]).toEqual([first.layers.toSorted(), []])
    expect((await client.calls()).map((call) => call.slice(0, 2).join(' '))).toEqual(['buildx build'])
    expect(second.stages).toEqual(first.stages)
    await using builder = await containerBuilder()
    const options = { env: { ...builder.env, ...cache.env } }
    expect(first.stages).toEqual([
      ['builder', await exportedLayers('builder', words, options)],
      ['1', await exportedLayers('', words, options)],
    ])
    for (const { said } of [first, second]) {
      expect(said).not.toContain(cache.env['ACTIONS_RUNTIME_TOKEN'])
      expect(said).not.toContain('sig=secret')
    }
  })

  test('says that a stage was not built if mode=min left it out', async () => {
    await using builder = await containerBuilder()
    await using home = await folderWith({})
    const told = await footprint(['build', '--format', 'json', '--cache-from', 'type=gha,scope=min', context], {
      env: { ...builder.env, ...cache.env, XDG_CACHE_HOME: home.path },
    })
    const image = parseRecord(told.stdout, 'standard output').images[0]
    expect(image?.stages.map(({ name }) => name)).toEqual(['1'])
    expect(image?.unbuiltStages?.map(({ name }) => name)).toEqual(['builder'])
  })
})
