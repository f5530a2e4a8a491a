/** A builder of the remote driver, which also represents docker-container: it has no image store and its own cache. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { cacheExport, layoutContent, remoteBuilder, type CacheExport, type RemoteBuilder } from '../support/builder.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'

const busybox = await readFile('/bin/busybox')
const numbers = Array.from({ length: 2_000 }, (_, number) => `${number}\n`).join('')

/**
 * Every build gives the same bytes. A RUN would not, since its layer contains the folders of its mounts, with the time
 * of the build.
 */
const stages = `FROM scratch AS tools
COPY words /words
ENV A=1
FROM tools
COPY numbers /numbers
`
const finals = {
  'a final stage of its own': `${stages}FROM scratch\nCOPY --from=1 /numbers /n\n`,
  'a final stage FROM a builder stage': `${stages.replace('FROM tools\n', 'FROM tools AS build\n')}FROM build\nCOPY --from=tools /words /w\n`,
}
const compressions = [
  ['gzip', ''],
  ['zstd', ',compression=zstd,force-compression=true'],
] as const

const context = (dockerfile: string): ReturnType<typeof folderWith> =>
  folderWith({ 'context/Dockerfile': dockerfile, 'context/words': 'words '.repeat(1_000), 'context/numbers': numbers })

const epoch = { SOURCE_DATE_EPOCH: '1700000000' }
type Build = (args: readonly string[]) => Promise<void>

describeWith('prunedBuildKit', 'registry')('a remote builder', () => {
  let builder: RemoteBuilder
  beforeAll(async () => {
    requireEngine()
    builder = await remoteBuilder(rig.prunedBuildKit)
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  const plain: Build = async (args) => {
    await succeed('docker', ['buildx', 'build', '--provenance=false', ...args], { env: { ...builder.env, ...epoch } })
  }
  const ours: Build = async (args) => {
    const { status, stderr } = await footprint(['build', '--provenance=false', ...args], {
      env: { ...builder.env, ...epoch },
    })
    if (status !== 0) throw new Error(stderr)
  }

  test('weighs the same as the containerd store, except for its own blobs', async () => {
    const dockerfile = `FROM scratch AS tools
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "/busybox mkdir /bin && /busybox --install /bin"]
ENV A=1
FROM tools AS build
RUN seq 1 50000 > /numbers
FROM build
COPY --from=tools /busybox /b
`
    // Only this test has this content. For other content, the engine may have a layer with the times of another test.
    await using folder = await folderWith({
      Dockerfile: dockerfile,
      busybox: Buffer.concat([busybox, Buffer.from(randomUUID())]),
    })
    await builder.prune()
    const weigh = async (env: Readonly<Record<string, string>>): Promise<readonly Stage[]> => {
      const { status, stdout, stderr } = await footprint(['build', '--format', 'json', folder.path], { env })
      if (status !== 0) throw new Error(stderr)
      return parseRecord(stdout, 'stdout').images[0]?.stages ?? []
    }
    // The client configuration of the engine is already in use; that of the builder is private.
    const [remote, store] = [await weigh(builder.env), await weigh({})]
    const bytes = (all: readonly Stage[]): unknown =>
      all.map(({ totals, layers, savings, ...stage }) => ({
        ...stage,
        savings: savings && {
          ...savings,
          leastPullBytes: null,
          items: savings.items.map((item) => ({ ...item, leastPullBytes: null })),
        },
        totals: { ...totals, compressedSize: null },
        layers: layers.map((layer) => ({
          ...layer,
          digest: null,
          compressedSize: null,
          diffId: layer.instruction?.text.startsWith('RUN') === true ? null : layer.diffId,
        })),
      }))
    expect(bytes(remote)).toEqual(bytes(store))
    expect(remote.map(({ layers }) => layers.map(({ origin, instruction }) => [origin, instruction?.line]))).toEqual([
      [
        ['own', 2],
        ['own', 3],
      ],
      [
        ['inherited', 2],
        ['inherited', 3],
        ['own', 6],
      ],
      [
        ['inherited', 2],
        ['inherited', 3],
        ['inherited', 6],
        ['own', 8],
      ],
    ])
    for (const stage of remote)
      expect(stage.totals.compressedSize).toBe(
        stage.layers.reduce((sum, layer) => sum + (layer.compressedSize ?? NaN), 0),
      )
  })

  describe.each(Object.entries(finals))('leaves the user’s build untouched: %s', (_, dockerfile) => {
    test.each(compressions)('%s: image and cache export are those of a plain build', async (_name, compression) => {
      await using folder = await context(dockerfile)
      const made = async (build: Build, name: string): Promise<unknown> => {
        const [image, cache] = [join(folder.path, `${name}.image`), join(folder.path, `${name}.cache`)]
        await builder.prune()
        await build([
          ...['--output', `type=oci,tar=false,dest=${image}${compression}`],
          ...['--cache-to', `type=local,dest=${cache},mode=max`],
          join(folder.path, 'context'),
        ])
        return [await layoutContent(image), await cacheExport(cache)]
      }
      expect(await made(ours, 'ours')).toEqual(await made(plain, 'plain'))
    })

    test('a plain build after weighing pushes and caches what it does without weighing', async () => {
      await using folder = await context(dockerfile)
      expect(await shippedAfter(folder.path, [])).toEqual(await shippedAfter(folder.path, null))
    })
  })

  test('weighing with another compression would show as uncompressed blobs in the cache export', async () => {
    await using folder = await context(finals['a final stage of its own'])
    const layers = (shipped: readonly [unknown, CacheExport]): readonly string[] =>
      shipped[1].layers.map(({ mediaType }) => mediaType)
    expect(layers(await shippedAfter(folder.path, []))).not.toContain('application/vnd.oci.image.layer.v1.tar')
    expect(layers(await shippedAfter(folder.path, ['--stage-compression', 'uncompressed']))).toContain(
      'application/vnd.oci.image.layer.v1.tar',
    )
  })

  /**
   * Returns what a plain build pushes and caches on a fresh builder, after weighing with these flags or without
   * weighing.
   */
  async function shippedAfter(
    folder: string,
    weighing: readonly string[] | null,
  ): Promise<readonly [unknown, CacheExport]> {
    const name = weighing === null ? 'without' : ['weighed', ...weighing].join('')
    const reference = `${rig.registry}/stage-footprint-test/${name}`
    const [files, cache, source] = ['files', name, 'context'].map((part) => join(folder, part)) as [
      string,
      string,
      string,
    ]
    await builder.prune()
    // Only weighing makes blobs here, so the blobs show how it was done.
    if (weighing) await ours([...weighing, '--output', `type=local,dest=${files}`, source])
    await plain([
      ...['--output', `type=image,name=${reference},push=true`],
      ...['--cache-to', `type=local,dest=${cache},mode=max`],
      source,
    ])
    const manifest = await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`])
    return [JSON.parse(manifest), await cacheExport(cache)]
  }
})
