/**
 * A hosted job: a builder of the docker-container driver that is created in each job, the newest BuildKit and buildx, a
 * cache in a registry, and the default inputs of the action.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { parse } from 'yaml'
import { codeBlocksIn } from '../support/documents.ts'
import { grown, hosted, recordedEvent, type Hosted, type Place } from '../support/hosted.ts'
import { folderWith, succeed } from '../support/program.ts'
import { pullRequestRun } from '../support/pull-request-run.ts'
import { describeWith, rig } from '../support/rig.ts'
import type { Step } from '../support/runner.ts'
import { outline, weigh } from '../support/weigh.ts'
import { inputsOfOurs, read } from '../support/workflows.ts'

describeWith('buildx', 'registry')('a job with a builder of its own', () => {
  const image = `${rig.registry}/container-builder-test/app:${process.pid}`
  // The cache has its own repository. BuildKit pushes image and cache at the same time, and two uploads of one blob to
  // one repository of this registry (docker-registry 2.8) make a plain build fail once in fifty times.
  const cache = `type=registry,ref=${rig.registry}/container-builder-test/cache:${process.pid}`
  let host: Hosted
  beforeAll(async () => {
    host = await hosted()
  })
  afterAll(async () => {
    await host[Symbol.asyncDispose]()
  })

  /** Runs the step on a builder that was created for it. */
  async function step(
    place: Place,
    inputs: Readonly<Record<string, string>>,
    builder: ContainerBuilder,
  ): Promise<Step> {
    const { act, main, repositoryOf } = host
    const payload = { ...recordedEvent('push', null), ref: 'refs/heads/main', after: main }
    return act(place, {
      event: 'push',
      payload: { ...payload, repository: repositoryOf(payload) },
      sha: main,
      inputs,
      env: builder.env,
    })
  }

  test('weighs the Git context of the run with default inputs only', async () => {
    const { place, main } = host
    await using builder = await containerBuilder()
    const built = await step(await place(main), { context: '' }, builder)
    expect(built.stdout + built.stderr).not.toMatch(/::(?:error|warning)/)
    expect(built.status).toBe(0)
    expect(built.outputs).toMatchObject({ 'final-layers': '2', 'fat-layers': '3' })
    expect(built.outputs['final-compressed-bytes']).toMatch(/^\d+$/)
  })

  test('weighs what one of two nodes built, and runs nothing on the other node', async () => {
    const { place, main, plain } = host
    await using builder = await containerBuilder(2)
    const built = await step(await place(main), {}, builder)
    expect([built.status, built.stdout + built.stderr]).toEqual([0, expect.not.stringMatching(/::(?:error|warning)/)])
    expect(built.outputs).toMatchObject({ 'final-layers': String((await plain(main)).length), 'fat-layers': '3' })
    // A step that ran twice would have made a layer different from the one that the final stage took.
    expect(built.summary).not.toContain('is not the shipped one')
  })

  test('weighs a new image for several platforms whose steps are the same on each', async () => {
    await using builder = await containerBuilder()
    // The export for one platform is still running when the one for the other would reach the same steps.
    await using folder = await folderWith({
      'context/Dockerfile': `
FROM --platform=$BUILDPLATFORM scratch AS assets
WORKDIR /assets
COPY large .
FROM scratch AS files
COPY --from=assets /assets/large /first
FROM scratch
WORKDIR /app
COPY --from=files / .
COPY --from=assets /assets/large /second
`,
      'context/large': randomBytes(20_000_000),
    })
    const { images } = await weigh(['--platform', 'linux/amd64,linux/arm64', join(folder.path, 'context')], {
      env: { ...builder.env, XDG_CACHE_HOME: folder.path },
    })
    expect(images.map(({ platform, stages }) => [platform.architecture, outline(stages)])).toEqual(
      ['amd64', 'arm64'].map((architecture) => [
        architecture,
        {
          '0 assets': ['3: WORKDIR /assets', '4: COPY large .'],
          '1 files': ['6: COPY --from=assets /assets/large /first'],
          '2 2': ['8: WORKDIR /app', '9: COPY --from=files / .', '10: COPY --from=assets /assets/large /second'],
        },
      ]),
    )
  })

  /** Runs a workflow for a push to main and then for a pull request, each with a new builder. */
  async function bothRuns(number: number, inputs: Readonly<Record<'push' | 'pull', Readonly<Record<string, string>>>>) {
    const { place, main, change, act } = host
    const at = await place(main)
    await using first = await containerBuilder()
    const push = await step(at, inputs.push, first)
    const of = await change(number, { 'in/two': grown })
    await using second = await containerBuilder()
    const run = pullRequestRun(host, of, {}, { inputs: inputs.pull, env: second.env })
    return { push, pull: await act(await place(of.merge, at.cache), run) }
  }

  test('the first example of the README works, and compares a pull request with the record of its base', async () => {
    const [example = ''] = codeBlocksIn(read('README.md')).flatMap(({ language, text }) =>
      language === 'yaml' ? [text] : [],
    )
    expect(example).toContain('uses: docker/setup-buildx-action@')
    const inputs = inputsOfOurs(example)
    const { push, pull } = await bothRuns(71, { push: inputs, pull: inputs })
    // The first run has nothing to compare with.
    expect([push.status, push.outputs['verdict']]).toEqual([0, 'warn'])
    expect([pull.status, pull.outputs['verdict']]).toEqual([0, 'pass'])
    expect(pull.stdout + pull.stderr).not.toMatch(/::(?:error|warning)/)
    expect(pull.outputs['comment-url']).not.toBe('')
  })

  test('the recipe with a registry cache takes every step that did not change from there', async () => {
    const recipe = read('examples/workflows/registry-cache.yml')
    const { env } = parse(recipe) as { readonly env: { readonly CACHE: string } }
    const kept = env.CACHE.replace(
      'ghcr.io/${{ github.repository }}',
      `${rig.registry}/container-builder-test/${process.pid}`,
    )
    const inputs = (toCache: string) =>
      inputsOfOurs(recipe, {
        'env.CACHE': kept,
        "github.event_name == 'push' && format('{0},mode=max', env.CACHE) || ''": toCache,
      })
    const { push, pull } = await bothRuns(72, { push: inputs(`${kept},mode=max`), pull: inputs('') })
    expect([push.status, pull.status]).toEqual([0, 0])
    expect(pull.stdout + pull.stderr).not.toMatch(/::(?:error|warning)/)
    expect(pull.summary).not.toContain('not built in this run')
    // Built again, this step would give another file.
    expect(pull.summary).toContain('Rebuild drift: none.')
  })

  test.each(['max', 'min'])(
    'pushes what a plain build pushes, with the sizes that the registry has (mode=%s)',
    async (mode) => {
      const { place, main } = host
      const inputs = {
        push: 'true',
        tags: `${image}-${mode}`,
        'cache-from': `${cache}-${mode}`,
        'cache-to': `${cache}-${mode},mode=${mode}`,
      }
      {
        await using first = await containerBuilder()
        const { status, stdout, stderr } = await step(await place(main), inputs, first)
        expect([status, stdout + stderr]).toEqual([0, expect.any(String)])
      }
      await using builder = await containerBuilder()
      const again = await step(await place(main), inputs, builder)
      expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('CACHED')])
      const index = JSON.parse(
        await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${image}-${mode}`]),
      ) as { manifests: { digest: string }[] }
      expect(again.outputs['digest']).toBe(
        (
          await succeed('skopeo', [
            'inspect',
            '--tls-verify=false',
            '--format',
            '{{.Digest}}',
            `docker://${image}-${mode}`,
          ])
        ).trim(),
      )
      const name = image.replace(/:\d+$/, '')
      const manifest = JSON.parse(
        await succeed('skopeo', [
          'inspect',
          '--raw',
          '--tls-verify=false',
          `docker://${name}@${index.manifests[0]?.digest ?? ''}`,
        ]),
      ) as { layers: { size: number }[] }
      expect(again.outputs).toMatchObject({
        'final-layers': String(manifest.layers.length),
        'final-compressed-bytes': String(manifest.layers.reduce((sum, { size }) => sum + size, 0)),
      })
    },
  )
})
