/**
 * Images made by real tools, in every place that `inspect` reads. The result must be the same wherever the image is,
 * and the same as that of skopeo, tar and the decompressors.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { asToolsSay, layersOf, told, unpackLayers } from '../support/as-tools-say.ts'
import { blobs, inspect, tarOf, type Blobs } from '../support/layouts.ts'
import { addedBy, overheadsOf } from '../support/overhead.ts'
import { folderWith, requireEngine, run, succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { rig, testWith } from '../support/rig.ts'

const secret = 's3cret-of-the-build'
const { registry, overlay2 } = rig
const test = testWith('registry')
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const noTls = ['--src-tls-verify=false', '--dest-tls-verify=false']
/** The name is unique to this run, since another run would make different bytes under the same names. */
const sources = `${registry}/sources-${process.pid}`
const base = `${sources}/base:1`
const app = `${sources}/app:1`

const dockerfile = `ARG BASE
FROM \${BASE} AS tools
RUN seq 1 20000 > /numbers
FROM tools
ARG TOKEN
ARG DIR=srv
WORKDIR /\${DIR}
COPY hello /\${DIR}/\${TOKEN}
RUN test -n "$TOKEN" && seq 1 30000 > /more && rm /numbers
COPY --from=tools /numbers /kept
ENTRYPOINT ["/busybox"]
`
const flags = ['--build-arg', `BASE=${base}`, '--build-arg', `TOKEN=${secret}`]

let folder: string
let context: string
beforeAll(async () => {
  requireEngine()
  folder = await mkdtemp(join(tmpdir(), 'sf-sources-'))
  const made = await folderWith({
    'base/Dockerfile':
      'FROM scratch\nCOPY busybox /busybox\nRUN ["/busybox", "sh", "-c", "/busybox mkdir /bin && /busybox --install /bin"]\n',
    'base/busybox': await readFile('/bin/busybox'),
    Dockerfile: dockerfile,
    hello: 'hello\n',
  })
  context = made.path
  await build(join(context, 'base'), '--provenance=false', '--tag', base, '--push')
  await build(context, ...flags, '--provenance=mode=max', '--tag', app, '--push')
})
afterAll(async () => {
  await Promise.all([rm(folder, { recursive: true }), rm(context, { recursive: true })])
})

async function build(where: string, ...args: readonly string[]): Promise<void> {
  await succeed('docker', ['buildx', 'build', '--quiet', ...args, where])
}

const configOf = ({ blobs: kept }: Blobs, { digest }: Descriptor): string =>
  (JSON.parse(kept.get(digest)!.toString()) as { config: { digest: string } }).config.digest

/** Leaves out the paths in the layers: they belong to the image, and one of them contains the secret on purpose. */
const withoutContents = (footprint: Footprint): string =>
  JSON.stringify(footprint, (key, value: unknown) => (key === 'contents' ? undefined : value))

/** Returns what does not depend on how an image is stored. */
const unpacked = (footprint: Footprint): unknown =>
  layersOf(footprint).map(({ diffId, uncompressedSize, fileBytes, entries, whiteouts, opaqueWhiteouts }) => [
    diffId,
    uncompressedSize,
    fileBytes,
    entries,
    whiteouts,
    opaqueWhiteouts,
  ])

/** Returns the contents of the layers above the base, which not every place can separate. */
const contents = (footprint: Footprint): unknown =>
  layersOf(footprint)
    .slice(2)
    .map(({ contents: found }) => found)

describe.each(['gzip', 'zstd', 'uncompressed'])('layers in %s', (compression) => {
  const output = (type: string, dest: string): readonly string[] => [
    '--output',
    `type=${type},dest=${dest},compression=${compression},force-compression=true`,
  ]

  let archive: string
  beforeAll(async () => {
    archive = join(folder, `${compression}.oci.tar`)
    if (registry !== '') await build(context, ...flags, '--provenance=false', ...output('oci', archive))
  })

  test('have the numbers of skopeo, tar and wc in an OCI archive and in its layout', async () => {
    const layout = join(folder, `${compression}.oci`)
    await succeed('skopeo', [
      'copy',
      '--quiet',
      '--dest-oci-accept-uncompressed-layers',
      `oci-archive:${archive}`,
      `oci:${layout}`,
    ])
    const expected = await asToolsSay(layout)
    expect(told(await inspect(`oci-archive:${archive}`))).toEqual(expected)
    expect(told(await inspect(archive))).toEqual(expected)
    expect(told(await inspect(`oci:${layout}`))).toEqual(expected)
    expect(told(await inspect(layout))).toEqual(expected)
  })

  testWith('registry', 'python')('add up to files and tar overhead', async () => {
    await using tars = await folderWith({})
    const layout = join(folder, `${compression}.oci`)
    const overheads = await overheadsOf((await unpackLayers(layout, tars.path)).map(({ tar }) => tar))
    const layers = layersOf(await inspect(layout))
    expect(layers.map(({ fileBytes }, position) => fileBytes! + addedBy(overheads[position]!))).toEqual(
      layers.map(({ uncompressedSize }) => uncompressedSize),
    )
    // Each layer has more than a trailer.
    expect(overheads.every(({ headers, padding }) => headers > 0 && padding >= 0)).toBe(true)
  })

  test('are the same in a Docker archive of buildx, but without the digests of a registry', async () => {
    const docker = join(folder, `${compression}.docker.tar`)
    await build(context, ...flags, '--tag', 'sources/one:1', '--tag', 'sources/two:2', ...output('docker', docker))
    const whole = await inspect(`oci-archive:${archive}`)
    const found = await inspect(`docker-archive:${docker}:sources/two:2`)
    expect(unpacked(found)).toEqual(unpacked(whole))
    expect(layersOf(found).map(({ digest, compressedSize }) => [digest, compressedSize])).toEqual(
      layersOf(whole).map(({ digest, compressedSize }) =>
        compression === 'uncompressed' ? [null, null] : [digest, compressedSize],
      ),
    )
    expect((await inspect(docker)).images.map(({ name }) => name)).toEqual(['sources/one'])
  })
})

testWith('registry', 'overlay2')('weighs one image the same in every place', async () => {
  const at = (name: string): string => join(folder, name)
  const inRegistry = await inspect(`docker://${app}`)
  expect(inRegistry.images).toHaveLength(1)
  await succeed('skopeo', ['copy', '--quiet', ...noTls, `docker://${app}`, `oci:${at('layout')}:some/name:tag`])
  await succeed('skopeo', ['copy', '--quiet', ...noTls, `docker://${app}`, `oci-archive:${at('oci.tar')}`])
  await succeed('skopeo', [
    'copy',
    '--quiet',
    ...noTls,
    `docker://${app}`,
    `docker-archive:${at('docker.tar')}:some/name:tag`,
  ])
  await succeed('gzip', ['--keep', '--fast', at('docker.tar')])
  for (const [host, name] of [
    [requireEngine(), 'store.tar'],
    [overlay2, 'overlay2.tar'],
  ] as const) {
    await succeed('docker', ['-H', host, 'pull', '--quiet', app])
    await succeed('docker', ['-H', host, 'save', '--output', at(name), app])
  }
  expect(contents(inRegistry)).toContainEqual(
    expect.objectContaining({ files: [expect.objectContaining({ path: 'numbers', fileBytes: 108_894 })] }),
  )
  const pulled = layersOf(inRegistry).map(({ digest, compressedSize }) => [digest, compressedSize])
  const notKnown = layersOf(inRegistry).map(() => [null, null])
  const places: readonly (readonly [string, unknown])[] = [
    [`oci:${at('layout')}:some/name:tag`, pulled],
    [at('oci.tar'), pulled],
    [`docker-archive:${at('docker.tar')}:some/name:tag`, notKnown],
    [at('docker.tar.gz'), notKnown],
    [at('store.tar'), pulled],
    [at('overlay2.tar'), notKnown],
    [`docker-daemon:${app}`, pulled],
  ]
  for (const [source, compressed] of places) {
    const found = await inspect(source)
    expect([source, unpacked(found)]).toEqual([source, unpacked(inRegistry)])
    expect([source, contents(found)]).toEqual([source, contents(inRegistry)])
    expect([source, layersOf(found).map(({ digest, compressedSize }) => [digest, compressedSize])]).toEqual([
      source,
      compressed,
    ])
    expect(withoutContents(found)).not.toContain(secret)
  }
})

testWith('registry', 'overlay2')(
  'inspects an image in an engine with overlay2 through DOCKER_HOST, and leaves nothing behind',
  async () => {
    const env = { DOCKER_HOST: overlay2 }
    await succeed('docker', ['pull', '--quiet', app], { env })
    await using temp = await folderWith({})
    const { status, stdout, stderr } = await run(
      process.execPath,
      [cli, 'inspect', '--quiet', '--format', 'json', `docker-daemon:${app}`],
      {
        env: { ...env, TMPDIR: temp.path, XDG_CACHE_HOME: join(folder, 'cache') },
      },
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(unpacked(parseRecord(stdout, 'stdout'))).toEqual(unpacked(await inspect(`docker://${app}`)))
    expect(await readdir(temp.path)).toEqual([])
  },
)

test('reads chunked zstd as skopeo pushes it', async () => {
  // No registry has these bytes in another compression; skopeo would use that one.
  await using made = await folderWith({
    Dockerfile: 'FROM scratch\nCOPY a b /\n',
    a: randomBytes(300_000),
    b: 'b'.repeat(200_000),
  })
  const archive = join(folder, 'plain.oci.tar')
  await build(made.path, '--provenance=false', '--output', `type=oci,dest=${archive},compression=uncompressed`)
  const chunked = `${sources}/chunked:1`
  await succeed('skopeo', [
    'copy',
    '--quiet',
    ...noTls,
    '--dest-compress-format',
    'zstd:chunked',
    `oci-archive:${archive}`,
    `docker://${chunked}`,
  ])
  const found = await inspect(`docker://${chunked}`)
  const manifest = JSON.parse(
    await succeed('skopeo', ['inspect', '--tls-verify=false', '--raw', `docker://${chunked}`]),
  ) as { layers: { digest: string; size: number; annotations: object }[] }
  expect(Object.keys(manifest.layers[0]!.annotations)).toContainEqual(expect.stringContaining('zstd-chunked'))
  expect(layersOf(found).map(({ digest, compressedSize, mediaType }) => [digest, compressedSize, mediaType])).toEqual(
    manifest.layers.map(({ digest, size }) => [digest, size, 'application/vnd.oci.image.layer.v1.tar+zstd']),
  )
  expect(unpacked(found)).toEqual(unpacked(await inspect(archive)))
  expect(found.images[0]!.stages[0]!.totals.fileBytes).toBe(500_000)
})

describe('provenance', () => {
  test.each([['v0.2'], ['v1']])('of SLSA %s gives the report of the build', async (version) => {
    const tag = `${sources}/attested:${version}`
    const ours = await succeed(
      process.execPath,
      [
        cli,
        'build',
        '--quiet',
        '--format',
        'json',
        ...flags,
        '--provenance',
        `mode=max,version=${version}`,
        '--tag',
        tag,
        '--push',
        context,
      ],
      {
        env: { XDG_CACHE_HOME: join(folder, 'cache') },
      },
    )
    const built = parseRecord(ours, 'stdout').images[0]!.stages.find(({ role }) => role === 'final')!
    const found = await inspect(`docker://${tag}`)
    expect(found.notes).toEqual([])
    expect(found.images).toHaveLength(1)
    expect(found.images[0]!.finalStage).toBe('1')
    const { totals, layers, base: under, uses, instructions } = found.images[0]!.stages[0]!
    // Only a build computes digests without times.
    expect({
      totals,
      layers: layers.map((layer) => ({ ...layer, timelessDigest: null })),
      base: under,
      uses,
      instructions,
    }).toEqual({
      totals: built.totals,
      layers: built.layers.map((layer) => ({ ...layer, timelessDigest: null })),
      base: built.base,
      uses: built.uses,
      instructions: built.instructions,
    })
    expect(layers.map(({ contents }) => contents?.files.map(({ path }) => path))).toEqual([
      undefined,
      undefined,
      ['numbers'],
      [],
      [`srv/${secret}`],
      ['more'],
      ['kept'],
    ])
    expect(under).toMatchObject({ reference: '${BASE}', layers: 2 })
    expect(layers.map(({ origin, instruction }) => [origin, instruction?.line ?? null])).toEqual([
      ['base', null],
      ['base', null],
      ['inherited', 3],
      ['own', 7],
      ['own', 8],
      ['own', 9],
      ['own', 10],
    ])
    expect(withoutContents(found)).not.toContain(secret)
  })

  test('knows what a later comparison needs to tell whether only file times differ, and so does a build after it', async () => {
    const env = { XDG_CACHE_HOME: join(folder, 'inspected') }
    const timed = async (...args: readonly string[]): Promise<unknown> => {
      const said = await succeed(process.execPath, [cli, ...args, '--quiet', '--format', 'json'], { env })
      const { layers } = parseRecord(said, 'stdout').images[0]!.stages.find(({ role }) => role === 'final')!
      return layers.map(({ origin, timelessDigest }) => origin === 'base' || typeof timelessDigest === 'string')
    }
    const all = Array.from({ length: 7 }, () => true)
    expect(await timed('inspect', `docker://${app}`)).toEqual(all)
    expect(await timed('build', ...flags, context)).toEqual(all)
  })

  test('of mode=min gives no lines, and the history never shows a value', async () => {
    const tag = `${sources}/min:1`
    await build(context, ...flags, '--provenance=mode=min', '--tag', tag, '--push')
    const found = await inspect(`docker://${tag}`)
    expect(found.notes).toEqual([expect.stringContaining('is not that of a BuildKit build with mode=max')])
    expect(found.images[0]!.stages[0]!.base).toBeNull()
    expect(
      layersOf(found)
        .slice(2)
        .map(({ instruction }) => [instruction?.text, instruction?.line]),
    ).toEqual([
      ['RUN seq 1 20000 > /numbers', null],
      ['WORKDIR /${DIR}', null],
      ['COPY hello /${DIR}/${TOKEN}', null],
      ['RUN test -n "$TOKEN" && seq 1 30000 > /more && rm /numbers', null],
      ['COPY /numbers /kept', null],
    ])
    expect(withoutContents(found)).not.toContain(secret)
  })
})

test('inspects all platforms, or the chosen one', async () => {
  await using made = await folderWith({
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /x\n',
    amd64: 'amd',
    arm64: 'arm arm',
  })
  const tag = `${sources}/platforms:1`
  await build(made.path, '--platform', 'linux/amd64,linux/arm64', '--provenance=mode=max', '--tag', tag, '--push')
  await succeed('skopeo', ['copy', '--quiet', '--all', ...noTls, `docker://${tag}`, `oci:${join(folder, 'platforms')}`])
  await succeed('docker', ['pull', '--quiet', '--platform', 'linux/arm64', tag])
  await succeed('docker', ['pull', '--quiet', '--platform', 'linux/amd64', tag])
  for (const source of [`docker://${tag}`, `oci:${join(folder, 'platforms')}`, `docker-daemon:${tag}`]) {
    const both = await inspect(source)
    expect(
      both.images.map(({ platform, stages }) => [
        platform.architecture,
        stages[0]!.totals.fileBytes,
        stages[0]!.layers[0]!.instruction?.line,
      ]),
    ).toEqual([
      ['amd64', 3, 3],
      ['arm64', 7, 3],
    ])
    const arm = await inspect(source, { platform: 'linux/arm64' })
    expect(arm.images).toEqual([both.images[1]])
  }
})

describe('the command inspect', () => {
  const ownCache = (): Readonly<Record<string, string>> => ({ XDG_CACHE_HOME: join(folder, 'cache-of-none') })
  const called = (...args: readonly string[]): ReturnType<typeof run> =>
    run(process.execPath, [cli, 'inspect', ...args], { env: ownCache() })

  test.each([
    [['docker-daemon:sources/nosuch'], 2, 'the engine has no image sources/nosuch'],
    [[`docker://${sources}/nosuch`], 2, 'has no image'],
    [['nosuch'], 2, 'there is no file or folder nosuch'],
    [[`docker://${app}`, '--platform', 'linux/s390x'], 2, 'has no image for linux/s390x: it has linux/amd64'],
    [['docker://127.0.0.1:9/x'], 4, '[REGISTRY_UNREACHABLE]'],
  ])('%j ends with status %d', async (args, status, message) => {
    const ended = await called(...args)
    expect([ended.status, ended.stdout]).toEqual([status, ''])
    expect(ended.stderr).toContain(message)
  })

  test('stops at once and leaves nothing behind', async () => {
    const made = blobs()
    const image = made.image(await tarOf('a', 'x'))
    await using temp = await folderWith({})
    const ended = await new Promise<number | null>((resolve, reject) => {
      void testRegistry(made, { latest: image.digest }, ({ url }) => {
        // The response with the layer never comes.
        const isLayer = url.includes('/blobs/') && !url.includes(configOf(made, image).slice(7))
        if (isLayer) child?.kill('SIGTERM')
        return isLayer
      }).then((server) => {
        child = spawn(process.execPath, [cli, 'inspect', `docker://${server.address}/app`], {
          env: { ...process.env, ...ownCache(), TMPDIR: temp.path },
          stdio: 'ignore',
        })
        child.on('error', reject)
        child.on('close', (status) => {
          void server[Symbol.asyncDispose]().then(() => resolve(status))
        })
      }, reject)
      let child: ChildProcess | undefined
    })
    expect(ended).toBe(143)
    expect(await readdir(temp.path)).toEqual([])
  })

  test('reports a missing engine and a missing client', async () => {
    const gone = await run(process.execPath, [cli, 'inspect', 'docker-daemon:x'], {
      env: { ...ownCache(), DOCKER_HOST: 'unix:///nonexistent' },
    })
    expect([gone.status, gone.stderr]).toEqual([4, expect.stringContaining('[ENGINE_UNREACHABLE]')])
    const none = await run(process.execPath, [cli, 'inspect', 'docker-daemon:x'], {
      env: { ...ownCache(), PATH: '/nonexistent' },
    })
    expect([none.status, none.stderr]).toEqual([4, expect.stringContaining('there is no `docker` on the PATH')])
  })
})
