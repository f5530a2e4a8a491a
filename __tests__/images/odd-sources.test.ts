/** Sources as many different tools and registries provide them. If an image cannot be read, one sentence says so. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { layersOf } from '../support/as-tools-say.ts'
import { blobs, inspect, sha256, tarOf, temporary, types, writeLayout, type Blobs } from '../support/layouts.ts'
import { layersIn, layout, plainConfig, refusal } from '../support/odd-images.ts'
import { succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { testWith } from '../support/rig.ts'

let tar: Buffer
let other: Buffer
beforeAll(async () => {
  tar = await tarOf('a', 'content of a')
  other = await tarOf('b', 'b'.repeat(3_000))
})

describe('an image that cannot be read', () => {
  const encrypted = 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted'
  const unreadable = (made: Blobs, ...layers: readonly Descriptor[]): Descriptor => {
    const config = made.add(types.config, {
      os: 'linux',
      architecture: 'arm64',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    })
    return made.add(types.manifest, { schemaVersion: 2, config, layers })
  }
  const xz = Buffer.from('fd377a585a000004e6d6b446', 'hex')
  const kinds: readonly [string, (made: Blobs) => Descriptor, string][] = [
    ['encrypted', (made) => unreadable(made, made.add(encrypted, other)), `is encrypted (media type "${encrypted}")`],
    [
      'partly encrypted',
      (made) => unreadable(made, made.add(types.gzip, gzipSync(tar)), made.add(encrypted, other)),
      'is encrypted',
    ],
    [
      'in the Nydus format',
      (made) =>
        unreadable(made, made.add('application/vnd.oci.image.layer.nydus.blob.v1', other), {
          ...made.add(types.gzip, gzipSync(tar)),
          annotations: { 'containerd.io/snapshot/nydus-bootstrap': 'true' },
        }),
      'is in the format of Nydus',
    ],
    [
      'in xz, by its media type',
      (made) => unreadable(made, made.add('application/vnd.oci.image.layer.v1.tar+xz', xz)),
      'is compressed with xz, which is not supported',
    ],
    [
      'in xz, by its bytes',
      (made) => unreadable(made, made.add(types.gzip, xz)),
      'is compressed with xz, which is not supported',
    ],
    [
      'of an unknown type',
      (made) => unreadable(made, made.add('application/vnd.example.layer', other)),
      'has the media type "application/vnd.example.layer", which is not supported',
    ],
    [
      'of schema 1',
      (made) => made.add('application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1 }),
      'has a manifest of the old "schema 1"',
    ],
  ]

  test.each(kinds)('is reported, and the others are weighed: %s', async (_, make, why) => {
    const arm = { os: 'linux', architecture: 'arm64' }
    await using beside = await layout((made) => [made.image(tar), { ...make(made), platform: arm }])
    const found = await inspect(beside.path)
    expect(found.images.map(({ platform }) => platform.architecture)).toEqual(['amd64'])
    expect(found.notes).toContainEqual(expect.stringMatching(/^The image for linux\/arm64 is not weighed: it/))
    expect(found.notes!.join('\n')).toContain(why)
    expect((await inspect(beside.path, { platform: 'linux/amd64' })).images).toEqual(found.images)
    expect(await refusal(beside.path, 'linux/arm64')).toContain(why)
    expect(await refusal(beside.path, 'linux/amd64,linux/arm64')).toContain(why)
    await using alone = await layout((made) => [{ ...make(made), platform: arm }])
    expect(await refusal(alone.path)).toMatch(
      new RegExp(`^${alone.path}: the image for linux/arm64 cannot be weighed: it`),
    )
    expect(await refusal(alone.path)).toContain(why)
  })

  test('has the platform of its config if no index has one; a signature has none and is not an image', async () => {
    await using folder = await layout((made) => [made.image(tar), unreadable(made, made.add(encrypted, other))])
    expect((await inspect(folder.path)).notes).toContainEqual(
      expect.stringContaining('The image for linux/arm64 is not weighed'),
    )
    await using signed = await layout((made) => {
      const config = made.add(types.config, {
        os: '',
        architecture: '',
        rootfs: { type: 'layers', diff_ids: [sha256(other)] },
      })
      return [
        made.image(tar),
        made.add(types.manifest, {
          schemaVersion: 2,
          config,
          layers: [made.add('application/vnd.dev.cosign.simplesigning.v1+json', other)],
        }),
      ]
    })
    const { images, notes } = await inspect(signed.path)
    expect([images.length, notes!.length]).toEqual([1, 1])
  })

  test('is reported beside another one of the same platform', async () => {
    await using folder = await layout((made) => [
      made.image(tar, { architecture: 'arm64' }),
      { ...kinds[2]![1](made), platform: { os: 'linux', architecture: 'arm64' } },
    ])
    const found = await inspect(folder.path, { platform: 'linux/arm64' })
    expect(found.images).toHaveLength(1)
    expect(found.notes).toContainEqual(expect.stringContaining('is in the format of Nydus'))
  })
})

describe('a registry', () => {
  const schema1 = {
    schemaVersion: 1,
    name: 'app',
    tag: 'latest',
    architecture: 'amd64',
    fsLayers: [{ blobSum: `sha256:${'a'.repeat(64)}` }],
    history: [{ v1Compatibility: '{}' }],
    signatures: [{ header: {}, signature: 'x', protected: 'y' }],
  }

  test.each([
    ['application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['application/vnd.docker.distribution.manifest.v1+json; charset=utf-8'],
    ['application/json'],
    ['text/plain; charset=utf-8'],
  ])('is refused with the reason if it serves schema 1 as %s', async (type) => {
    // The digest of a signed manifest is that of the signed part, and so never that of the bytes.
    await using registry = await testRegistry(blobs(), {}, (_, response) => {
      response
        .writeHead(200, { 'content-type': type, 'docker-content-digest': `sha256:${'b'.repeat(64)}` })
        .end(JSON.stringify(schema1))
      return true
    })
    for (const reference of [`${registry.address}/app`, `${registry.address}/app@sha256:${'b'.repeat(64)}`]) {
      expect(await refusal(`docker://${reference}`)).toMatch(
        /^127\.0\.0\.1:\d+\/app\S* has a manifest of the old "schema 1", which has no sizes and is not supported; convert it with "skopeo copy --format v2s2"$/,
      )
    }
  })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/octet-stream',
    'Application/JSON',
    '',
  ])('may serve manifests as %j', async (type) => {
    const made = blobs()
    const [amd, arm] = [made.image(tar), made.image(other, { architecture: 'arm64' })]
    const index = made.add(types.index, { schemaVersion: 2, manifests: [amd, arm] })
    const untyped = made.add(types.manifest, {
      schemaVersion: 2,
      config: (JSON.parse(made.blobs.get(amd.digest)!.toString()) as { config: object }).config,
      layers: layersIn(made, amd),
    })
    await using registry = await testRegistry(made, {}, ({ url }, response) => {
      const [, name = ''] = /\/manifests\/(.*)$/.exec(url) ?? []
      const found = { index, amd, untyped }[name]?.digest ?? (name as Digest)
      if (!url.includes('/manifests/') || !made.blobs.has(found)) return false
      response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(made.blobs.get(found))
      return true
    })
    const of = async (tag: string): Promise<string[]> =>
      (await inspect(`docker://${registry.address}/app:${tag}`)).images.map(
        ({ platform, stages }) => `${platform.architecture} ${stages[0]!.layers[0]!.diffId}`,
      )
    expect(await of('index')).toEqual([`amd64 ${sha256(tar)}`, `arm64 ${sha256(other)}`])
    expect(await of('amd')).toEqual([`amd64 ${sha256(tar)}`])
    expect(await of('untyped')).toEqual([`amd64 ${sha256(tar)}`])
  })
})

describe('a Docker archive that contains a layout', () => {
  interface Within {
    /** `index.json`, from the descriptor of the right manifest, and from the text of that manifest. */
    readonly index: (made: Blobs, manifest: Descriptor) => object
  }

  /** What Docker 25 and later write: blobs, index.json and manifest.json. */
  async function archive(
    { index }: Within,
    named: { readonly name?: string } = {},
  ): Promise<AsyncDisposable & { readonly file: string }> {
    const made = blobs()
    const layers = [tar, other].map((each) => made.add(types.layer, each))
    const config = made.add(types.config, plainConfig(tar, other))
    const manifest = made.add(types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers })
    const folder = await temporary()
    const listed = index(made, manifest)
    await writeLayout(folder.path, made, [])
    await writeFile(join(folder.path, 'index.json'), JSON.stringify(listed))
    const configName = named.name ?? `blobs/sha256/${config.digest.slice(7)}`
    await writeFile(join(folder.path, configName), made.blobs.get(config.digest)!)
    await writeFile(
      join(folder.path, 'manifest.json'),
      JSON.stringify([
        {
          Config: configName,
          RepoTags: ['app:1'],
          Layers: layers.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`),
        },
      ]),
    )
    await succeed(
      'tar',
      [
        '--create',
        '--file',
        'image.tar',
        'oci-layout',
        'index.json',
        'manifest.json',
        'blobs',
        ...(named.name === undefined ? [] : [named.name]),
      ],
      { cwd: folder.path },
    )
    return { file: join(folder.path, 'image.tar'), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
  }

  const withLayers = (change: (layers: Descriptor[]) => unknown): Within => ({
    index: (made, { digest }) => {
      const manifest = JSON.parse(made.blobs.get(digest)!.toString()) as { layers: Descriptor[] }
      return {
        schemaVersion: 2,
        manifests: [
          {
            ...made.add(types.manifest, { ...manifest, layers: change(manifest.layers) }),
            annotations: { 'io.containerd.image.name': 'docker.io/library/app:1' },
          },
        ],
      }
    },
  })

  test.each<[string, Within]>([
    ['correct', withLayers((layers) => layers)],
    ['null', { index: () => ({ schemaVersion: 2, manifests: null }) }],
    ['empty', { index: () => ({ schemaVersion: 2, manifests: [] }) }],
    ['without an index', { index: () => ({}) }],
    [
      'of a missing manifest',
      {
        index: (_, manifest) => ({
          schemaVersion: 2,
          manifests: [{ ...manifest, digest: sha256(Buffer.from('gone')) }],
        }),
      },
    ],
    ['with layers in another order', withLayers((layers) => layers.toReversed())],
    ['without layers', withLayers(() => [])],
    ['with layers of null', withLayers(() => null)],
    ['with one more layer', withLayers(([first, second]) => [first, second, second])],
    [
      'with a layer of another size',
      withLayers(([first, second]) => [{ ...first, mediaType: 'application/x' }, second]),
    ],
  ])('is read if its index.json is %s', async (_, within) => {
    await using made = await archive(within)
    await succeed('gzip', ['--keep', made.file])
    for (const source of [
      `docker-archive:${made.file}`,
      `docker-archive:${made.file}:app:1`,
      made.file,
      `${made.file}.gz`,
    ]) {
      const found = await inspect(source)
      expect(found.images.map(({ name }) => name)).toEqual(['app'])
      expect(
        layersOf(found).map(({ digest, diffId, uncompressedSize, instruction }) => [
          digest,
          diffId,
          uncompressedSize,
          instruction?.text,
        ]),
      ).toEqual([
        [null, sha256(tar), tar.length, 'COPY 0 /'],
        [null, sha256(other), other.length, 'COPY 1 /'],
      ])
    }
  })

  test('is read by its manifest.json if the two name different images', async () => {
    await using made = await archive({ index: (some) => ({ schemaVersion: 2, manifests: [some.image(other)] }) })
    expect(layersOf(await inspect(`docker-archive:${made.file}`))).toHaveLength(2)
    expect(layersOf(await inspect(`oci-archive:${made.file}`))).toHaveLength(1)
  })

  test('may have a config that does not match its name, with a note', async () => {
    await using made = await archive(
      { index: () => ({ schemaVersion: 2, manifests: null }) },
      { name: `${'0'.repeat(64)}.json` },
    )
    const found = await inspect(`docker-archive:${made.file}`)
    expect(layersOf(found)).toHaveLength(2)
    expect(found.notes).toContainEqual(
      expect.stringMatching(
        /^Its config 0{64}\.json has the digest sha256:[0-9a-f]{64}, which is not the one in its name; docker and skopeo accept that too\.$/,
      ),
    )
  })
})

describe('an archive in an unknown compression is refused', () => {
  testWith('python').each([
    ['xz', '.xz', 'lzma'],
    ['bzip2', '.bz2', 'bz2'],
    ['lzma', '.lzma', 'lzma, functools; lzma.compress = functools.partial(lzma.compress, format=lzma.FORMAT_ALONE)'],
  ])('%s', async (name, suffix, modules) => {
    await using folder = await layout((made) => [made.image(tar)])
    const archive = join(folder.path, 'image.tar')
    await succeed('tar', ['--create', '--file', archive, 'oci-layout', 'index.json', 'blobs'], { cwd: folder.path })
    await succeed('python3', [
      '-c',
      `import sys, ${modules}\nopen(sys.argv[2], 'wb').write(${modules.split(',')[0]}.compress(open(sys.argv[1], 'rb').read()))`,
      archive,
      `${archive}${suffix}`,
    ])
    for (const source of ['', 'oci-archive:', 'docker-archive:']) {
      expect(await refusal(`${source}${archive}${suffix}`)).toBe(
        `${archive}${suffix} is compressed with ${name}, which is not supported: decompress it first`,
      )
    }
  })

  test.each([
    ['lz4', '04224d1864'],
    ['7-Zip', '377abcaf271c0004'],
    ['RAR', '526172211a0701'],
    ['ZIP', '504b030414'],
    ['lzip', '4c5a495001'],
    ['compress', '1f9d90'],
  ])('%s', async (name, head) => {
    await using folder = await temporary()
    const archive = join(folder.path, 'image.tar.x')
    await writeFile(archive, Buffer.concat([Buffer.from(head, 'hex'), Buffer.alloc(2_000, 7)]))
    for (const source of ['', 'oci-archive:', 'docker-archive:'])
      expect(await refusal(`${source}${archive}`)).toBe(
        `${archive} is compressed with ${name}, which is not supported: decompress it first`,
      )
  })

  test('unless it is a tar whose first name begins like a compressed file', async () => {
    await using folder = await layout((made) => [made.image(tar)])
    await writeFile(join(folder.path, 'BZh91AY'), 'x')
    const archive = join(folder.path, 'image.tar')
    await succeed('tar', ['--create', '--file', archive, 'BZh91AY', 'oci-layout', 'index.json', 'blobs'], {
      cwd: folder.path,
    })
    expect((await inspect(archive)).images).toHaveLength(1)
  })
})
