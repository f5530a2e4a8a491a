/**
 * Images as many different tools write them, handmade. Each is weighed as Python weighs its blobs. If a part cannot be
 * weighed, one sentence says so, and the rest is weighed.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { layersOf } from '../support/as-tools-say.ts'
import { inspect, sha256, tarOf, temporary, types, type Blobs } from '../support/layouts.ts'
import {
  add512,
  expectAsPythonSays,
  imageOf,
  layersIn,
  layout,
  plainConfig,
  refusal,
  sha512,
  type Layout,
} from '../support/odd-images.ts'
import { succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { testWith } from '../support/rig.ts'

let tar: Buffer
let other: Buffer
beforeAll(async () => {
  tar = await tarOf('a', 'content of a')
  other = await tarOf('b', 'b'.repeat(3_000))
})

describe('documents', () => {
  const layer = (made: Blobs): Descriptor => made.add(types.gzip, gzipSync(tar))
  const manifest = (made: Blobs, config: object, some: object = {}): Descriptor =>
    made.add(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: made.add(types.config, config),
      layers: [layer(made)],
      ...some,
    })
  const config = (): object => plainConfig(tar)

  testWith('python').each<[string, (made: Blobs) => readonly object[], string | null]>([
    [
      'may have null for missing values',
      (made) => [
        {
          ...manifest(
            made,
            { ...config(), variant: null, history: [{ created_by: null, empty_layer: null }] },
            { annotations: null, subject: null, artifactType: null },
          ),
          platform: null,
          annotations: null,
          urls: null,
          data: null,
        },
      ],
      null,
    ],
    [
      'may have null for the annotations of a layer',
      (made) => [
        manifest(made, config(), { layers: [{ ...layer(made), annotations: null, platform: null, urls: null }] }),
      ],
      'COPY 0 /',
    ],
    [
      'may have annotations that are not strings',
      (made) => [
        { ...manifest(made, config()), annotations: { a: 1, 'org.opencontainers.image.ref.name': ['x'], b: null } },
      ],
      'COPY 0 /',
    ],
    [
      'may have annotations that are a list or a string',
      (made) => [{ ...manifest(made, config(), { annotations: 'x' }), annotations: ['x'] }],
      'COPY 0 /',
    ],
    ['may have a history that is null', (made) => [manifest(made, { ...config(), history: null })], null],
    ['may have a history that is a string', (made) => [manifest(made, { ...config(), history: 'none' })], null],
    [
      'may have a history whose values are not strings',
      (made) => [manifest(made, { ...config(), history: [{ created_by: 7, created: 7, empty_layer: 'no' }] })],
      null,
    ],
    [
      'may have no schemaVersion',
      (made) => [made.add(types.manifest, { config: made.add(types.config, config()), layers: [layer(made)] })],
      'COPY 0 /',
    ],
    [
      'may have a config of 1980',
      (made) => [
        manifest(made, {
          ...config(),
          created: '1980-01-01T00:00:01Z',
          history: [{ created: '1980-01-01T00:00:01Z', created_by: 'heroku/builder' }],
        }),
      ],
      'heroku/builder',
    ],
  ])('%s', async (_, make, instruction) => {
    await using folder = await layout(make)
    const found = await inspect(folder.path)
    expect(layersOf(found).map((each) => each.instruction?.text ?? null)).toEqual([instruction])
    await expectAsPythonSays(found, folder.path)
  })

  test('list no image if the index is null', async () => {
    await using folder = await layout(() => [])
    await writeFile(join(folder.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: null }))
    expect(await refusal(folder.path)).toContain('contains no image')
  })
})

describe('sha512 digests', () => {
  const image = (made: Blobs, layers: readonly Descriptor[], diffIds: readonly Digest[]): Descriptor => {
    const config = add512(made, types.config, {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: diffIds },
    })
    return add512(made, types.manifest, { schemaVersion: 2, config, layers })
  }

  testWith('python').each<[string, (made: Blobs) => Descriptor]>([
    [
      'are verified for blobs and tars',
      (made) =>
        image(
          made,
          [add512(made, types.gzip, gzipSync(tar)), add512(made, types.layer, other)],
          [sha512(tar), sha512(other)],
        ),
    ],
    [
      'are verified for blobs',
      (made) =>
        image(
          made,
          [add512(made, types.gzip, gzipSync(tar)), add512(made, types.layer, other)],
          [sha256(tar), sha256(other)],
        ),
    ],
  ])('%s', async (_, make) => {
    await using folder = await layout((made) => [make(made)])
    await using indexes = await temporary()
    const found = await inspect(folder.path, { indexFolder: indexes.path })
    await expectAsPythonSays(found, folder.path, 'sha512')
    expect(found.images[0]!.stages[0]!.fileSystem).toEqual({ files: 2, fileBytes: 3_012 })
    const read: number[] = []
    expect(
      await inspect(folder.path, { indexFolder: indexes.path, onProgress: ({ readBytes }) => read.push(readBytes) }),
    ).toEqual(found)
    expect(read).toEqual([])
  })

  testWith('python')('are verified for tars, with sha256 digests of the same blobs', async () => {
    await using folder = await layout((made) => {
      const layers = [made.add(types.gzip, gzipSync(tar)), made.add(types.layer, other)]
      return [sha512, sha256].map((hash, nth) => ({
        ...image(made, layers, [hash(tar), hash(other)]),
        platform: { os: 'linux', architecture: ['amd64', 'arm64'][nth]! },
      }))
    })
    const found = await inspect(folder.path)
    expect(found.images).toHaveLength(2)
    await expectAsPythonSays(found, folder.path)
    expect([0, 1].map((position) => layersOf(found, position).map(({ diffId }) => diffId))).toEqual([
      [sha512(tar), sha512(other)],
      [sha256(tar), sha256(other)],
    ])
  })

  test('are verified for a large uncompressed layer', async () => {
    const large = await tarOf('large', 'x'.repeat(9_000_000))
    await using folder = await layout((made) => [image(made, [add512(made, types.layer, large)], [sha256(large)])])
    expect(layersOf(await inspect(folder.path))[0]).toMatchObject({
      digest: sha512(large),
      diffId: sha256(large),
      fileBytes: 9_000_000,
    })
    await writeFile(
      join(folder.path, `blobs/${sha512(large).replace(':', '/')}`),
      Buffer.concat([large.subarray(0, -1), Buffer.from('y')]),
    )
    expect(await refusal(folder.path)).toContain(
      `${folder.path}: layer ${sha512(large)} is damaged: its content has the digest sha512:`,
    )
  })

  test.each(['manifest', 'config', 'layer', 'tar'])('refuse a damaged %s', async (which) => {
    await using folder = await layout((made) => {
      const damaged = Buffer.from(tar)
      damaged[600] = 0x41
      const layer = which === 'layer' ? { ...add512(made, types.layer, tar) } : add512(made, types.layer, tar)
      const found = image(made, [layer], [which === 'tar' ? sha512(other) : sha512(tar)])
      if (which === 'layer') made.blobs.set(layer.digest, damaged)
      const documents = [...made.blobs.keys()]
      const target =
        which === 'manifest' ? found.digest : documents.find((digest) => made.blobs.get(digest)!.includes('diff_ids'))!
      if (which === 'manifest' || which === 'config')
        made.blobs.set(
          target,
          Buffer.from(
            made.blobs.get(target)!.toString().replace('linux', 'linus').replace('schemaVersion', 'schemaVersioN'),
          ),
        )
      return [found]
    })
    expect(await refusal(folder.path)).toMatch(/has the digest sha512:[0-9a-f]{128}|and the config names sha512:/)
  })

  testWith('python')('are read in an archive, plain and compressed, and in a registry', async () => {
    await using folder = await layout((made) => [image(made, [add512(made, types.gzip, gzipSync(tar))], [sha256(tar)])])
    const [root] = (JSON.parse(await readFile(join(folder.path, 'index.json'), 'utf8')) as { manifests: Descriptor[] })
      .manifests
    const archive = join(folder.path, 'image.tar')
    await succeed('tar', ['--create', '--file', archive, 'oci-layout', 'index.json', 'blobs'], { cwd: folder.path })
    await succeed('gzip', ['--keep', archive])
    await using registry = await testRegistry(folder.made, {})
    for (const source of [
      `oci-archive:${archive}`,
      archive,
      `${archive}.gz`,
      `docker://${registry.address}/app@${root!.digest}`,
    ])
      await expectAsPythonSays(await inspect(source), folder.path, 'sha512')
  })
})

describe('a missing layer', () => {
  /** Two layers, the first of them missing: what is reported of it, and of the rest. */
  function expectHalf(
    found: Footprint,
    {
      digest = sha256(gzipSync(tar)),
      compressedSize = gzipSync(tar).length,
    }: { readonly digest?: Digest | null; readonly compressedSize?: number | null } = {},
  ): void {
    const [stage] = found.images[0]!.stages
    expect(stage!.layers[0]).toMatchObject({
      digest,
      diffId: sha256(tar),
      compressedSize,
      uncompressedSize: null,
      fileBytes: null,
      entries: null,
      whiteouts: null,
      opaqueWhiteouts: null,
      contents: null,
    })
    expect(stage!.layers[1]).toMatchObject({
      diffId: sha256(other),
      uncompressedSize: other.length,
      fileBytes: 3_000,
      entries: 1,
    })
    expect(stage!.totals).toMatchObject({ layers: 2, uncompressedSize: null, fileBytes: null, entries: null })
    expect(stage).toMatchObject({ fileSystem: null, waste: null, caches: null, savings: null })
    expect(found.notes).toContainEqual(
      `Layer ${digest ?? sha256(tar)} is not in this source, so what it holds, and the sums that need it, are not known.`,
    )
    expect(parseRecord(JSON.stringify(found), 'it')).toEqual(found)
  }

  async function half(urls: readonly string[] | null): Promise<Layout & { readonly root: Descriptor }> {
    let root!: Descriptor
    const made = await layout((some) => {
      const config = some.add(types.config, plainConfig(tar, other))
      const [absent, there] = [gzipSync(tar), gzipSync(other)].map((blob) => some.add(types.gzip, blob))
      some.blobs.delete(absent!.digest)
      const mediaType = urls ? 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' : types.gzip
      root = some.add(types.manifest, {
        schemaVersion: 2,
        config,
        layers: [{ ...absent, mediaType, ...(urls ? { urls } : {}) }, there],
      })
      return [root]
    })
    return { ...made, root, [Symbol.asyncDispose]: made[Symbol.asyncDispose] }
  }

  test.each([
    ['foreign', ['https://example.invalid/layer']],
    ['absent', null],
  ])(
    'that is %s is not known, from a layout, an archive or a registry, and whatever is known already',
    async (_, urls) => {
      await using made = await half(urls)
      await using indexes = await temporary()
      await using whole = await layout((some) => [
        some.image(tar),
        { ...some.image(other), platform: { os: 'linux', architecture: 'arm64' } },
      ])
      await inspect(whole.path, { indexFolder: indexes.path })
      const archive = join(made.path, 'image.tar')
      await succeed('tar', ['--create', '--file', archive, 'oci-layout', 'index.json', 'blobs'], { cwd: made.path })
      await succeed('gzip', ['--keep', archive])
      for (const source of [made.path, archive, `${archive}.gz`]) {
        expectHalf(await inspect(source))
        // The layer is known by its digest from elsewhere, but the source still does not have it.
        expectHalf(await inspect(source, { indexFolder: indexes.path }))
      }
      await using registry = await testRegistry(made.made, { latest: made.root.digest })
      expectHalf(await inspect(`docker://${registry.address}/app`))
    },
  )

  test.each([
    ['.gz', true],
    ['', false],
  ])('is not known in a Docker archive%s', async (suffix) => {
    await using folder = await temporary()
    await writeFile(join(folder.path, 'c.json'), JSON.stringify(plainConfig(tar, other)))
    await writeFile(join(folder.path, 'there.tar'), other)
    await writeFile(
      join(folder.path, 'manifest.json'),
      JSON.stringify([{ Config: 'c.json', RepoTags: null, Layers: ['absent.tar', 'there.tar'] }]),
    )
    const archive = join(folder.path, 'image.tar')
    await succeed('tar', ['--create', '--file', archive, 'c.json', 'manifest.json', 'there.tar'], { cwd: folder.path })
    await succeed('gzip', ['--keep', archive])
    expectHalf(await inspect(archive + suffix), { digest: null, compressedSize: null })
  })

  test('shares one sentence with many others', async () => {
    await using made = await layout((some) => {
      const tars = Array.from({ length: 9 }, (_, nth) => Buffer.concat([tar, Buffer.alloc(512 * nth)]))
      const image = imageOf(some, tars)
      for (const { digest } of layersIn(some, image)) some.blobs.delete(digest)
      return [image]
    })
    const found = await inspect(made.path)
    expect(found.images[0]!.stages[0]!.totals.compressedSize).toBeGreaterThan(0)
    expect(found.notes).toContainEqual(
      expect.stringMatching(
        /^Layers (?:sha256:[0-9a-f]{64}(?:, )?){3} and 6 more layers are not in this source, so what they hold, and the sums that need it, are not known\.$/,
      ),
    )
  })

  test('is not the same as a damaged one', async () => {
    for (const damaged of [
      Buffer.alloc(0),
      gzipSync(other),
      gzipSync(tar).subarray(0, -1),
      Buffer.concat([gzipSync(tar), Buffer.alloc(1)]),
    ]) {
      await using made = await layout((some) => {
        const image = some.image(tar)
        some.blobs.set(layersIn(some, image)[0]!.digest, damaged)
        return [image]
      })
      expect(await refusal(made.path)).toMatch(
        new RegExp(
          `^${made.path}: layer sha256:[0-9a-f]{64} has ${damaged.length} bytes, and its descriptor says ${gzipSync(tar).length}$`,
        ),
      )
    }
  })
})

describe('a known layer does not hide a blob that is', () => {
  test.each<[string, (blob: string) => Promise<void>, RegExp | null]>([
    ['missing', (blob) => rm(blob), null],
    ['cut short', (blob) => writeFile(blob, 'x'), /has 1 bytes, and its descriptor says \d+$/],
    [
      'too long',
      async (blob) => writeFile(blob, Buffer.concat([await readFile(blob), Buffer.alloc(9)])),
      /has \d+ bytes, and its descriptor says \d+$/,
    ],
    [
      'a folder',
      async (blob) => {
        await rm(blob)
        await mkdir(blob)
      },
      /is not a regular file$/,
    ],
  ])('%s', async (_, change, message) => {
    await using folder = await layout((made) => [made.image(tar)])
    await using indexes = await temporary()
    const [layer] = layersOf(await inspect(folder.path, { indexFolder: indexes.path }))
    await change(join(folder.path, 'blobs', layer!.digest!.replace(':', '/')))
    const outcomes = await Promise.all(
      [{ indexFolder: indexes.path }, {}].map((options) =>
        inspect(folder.path, options).then(
          (found) => found,
          (error: unknown) => (error as Error).message,
        ),
      ),
    )
    expect(outcomes[0]).toEqual(outcomes[1])
    if (message === null)
      expect(outcomes[0]).toMatchObject({
        notes: expect.arrayContaining([expect.stringContaining('is not in this source')]),
      })
    else expect(outcomes[0]).toMatch(message)
  })
})
