/** Counts the calls of the docker client, since each costs 60 to 200 ms and none may be added unnoticed. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Image } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith, rig } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox, onceOnly } from '../support/weigh.ts'

beforeAll(() => void requireEngine())

/** As in the example, a slim stage copies what a fat stage makes, and neither has a name. */
const dockerfile = `FROM scratch AS unused
COPY busybox /
FROM scratch
COPY busybox /busybox
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/app", "bs=1000", "count=30"]
FROM scratch
COPY --from=1 /app /root/
ENTRYPOINT ["/root/app"]
`

/** Returns the purpose of a call, from its words. */
function purposeOf(words: readonly string[]): string {
  const has = (start: string): boolean => words.some((word) => word.startsWith(start))
  if (words[0] !== 'buildx' || words[1] !== 'build') return words.slice(0, 3).join(' ')
  if (has('--call=targets')) return 'list of stages'
  return has('type=oci,tar=false') || has('type=local,dest=') ? 'weighing' : 'build'
}

/** Returns the calls of a second run, for which everything is built and known. */
async function callsOf(
  flags: readonly string[],
  text = dockerfile,
  builder: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  await using folder = await folderWith({ 'context/Dockerfile': text, 'context/busybox': busybox })
  await using client = await recordingClient()
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache'), ...builder, ...client.env }
  const run = async (): Promise<void> => {
    await client.calls()
    const { status, stderr } = await footprint(['build', ...flags, join(folder.path, 'context')], { env })
    if (status !== 0) throw new Error(stderr)
  }
  await run()
  await run()
  return (await client.calls()).map(purposeOf).toSorted()
}

/**
 * The engine's BuildKit 0.25 does not report which frontend read the Dockerfile, so the list is requested each time.
 */
const least: readonly string[] = ['build', 'list of stages']

describe('a warm build of a fat and a slim stage', () => {
  test.each([
    ['what shipped is known by its digest', ['--provenance=false'], []],
    ['nothing is shipped', ['--output', 'type=cacheonly'], []],
    ['the digest names an index with attestations, new in each build, but the log names the manifest', [], []],
  ])('makes one build and lists the stages once: %s', async (_, flags: readonly string[], more: readonly string[]) => {
    expect(await callsOf(flags)).toEqual([...least, ...more].toSorted())
  })
})

/** No step runs on a platform that this machine does not have. */
const copying = 'FROM scratch AS fat\nCOPY busybox /\nCOPY Dockerfile /\nFROM scratch\nCOPY --from=fat /busybox /app\n'

describeWith('buildx')('a warm build for several platforms', () => {
  let builder: ContainerBuilder
  beforeAll(async () => {
    builder = await containerBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  test.each([
    ['the index is known by its digest', ['--provenance=false'], []],
    ['one connection reads an index with attestations', [], ['buildx dial-stdio --progress=quiet']],
  ])('makes one build: %s', async (_, flags: readonly string[], more: readonly string[]) => {
    const words = ['--platform', 'linux/amd64,linux/arm64', '--output', 'type=oci,dest=/dev/null', ...flags]
    expect(await callsOf(words, copying, builder.env)).toEqual(['build', ...more].toSorted())
  })
})

/** `copies` takes a file from a target that is FROM another one. */
const linkedBake = `
group "default" { targets = ["app", "copies"] }
target "base" { dockerfile = "base.Dockerfile" }
target "app" { contexts = { base = "target:base" } }
target "copies" {
  contexts = { app = "target:app" }
  dockerfile-inline = "FROM scratch AS more\\nCOPY busybox /more\\nFROM scratch\\nCOPY --from=app /made /made\\nCOPY --from=more /more /more"
}
`

describeWith('buildx')('a bake of targets that build on others', () => {
  test('needs one cache export for each target at most, and none if it is warm', async () => {
    await using builder = await containerBuilder()
    await using folder = await folderWith({
      'context/docker-bake.hcl': linkedBake,
      'context/base.Dockerfile': `FROM scratch\nCOPY busybox /busybox\n${onceOnly}\n`,
      'context/Dockerfile': `FROM base AS fat\nCOPY busybox /fat\nRUN ["/busybox", "cp", "/fat", "/made"]\nFROM base\nCOPY --from=fat /made /made\n`,
      'context/busybox': busybox,
    })
    await using client = await recordingClient()
    const env = { ...builder.env, XDG_CACHE_HOME: join(folder.path, 'cache'), ...client.env }
    const bake = async (): Promise<{ readonly calls: readonly string[]; readonly images: unknown }> => {
      let images: readonly Image[] = []
      await runAction(
        join(folder.path, 'context'),
        { source: '.', files: 'docker-bake.hcl', baseline: 'none', provenance: 'false' },
        { env },
        async (step) => {
          expect(step.status).toBe(0)
          images = parseRecord(await step.read(step.outputs['record']), 'the record').images
        },
      )
      const shape = images.map(({ name, stages }) => [
        name,
        stages.map(({ base, layers }) => [base?.reference, base?.layers, layers.length]),
      ])
      return { calls: (await client.calls()).map(purposeOf), images: shape }
    }
    const purposes = (calls: readonly string[]): readonly string[] =>
      calls.filter((call) => call === 'weighing' || !/list of stages/.test(call)).toSorted()
    const cold = await bake()
    expect(cold.images).toEqual([
      [
        'app',
        [
          ['target:base', 2, 4],
          ['target:base', 2, 3],
        ],
      ],
      [
        'copies',
        [
          ['scratch', 0, 1],
          ['scratch', 0, 2],
        ],
      ],
    ])
    const warm = await bake()
    expect(purposes(warm.calls)).toEqual(['buildx bake --metadata-file', 'buildx bake --print'])
    expect(warm.images).toEqual(cold.images)
    // One for each target at most, whatever the number of its stages.
    expect(purposes(cold.calls).filter((call) => call === 'buildx bake --file').length).toBeLessThanOrEqual(2)
  })
})

/** A cache of `mode=min` does not contain the builder stage, only the final stage. */
describeWith('buildx', 'registry')('a new builder with a cache of mode=min and known layers', () => {
  const image = `${rig.registry}/client-calls-test/app:${process.pid}`
  const cache = `type=registry,ref=${rig.registry}/client-calls-test/cache:${process.pid}`
  const stack = new AsyncDisposableStack()
  let context: string
  let home: string

  beforeAll(async () => {
    const folder = stack.use(await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox }))
    context = join(folder.path, 'context')
    home = join(folder.path, 'cache')
    await using builder = await containerBuilder()
    await succeed('docker', ['buildx', 'build', '--progress=quiet', '--cache-to', `${cache},mode=min`, context], {
      env: builder.env,
    })
    // From here on its layers are known.
    await weighed(builder, ['--push', '--tag', image, '--provenance=false'])
  })
  afterAll(() => stack.disposeAsync())

  async function weighed(
    builder: ContainerBuilder,
    flags: readonly string[],
  ): Promise<{ readonly calls: readonly string[]; readonly report: string }> {
    await using client = await recordingClient()
    const env = { ...builder.env, XDG_CACHE_HOME: home, ...client.env }
    const { status, stdout, stderr } = await footprint(['build', '--cache-from', cache, ...flags, context], { env })
    if (status !== 0) throw new Error(stderr)
    return { calls: (await client.calls()).map(purposeOf).toSorted(), report: stdout }
  }

  const asked = 'buildx dial-stdio --progress=quiet'
  test.each([
    ['nothing is shipped', [], []],
    ['what shipped is known', ['--push', '--tag', image, '--provenance=false'], []],
    ['its attestations are new, but the log names the manifest', ['--push', '--tag', image], []],
  ])(
    'is asked once whether it built anything itself, which it did not: %s',
    async (_, flags: readonly string[], more: readonly string[]) => {
      await using builder = await containerBuilder()
      const { calls, report } = await weighed(builder, flags)
      expect(calls).toEqual(['build', asked, ...more].toSorted())
      expect(report).toContain('it was not built in this run')
    },
  )

  test('is searched for the stage if it built something itself, and the stage is weighed', async () => {
    await using builder = await containerBuilder()
    await succeed('docker', ['buildx', 'build', '--progress=quiet', '--no-cache', context], { env: builder.env })
    const { calls, report } = await weighed(builder, [])
    expect(calls).toEqual(['build', asked, 'weighing'].toSorted())
    expect(report).not.toContain('it was not built in this run')
  })
})

describeWith('buildx')("the list of a Dockerfile's stages", () => {
  let builder: ContainerBuilder
  beforeAll(async () => {
    builder = await containerBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  test.each([
    ['is kept between runs, since it depends only on the text and the frontend', dockerfile, [], []],
    [
      'is requested if a build argument names another frontend',
      dockerfile,
      ['--build-arg', 'BUILDKIT_SYNTAX'],
      ['list of stages'],
    ],
  ])('%s', async (_, text, flags: readonly string[], more: readonly string[]) => {
    expect(await callsOf(flags, text, builder.env)).toEqual(['build', ...more])
  })

  test('is requested again if the text changed', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    await using client = await recordingClient()
    const env = { XDG_CACHE_HOME: join(folder.path, 'cache'), ...builder.env, ...client.env }
    const names = async (text: string): Promise<readonly string[]> => {
      await writeFile(join(folder.path, 'context/Dockerfile'), text)
      const { status, stdout, stderr } = await footprint(['build', '--format', 'json', join(folder.path, 'context')], {
        env,
      })
      if (status !== 0) throw new Error(stderr)
      return parseRecord(stdout, 'the record').images.flatMap(({ stages }) => stages.map(({ name }) => name))
    }
    const renamed = dockerfile.replace('FROM scratch\nCOPY --from=1', 'FROM scratch AS slim\nCOPY --from=1')
    // The first text again, after the other one: it is still known.
    expect([await names(dockerfile), await names(renamed), await names(dockerfile)]).toEqual([
      ['1', '2'],
      ['1', 'slim'],
      ['1', '2'],
    ])
    expect((await client.calls()).map(purposeOf).filter((call) => call === 'list of stages')).toHaveLength(2)
  })

  test('is requested again if the cached list does not fit the Dockerfile, or the file changed before the builder read it', async () => {
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      saved: `# One line more.\n${dockerfile}`,
    })
    const at = (name: string): string => join(folder.path, name)
    const env = { XDG_CACHE_HOME: at('cache'), ...builder.env }
    const lines = async (path: string | undefined = process.env['PATH']): Promise<readonly unknown[]> => {
      const { status, stdout, stderr } = await footprint(['build', '--format', 'json', at('context')], {
        env: { ...env, PATH: path ?? '' },
      })
      if (status !== 0) throw new Error(stderr)
      return parseRecord(stdout, 'the record').images.flatMap(({ stages }) =>
        stages.map(({ name, layers }) => [name, layers.map(({ instruction }) => instruction?.line)]),
      )
    }
    const right = [
      ['1', [4, 5]],
      ['2', [7]],
    ]
    expect(await lines()).toEqual(right)

    const lists = at('cache/stage-footprint/layers/stages-v1')
    const [kept = ''] = await readdir(lists)
    const list = JSON.parse(await readFile(join(lists, kept), 'utf8')) as { readonly stages: readonly unknown[] }
    for (const stages of [[], list.stages.slice(1)]) {
      await writeFile(join(lists, kept), JSON.stringify({ ...list, stages }))
      expect(await lines()).toEqual(right)
    }

    // Somebody saves the file when we have read it and the builder has not.
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    await mkdir(at('bin'))
    const script = `case "$*" in *--metadata-file*) cp '${at('saved')}' '${at('context/Dockerfile')}' ;; esac`
    await writeFile(at('bin/docker'), `#!/bin/sh\n${script}\nexec '${docker}' "$@"\n`, { mode: 0o755 })
    expect(await lines(`${at('bin')}:${process.env['PATH'] ?? ''}`)).toEqual([
      ['1', [5, 6]],
      ['2', [8]],
    ])
  })
})
