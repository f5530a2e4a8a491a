/**
 * The stages of a build on a docker-container builder that was created for the job. The base, lines and layers of each
 * stage are compared with an export of that stage alone.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Image } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { containerBuilder, pushBuild, type ContainerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, succeed, type Ran } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith, rig } from '../support/rig.ts'
import { exportedLayers, pushedImage } from '../support/stage-truth.ts'
import { busybox, outline, weighImage } from '../support/weigh.ts'

const at = `${rig.registry}/reading-test-${process.pid}`

const baseDockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
WORKDIR /w
`

const dockerfile = `ARG VERSION=latest
FROM ${at}/base AS link
COPY --link f /f
COPY --link f /g
FROM ${at}/base:\${VERSION} AS steps
WORKDIR /w
RUN true
RUN <<END
head -c 1000 /dev/urandom > /a
END
COPY <<one <<two /h/
1
one
2
two
ENV A=1
FROM steps AS alias
FROM alias AS more
RUN head -c 1000 /dev/urandom > /b
FROM ${at}/base AS twin
WORKDIR /w
RUN true
FROM other AS named
COPY f /f
FROM ${at}/base AS tools
COPY f /tool
FROM ${at}/trigger AS triggered
FROM ${at}/base
COPY --from=link /g /g
COPY --from=more /a /b /h/
COPY --from=twin /w /w
COPY --from=named /f /f
COPY --from=triggered /t /t
WORKDIR /w
`
const stageNames = ['link', 'steps', 'alias', 'more', 'twin', 'named', 'tools', 'triggered']

describeWith('buildx', 'registry')('a builder that is made in the job', () => {
  const stack = new AsyncDisposableStack()
  let context: string
  let words: readonly string[]
  let cached: ContainerBuilder
  const cache = `type=registry,ref=${at}/cache`

  beforeAll(async () => {
    const folder = stack.use(
      await folderWith({
        Dockerfile: dockerfile,
        f: 'f',
        base: baseDockerfile,
        trigger: `FROM ${at}/base\nONBUILD RUN echo t > /t\nONBUILD COPY --from=tools /tool /tool\n`,
        busybox,
      }),
    )
    context = folder.path
    cached = stack.use(await containerBuilder())
    for (const name of ['base', 'trigger']) await pushBuild(cached, context, name, `${at}/${name}`)
    words = ['--build-context', `other=docker-image://${at}/base`]
    await succeed(
      'docker',
      [
        'buildx',
        'build',
        '--progress=quiet',
        '--push',
        '--tag',
        `${at}/app`,
        ...words,
        '--cache-to',
        `${cache},mode=max`,
        context,
      ],
      { env: cached.env },
    )
  })
  afterAll(() => stack.disposeAsync())

  /** Returns the purpose of a call, from its words. */
  const purposeOf = (words: readonly string[]): string =>
    words.includes('--call=targets,format=json')
      ? 'list of stages'
      : words.some((word) => word.startsWith('type=local,dest='))
        ? 'cache export'
        : words.some((word) => word.startsWith('type=oci,tar=false'))
          ? 'export of a stage'
          : words.slice(0, words[1] === 'history' ? 6 : 2).join(' ')

  const manifestOf = async (reference: string): Promise<readonly string[]> => {
    const name = reference.replace(/:\d+$/, '')
    const raw = async (what: string): Promise<unknown> =>
      JSON.parse(await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${what}`]))
    const index = (await raw(reference)) as { manifests: { digest: string }[] }
    const manifest = (await raw(`${name}@${index.manifests[0]?.digest ?? ''}`)) as { layers: { digest: string }[] }
    return manifest.layers.map(({ digest }) => digest)
  }

  const finalDigests = ({ stages }: Image): readonly (string | null)[] | undefined =>
    stages.find(({ role }) => role === 'final')?.layers.map(({ digest }) => digest)

  test('knows the base, the lines and the layers of every stage from a cache', async () => {
    const base = await pushedImage(`${at}/base`)
    const triggers = await pushedImage(`${at}/trigger`)
    await using builder = await containerBuilder()
    await using cacheHome = await folderWith({})
    await using client = await recordingClient()
    const env = { ...builder.env, XDG_CACHE_HOME: cacheHome.path, ...client.env }
    const weighed = ['--push', '--tag', `${at}/app`, '--cache-from', cache, ...words, context]
    const image = await weighImage(weighed, { env })
    const calls = [
      'buildx build',
      'buildx dial-stdio',
      'buildx history inspect attachment --type manifest',
      'cache export',
      'list of stages',
    ]
    expect((await client.calls()).map(purposeOf).toSorted()).toEqual(calls)
    // All layers are known now, on another builder too.
    await using another = await containerBuilder()
    expect(await weighImage(weighed, { env: { ...env, ...another.env } })).toEqual(image)
    expect((await client.calls()).map(purposeOf).toSorted()).toEqual(['buildx build'])
    expect(image.matchesShipped).toBe(true)
    // BuildKit does not report which image a named context resolved to.
    const digests = new Map([
      ['triggered', triggers.digest],
      ['named', null],
    ])
    expect(image.stages.map(({ name, base }) => [name, base?.layers, base?.digest])).toEqual(
      [...stageNames, '8'].map((name) => [name, base.layers, digests.has(name) ? digests.get(name) : base.digest]),
    )
    const steps = ['6: WORKDIR /w', '7: RUN true', '8: RUN <<END', '11: COPY <<one <<two /h/']
    const ofBase = ['?', '?', '?']
    expect(outline(image.stages)).toEqual({
      '0 link': [...ofBase, '3: COPY --link f /f', '4: COPY --link f /g'],
      '1 steps': [...ofBase, ...steps],
      '2 alias': [...ofBase, ...steps],
      '3 more': [...ofBase, ...steps, '19: RUN head -c 1000 /dev/urandom > /b'],
      '4 twin': [...ofBase, '21: WORKDIR /w', '22: RUN true'],
      '5 named': [...ofBase, '24: COPY f /f'],
      // Only an ONBUILD instruction in the base of the next stage copies from it.
      '6 tools': [...ofBase, '26: COPY f /tool'],
      // ONBUILD made them, so no instruction of this Dockerfile did.
      '7 triggered': [...ofBase, '?', '?'],
      '8 8': [
        ...ofBase,
        '29: COPY --from=link /g /g',
        '30: COPY --from=more /a /b /h/',
        '31: COPY --from=twin /w /w',
        '32: COPY --from=named /f /f',
        '33: COPY --from=triggered /t /t',
        '34: WORKDIR /w',
      ],
    })
    expect(image.stages.find(({ name }) => name === 'steps')?.totals.metadataOnlySteps).toBe(1)
    for (const name of stageNames) {
      const stage = image.stages.find((one) => one.name === name)
      expect([name, stage?.layers.map(({ digest }) => digest)]).toEqual([
        name,
        await exportedLayers(name, [...words, '--cache-from', cache, context], { env }),
      ])
    }
  })

  test.each([
    ['the same', []],
    ['time stamps rewritten', ['rewrite-timestamp=true']],
    ['another compression for all layers', ['compression=zstd', 'force-compression=true']],
    ['another compression for new layers', ['compression=zstd']],
  ])('weighs the layers that were shipped: %s', async (_, options) => {
    await using client = await recordingClient()
    await using cacheHome = await folderWith({})
    const image = await weighImage(
      ['--output', ['type=image', `name=${at}/shipped`, 'push=true', ...options].join(','), ...words, context],
      {
        env: { ...cached.env, ...client.env, XDG_CACHE_HOME: cacheHome.path, SOURCE_DATE_EPOCH: '1700000000' },
      },
    )
    expect((await client.calls()).map(purposeOf)).not.toContain('export of a stage')
    expect([image.matchesShipped, finalDigests(image)]).toEqual([true, await manifestOf(`${at}/shipped`)])
    const unbuilt = (image.unbuiltStages ?? []).map(({ name }) => name)
    expect(image.stages.map(({ name, base }) => [name, base?.layers])).toEqual(
      [...stageNames, '8'].filter((name) => !unbuilt.includes(name)).map((name) => [name, 3]),
    )
    expect(stageNames).toEqual(expect.arrayContaining(unbuilt))
  })

  test.each([['v0.2'], ['v1']])(
    'reads the same from the attestation of the image, as an OCI artifact of SLSA %s',
    async (version) => {
      const reference = `${at}/attested:${version}`
      const output = `type=image,name=${reference},push=true,oci-artifact=true`
      const image = await weighImage(
        ['--provenance', `mode=max,version=${version}`, '--output', output, ...words, context],
        { env: cached.env },
      )
      const index = JSON.parse(
        await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]),
      ) as { manifests: { digest: string }[] }
      const attestation = await succeed('skopeo', [
        'inspect',
        '--raw',
        '--tls-verify=false',
        `docker://${reference.replace(/:v[\d.]+$/, '')}@${index.manifests[1]?.digest ?? ''}`,
      ])
      expect(JSON.parse(attestation)).toHaveProperty(
        'artifactType',
        'application/vnd.docker.attestation.manifest.v1+json',
      )
      const told = await footprint(['inspect', '--format', 'json', `docker://${reference}`], { env: cached.env })
      const found = parseRecord(told.stdout, 'standard output').images[0]?.stages[0]
      const built = image.stages.find(({ role }) => role === 'final')
      expect([told.status, found?.base, found?.layers.map(({ digest, instruction }) => [digest, instruction])]).toEqual(
        [0, built?.base, built?.layers.map(({ digest, instruction }) => [digest, instruction])],
      )
    },
  )

  test("keeps the user's metadata file as it is without us, and reads the graph from the history instead", async () => {
    await using place = await folderWith({ cache: '' })
    const [own, theirs] = [join(place.path, 'own.json'), join(place.path, 'theirs.json')]
    const build = ['--output', 'type=image', ...words, context]
    await succeed('docker', ['buildx', 'build', '--progress=quiet', '--metadata-file', theirs, ...build], {
      env: cached.env,
    })
    const env = { ...cached.env, XDG_CACHE_HOME: join(place.path, 'home') }
    const image = await weighImage(build, { env })
    await using client = await recordingClient()
    // The digest is that of the attestation, which is new in each build.
    expect(await weighImage(['--metadata-file', own, ...build], { env: { ...env, ...client.env } })).toEqual(image)
    expect((await client.calls()).map(purposeOf).toSorted()).toEqual(
      ['buildx build', 'buildx history inspect attachment --type provenance'].toSorted(),
    )
    const read = async (path: string): Promise<Record<string, unknown>> =>
      JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    const [ours, plain] = [await read(own), await read(theirs)]
    expect(Object.keys(ours)).toEqual(Object.keys(plain))
    expect(Object.keys(ours['buildx.build.provenance'] as object)).toEqual(
      Object.keys(plain['buildx.build.provenance'] as object),
    )
  })

  test('weighs a stage that the builder and a cache have with different results, and never calls it not built', async () => {
    await using builder = await containerBuilder()
    await succeed('docker', ['buildx', 'build', '--progress=quiet', '--target', 'more', ...words, context], {
      env: builder.env,
    })
    await using home = await folderWith({})
    const build = ['--push', '--tag', `${at}/both`, '--cache-from', cache, ...words, context]
    // In the second run its layers are known from the first.
    for (const env of [
      { ...builder.env, XDG_CACHE_HOME: home.path },
      { ...builder.env, XDG_CACHE_HOME: home.path },
    ]) {
      const image = await weighImage(build, { env })
      expect([image.matchesShipped, image.unbuiltStages, image.stages.map(({ name }) => name)]).toEqual([
        true,
        undefined,
        [...stageNames, '8'],
      ])
      expect(finalDigests(image)).toEqual(await manifestOf(`${at}/both`))
    }
  })

  test('weighs a builder stage as the image was made from it, whatever else the builder has', async () => {
    // COPY keeps path, time and owner of the file, so both layers have the same digest.
    const lines = [
      `FROM ${at}/base AS deps`,
      'RUN head -c 100000 /dev/urandom > /deps',
      'FROM deps AS build',
      'RUN head -c 1000 /dev/urandom > /made',
      `FROM ${at}/base`,
      'COPY --from=build /made /made',
    ]
    await using folder = await folderWith({ Dockerfile: `${lines.join('\n')}\n` })
    const used = `type=registry,ref=${at}/used-cache`
    const quiet = ['buildx', 'build', '--progress=quiet']
    {
      await using first = await containerBuilder()
      await succeed('docker', [...quiet, '--cache-to', `${used},mode=max`, folder.path], { env: first.env })
    }
    await using builder = await containerBuilder()
    // The builder gets a result of its own, which the image is not made from.
    await succeed('docker', [...quiet, '--target', 'build', folder.path], { env: builder.env })
    await using home = await folderWith({})
    const env = { ...builder.env, XDG_CACHE_HOME: home.path }
    for (const push of ['used', 'again']) {
      const image = await weighImage(['--push', '--tag', `${at}/${push}`, '--cache-from', used, folder.path], { env })
      const [deps, build, final] = image.stages.map(({ layers }) => layers.map(({ digest }) => digest))
      expect(final?.at(-1)).toEqual(expect.any(String))
      expect([deps, build?.at(-1)]).toEqual([build?.slice(0, -1), final?.at(-1)])
    }
  })

  test('weighs no builder stage that the image was not made from, with two caches or a stage that the builder made again', async () => {
    // Each run of a step writes another number of bytes, so sizes show which run a file is from.
    const random = 'head -c $(( $(od -An -N2 -tu2 /dev/urandom) + 1000 )) /dev/urandom'
    const lines = [
      `FROM ${at}/base AS low`,
      `RUN ${random} > /low; cp /low /twice`,
      'FROM low AS high',
      `RUN ${random} > /high; cp /high /twice`,
      `FROM ${at}/base`,
      'COPY --link --from=low /low /low',
      'COPY --link --from=high /high /high',
    ]
    await using folder = await folderWith({ Dockerfile: `${lines.join('\n')}\n` })
    const quiet = ['buildx', 'build', '--progress=quiet']
    const refs = ['one', 'two'].map((name) => `type=registry,ref=${at}/several-${name}`)
    for (const ref of refs) {
      await using own = await containerBuilder()
      const exports = ['max', 'min'].flatMap((mode) => ['--cache-to', `${ref}-${mode},mode=${mode}`])
      await succeed('docker', [...quiet, ...exports, folder.path], { env: own.env })
    }
    const [one = '', two = ''] = refs
    for (const { caches, ready } of [
      { caches: [`${two}-max`, `${one}-max`], ready: null },
      { caches: [`${one}-max`, `${two}-max`], ready: null },
      { caches: [`${two}-min`, `${one}-max`], ready: null },
      { caches: [`${one}-min`], ready: 'high' },
      { caches: [], ready: 'low' },
    ]) {
      await using builder = await containerBuilder()
      await using home = await folderWith({})
      const env = { ...builder.env, XDG_CACHE_HOME: home.path }
      // Without a cache, the builder first makes what the image is made from.
      if (caches.length === 0) await succeed('docker', [...quiet, folder.path], { env })
      const target = ['--no-cache', '--target', ready ?? '', '--output', `type=oci,dest=${home.path}/ready`]
      if (ready !== null) await succeed('docker', [...quiet, ...target, folder.path], { env })
      const imports = caches.flatMap((cache) => ['--cache-from', cache])
      const image = await weighImage(['--push', '--tag', `${at}/several`, ...imports, folder.path], { env })
      const [final] = image.stages.filter(({ role }) => role === 'final')
      const [low = 0, high = 0] = final?.layers.slice(-2).map(({ fileBytes }) => fileBytes ?? 0) ?? []
      expect(finalDigests(image)).toEqual(await manifestOf(`${at}/several`))
      const own = Object.fromEntries(
        image.stages.map(({ name, layers }) => [name, layers.filter(({ origin }) => origin === 'own').map(({ fileBytes }) => fileBytes)]), // prettier-ignore
      )
      const weighed = { low: [2 * low], high: [2 * high] }
      for (const [name, bytes] of Object.entries(weighed))
        if (name in own) expect([name, own[name]]).toEqual([name, bytes])
      // Each of two caches with all stages tells its own results.
      if (caches.every((cache) => cache.endsWith('max')))
        expect(Object.keys(own).toSorted()).toEqual(['2', 'high', 'low'])
    }
  })

  test('weighs what shipped if two caches have other results of the same steps, and reports its choice', async () => {
    // A builder that knew nothing of the first made this cache, so its random files differ.
    const other = `type=registry,ref=${at}/other-cache`
    {
      await using second = await containerBuilder()
      await succeed(
        'docker',
        ['buildx', 'build', '--progress=quiet', ...words, '--cache-to', `${other},mode=max`, context],
        { env: second.env },
      )
    }
    await using builder = await containerBuilder()
    await using home = await folderWith({})
    const told = await footprint(
      [
        'build',
        '--format',
        'json',
        '--push',
        '--tag',
        `${at}/two-caches`,
        '--cache-from',
        cache,
        '--cache-from',
        other,
        ...words,
        context,
      ],
      { env: { ...builder.env, XDG_CACHE_HOME: home.path } },
    )
    // BuildKit chooses at random which of the two caches a step comes from. Sometimes no export can combine the
    // chosen results, and only the registry has what was shipped.
    expect([told.status, told.stderr]).toEqual([0, expect.any(String)])
    const { images, notes } = parseRecord(told.stdout, 'standard output')
    const image = images[0]!
    expect([image.matchesShipped, finalDigests(image)]).toEqual([true, await manifestOf(`${at}/two-caches`)])
    // The builder may give no export of a builder stage either. Then the report says that the stage was not built.
    const unbuilt = (image.unbuiltStages ?? []).map(({ name }) => name)
    expect([...image.stages.map(({ name }) => name), ...unbuilt].toSorted()).toEqual([...stageNames, '8'].toSorted())
    expect(image.stages.map(({ base }) => base?.layers)).toEqual(image.stages.map(() => 3))
    expect(image.stages.at(-1)?.role).toBe('final')
    const chosen = notes?.filter((note) => note.startsWith("The builder's caches hold several results of stage")) ?? []
    expect(chosen.every((note) => stageNames.some((name) => note.includes(`stage ${name};`)))).toBe(true)
  })
})

describeWith('buildx', 'registry')('a cache that holds only what the final stage needs', () => {
  const stack = new AsyncDisposableStack()
  const image = `${at}/min`
  const cache = `type=registry,ref=${image}-cache`
  let context: string
  /** The number of requests from a step in the builder stage. */
  let asked = 0

  beforeAll(async () => {
    const server = createServer((_, response) => {
      asked += 1
      response.end('x')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stack.defer(() => void server.close())
    const step = `RUN ["/busybox", "wget", "-O", "/answer", "http://127.0.0.1:${(server.address() as AddressInfo).port}/"]`
    const text = `FROM scratch AS build\nCOPY busybox /busybox\n${step}\nFROM scratch\nCOPY --from=build /answer /answer\n`
    context = stack.use(await folderWith({ Dockerfile: text, busybox })).path
    await using first = await containerBuilder()
    await succeed(
      'docker',
      ['buildx', 'build', '--progress=quiet', '--push', '--tag', image, '--cache-to', `${cache},mode=min`, context],
      { env: first.env },
    )
    expect(asked).toBe(1)
  })
  afterAll(() => stack.disposeAsync())

  const footprintOn = async (builder: ContainerBuilder, ...flags: string[]): Promise<Ran> => {
    await using home = await folderWith({})
    return await footprint(['build', '--push', '--tag', image, '--cache-from', cache, ...flags, context], {
      env: { ...builder.env, XDG_CACHE_HOME: home.path },
    })
  }

  test('leaves its other stages unbuilt, reports that, and judges no budget on them', async () => {
    await using builder = await containerBuilder()
    await using client = await recordingClient()
    const told = await footprintOn({ ...builder, env: { ...builder.env, ...client.env } }, '--format', 'json')
    expect([told.status, asked]).toEqual([0, 1])
    const [record] = (JSON.parse(told.stdout) as { images: { matchesShipped: boolean; stages: object[] }[] }).images
    expect(record).toMatchObject({
      matchesShipped: true,
      stages: [{ name: 'build', built: false, totals: null, base: null, layers: [] }, { role: 'final' }],
    })
    expect((await client.calls()).length).toBe(5)
    const shown = (await footprintOn(builder, '--budget', 'stage build unpacked <= 1GB')).stdout.replaceAll(/\s+/g, ' ')
    expect(shown).toContain(
      'Stage build was not weighed: it was not built in this run, and no cache is known to hold it.',
    )
    expect(shown).toContain(
      'Budget not judged: stage build: the value is not known, as this stage was not built in this run',
    )
    expect(asked).toBe(1)
  })

  test('builds its other stages if the input asks for it, and says that the baseline does not have them', async () => {
    await using builder = await containerBuilder()
    await using records = await folderWith({})
    const [baseline, report] = [join(records.path, 'base.json'), join(records.path, 'report.md')]
    expect((await footprintOn(builder, '--json', baseline)).status).toBe(0)
    const compared = ['--baseline', baseline, '--markdown', report]
    const told = await footprintOn(builder, '--format', 'json', '--uncached-stages', 'build', ...compared)
    expect([told.status, asked]).toEqual([0, 2])
    expect(JSON.parse(told.stdout)).toMatchObject({
      images: [{ matchesShipped: true, stages: [{ name: 'build', totals: { layers: 2 } }, { role: 'final' }] }],
    })
    const text = await readFile(report, 'utf8')
    expect(text).toContain('Stage build is not compared: it was not built for the baseline, and no cache held it.')
    expect(text).toContain(
      'Weighing built stage build, which the build itself did not need. The result may differ from what the shipped image was made from.',
    )
  })
})
