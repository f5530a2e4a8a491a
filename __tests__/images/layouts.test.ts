/** Handmade layouts and archives: their contents are reported exactly, and damage is refused with one sentence. */
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { blobs, inspect, sha256, tarOf, temporary, types, writeLayout, type Blobs } from '../support/layouts.ts'
import { succeed } from '../support/program.ts'

let tar: Buffer
let other: Buffer
beforeAll(async () => {
  tar = await tarOf('a', 'content of a')
  other = await tarOf('b', 'b')
})

async function refusal(source: string, platform: string | null = null): Promise<string> {
  const error: unknown = await inspect(source, { platform }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FootprintError)) throw new Error(`not refused: ${String(error)}`, { cause: error })
  expect(error.code).toBe('UNREADABLE_INPUT')
  expect(error.message).not.toMatch(/\n/)
  return error.message
}

async function layout(make: (made: Blobs) => readonly object[]): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await temporary()
  const made = blobs()
  await writeLayout(folder.path, made, make(made))
  return folder
}

test('weighs an image exactly as its tar', async () => {
  await using folder = await layout((made) => [made.image(tar)])
  const { images, notes } = await inspect(`oci:${folder.path}`)
  expect(images).toHaveLength(1)
  expect(images[0]!.platform).toEqual({ os: 'linux', architecture: 'amd64' })
  const [stage] = images[0]!.stages
  expect(stage).toMatchObject({ name: '0', index: 0, role: 'final', base: null })
  expect(stage!.layers).toEqual([
    expect.objectContaining({
      diffId: sha256(tar),
      uncompressedSize: tar.length,
      fileBytes: 12,
      entries: 1,
      instruction: { text: 'COPY a /a', line: null, endLine: null },
    }),
  ])
  expect(notes).toEqual([
    expect.stringContaining('Lines of the Dockerfile are not known, since the image has no provenance'),
  ])
})

test('weighs each image once, with several platforms, nested indexes and several names', async () => {
  await using folder = await layout((made) => {
    const amd = made.image(tar)
    const arm = made.image(other, { architecture: 'arm64' })
    const inner = made.add(types.index, {
      schemaVersion: 2,
      manifests: [amd, { ...arm, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }],
    })
    const outer = made.add(types.index, { schemaVersion: 2, manifests: [inner] })
    const named = (name: string): object => ({ ...outer, annotations: { 'org.opencontainers.image.ref.name': name } })
    return [
      named('example.com/app:1'),
      named('example.com/app:2'),
      { ...amd, annotations: { 'org.opencontainers.image.ref.name': 'amd' } },
    ]
  })
  const of = async (source: string, platform: string | null = null): Promise<string[]> =>
    (await inspect(source, { platform })).images.map(
      ({ name, platform: { architecture } }) => `${name} ${architecture}`,
    )
  expect(await of(`oci:${folder.path}`)).toEqual(['example.com/app amd64', 'example.com/app arm64'])
  expect(await of(`oci:${folder.path}:example.com/app:2`, 'linux/arm64/v8')).toEqual(['example.com/app arm64'])
  expect(await of(`oci:${folder.path}`, 'arm64,linux/amd64')).toHaveLength(2)
  expect(await of(`oci:${folder.path}:amd`)).toHaveLength(1)
  expect(await refusal(`oci:${folder.path}`, 'linux/s390x')).toContain(
    'has no image for linux/s390x: it has linux/amd64, linux/arm64',
  )
  expect(await refusal(`oci:${folder.path}:nosuch`)).toContain(
    'has no image nosuch: its images are named example.com/app:1, example.com/app:2, amd',
  )
})

test('does not weigh attestations and other artifacts', async () => {
  await using folder = await layout((made) => {
    const image = made.image(tar)
    const statement = made.add('application/vnd.in-toto+json', { predicate: {} })
    const artifact = (config: Descriptor): Descriptor =>
      made.add(types.manifest, { schemaVersion: 2, config, layers: [statement] })
    const marked = {
      ...artifact(made.add(types.config, { x: 1 })),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    }
    const unmarked = artifact(made.add(types.config, { x: 2 }))
    const signature = artifact(made.add('application/vnd.oci.empty.v1+json', {}))
    return [marked, unmarked, signature, image]
  })
  const { images } = await inspect(folder.path)
  expect(images).toHaveLength(1)
  expect(images[0]!.stages[0]!.totals.layers).toBe(1)
})

test('weighs an image without layers', async () => {
  await using folder = await layout((made) => {
    const config = made.add(types.config, {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: null },
    })
    return [made.add(types.manifest, { schemaVersion: 2, config, layers: null })]
  })
  const { images } = await inspect(folder.path)
  expect(images[0]!.stages[0]!.totals).toMatchObject({ layers: 0, compressedSize: 0, uncompressedSize: 0 })
})

test('names a platform that the index lists and that was never pulled', async () => {
  await using folder = await layout((made) => {
    const arm = made.image(other, { architecture: 'arm64' })
    const index = made.add(types.index, { schemaVersion: 2, manifests: [made.image(tar), arm] })
    made.blobs.delete(arm.digest)
    return [index]
  })
  const { images, notes } = await inspect(folder.path)
  expect(images).toHaveLength(1)
  expect(notes).toContainEqual('Its index lists more platforms, which are not in it: linux/arm64.')
  expect(await refusal(folder.path, 'linux/arm64')).toContain(
    'does not contain the image for linux/arm64 that its index lists',
  )
})

describe('a layout is refused', () => {
  const cases: readonly [string, (made: Blobs) => readonly object[], string][] = [
    [
      'if a manifest is missing',
      (made) => {
        const image = made.image(tar)
        made.blobs.delete(image.digest)
        return [image]
      },
      'does not contain the image for linux/amd64',
    ],
    [
      'if a manifest has another digest',
      (made) => {
        const image = made.image(tar)
        made.blobs.set(
          image.digest,
          Buffer.from(made.blobs.get(image.digest)!.toString().replace('"schemaVersion":2', '"schemaVersion":3')),
        )
        return [image]
      },
      'the content of blob sha256:',
    ],
    ['if a manifest has another size', (made) => [{ ...made.image(tar), size: 7 }], 'bytes, and its descriptor says 7'],
    [
      'if a layer has another digest',
      (made) => {
        const image = made.image(tar, { mediaType: types.layer })
        const wrong = Buffer.from(tar)
        wrong[600] = 1
        made.blobs.set(sha256(tar), wrong)
        return [image]
      },
      'is damaged: its content has the digest',
    ],
    [
      'if a layer has another size',
      (made) => {
        const image = made.image(tar, { mediaType: types.layer })
        made.blobs.set(sha256(tar), tar.subarray(0, 512))
        return [image]
      },
      `has 512 bytes, and its descriptor says`,
    ],
    ['if a manifest is not JSON', (made) => [made.add(types.manifest, Buffer.from('secret!'))], 'is not JSON'],
    [
      'if a manifest has no config',
      (made) => [made.add(types.manifest, { schemaVersion: 2, layers: [] })],
      'does not follow the OCI image-spec: config',
    ],
    [
      'if an index lists itself',
      (made) => {
        const index = { ...made.add(types.index, {}), digest: `sha256:${'0'.repeat(64)}`, size: 0 }
        return [index]
      },
      'is missing',
    ],
    ['if it has no images', () => [], 'contains no image'],
    ['if a document is too large', (made) => [{ ...made.image(tar), size: 1e15 }], 'too many for a manifest'],
    [
      'if a digest leads outside',
      (made) => [{ ...made.image(tar), digest: 'sha256:../../../etc/passwd' }],
      'not a sha256 or sha512 digest',
    ],
    [
      'if the config does not have the layers',
      (made) => {
        const layer = made.add(types.gzip, tar)
        const config = made.add(types.config, { os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] } })
        return [made.add(types.manifest, { schemaVersion: 2, config, layers: [layer] })]
      },
      'in its manifest (1) as in its config (0)',
    ],
    [
      'if a layer is encrypted',
      (made) => {
        const layers = [made.add(types.gzip, tar), made.add(`${types.gzip}+encrypted`, other)]
        const config = made.add(types.config, {
          os: 'linux',
          architecture: 'amd64',
          rootfs: { diff_ids: [sha256(tar), sha256(other)] },
        })
        return [made.add(types.manifest, { schemaVersion: 2, config, layers })]
      },
      'is encrypted (media type',
    ],
  ]
  test.each(cases)('%s', async (_, make, message) => {
    await using folder = await layout(make)
    expect(await refusal(`oci:${folder.path}`)).toContain(message)
  })

  test('with endlessly nested indexes, or with endless indexes', async () => {
    await using deep = await layout((made) => {
      let index = made.image(tar)
      for (let depth = 0; depth < 20; depth += 1)
        index = made.add(types.index, { schemaVersion: 2, manifests: [index] })
      return [index]
    })
    expect(await refusal(deep.path)).toContain('nested more than 8 deep')
    // Seven levels of ten each, with ten blobs: ten million paths.
    await using wide = await layout((made) => {
      let index = made.image(tar)
      for (let depth = 0; depth < 7; depth += 1)
        index = made.add(types.index, { schemaVersion: 2, manifests: Array.from({ length: 10 }, () => index) })
      return [index]
    })
    expect(await refusal(wide.path)).toContain('list more than 2000 manifests')
  })

  test('instead of using a known layer with another size or diffID', async () => {
    await using indexes = await temporary()
    await using good = await layout((made) => [made.image(tar)])
    await inspect(good.path, { indexFolder: indexes.path })
    await using lying = await layout((made) => {
      const image = made.image(tar)
      const manifest = JSON.parse(made.blobs.get(image.digest)!.toString()) as { layers: { size: number }[] }
      manifest.layers[0]!.size += 1
      return [made.add(types.manifest, manifest)]
    })
    await expect(inspect(lying.path, { indexFolder: indexes.path })).rejects.toThrow(/bytes, and its descriptor says/)
    await using swapped = await layout((made) => {
      const image = made.image(tar)
      const manifest = JSON.parse(made.blobs.get(image.digest)!.toString()) as { config: object }
      const config = made.add(types.config, {
        os: 'linux',
        architecture: 'amd64',
        rootfs: { diff_ids: [sha256(other)] },
      })
      return [made.add(types.manifest, { ...manifest, config })]
    })
    await expect(inspect(swapped.path, { indexFolder: indexes.path })).rejects.toThrow(/and the config names/)
  })

  test('without waiting for a pipe', async () => {
    await using folder = await layout((made) => [made.image(tar)])
    await rm(join(folder.path, 'index.json'))
    await succeed('mkfifo', [join(folder.path, 'index.json')])
    expect(await refusal(`oci:${folder.path}`)).toContain('is not a regular file')
    expect(await refusal(join(folder.path, 'index.json'))).toContain('is neither a file nor a folder')
  })
})

describe('archives', () => {
  /** With the manifest.json of a docker-archive, in the old layout. */
  async function archive(
    files: Readonly<Record<string, Buffer | string>>,
    flags: readonly string[] = [],
    links: Readonly<Record<string, string>> = {},
  ): Promise<AsyncDisposable & { readonly path: string; readonly file: string }> {
    const folder = await temporary()
    const inside = join(folder.path, 'in')
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(inside, name, '..'), { recursive: true })
      await writeFile(join(inside, name), content)
    }
    for (const [name, target] of Object.entries(links)) {
      await mkdir(join(inside, name, '..'), { recursive: true })
      await symlink(target, join(inside, name))
    }
    const file = join(folder.path, 'image.tar')
    await succeed('tar', ['--create', ...flags, '--file', file, ...(await readdir(inside))], { cwd: inside })
    return { ...folder, file, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
  }

  const config = (...tars: readonly Buffer[]): string =>
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { diff_ids: tars.map(sha256) },
      history: tars.map((_, n) => ({ created_by: `/bin/sh -c make ${n}` })),
    })
  const items = (
    ...some: readonly { Config: string; RepoTags?: readonly string[] | null; Layers: readonly string[] }[]
  ): string => JSON.stringify(some)

  test.each([['gnu'], ['posix']])(
    'follow a link to a path that is too long for a header, in a %s tar',
    async (format) => {
      const long = `${'folder-of-a-layer/'.repeat(8)}layer.tar`
      await using made = await archive(
        {
          'c.json': config(tar),
          'manifest.json': items({ Config: 'c.json', Layers: ['l/layer.tar'] }),
          [long]: tar,
        },
        ['--format', format],
        { 'l/layer.tar': `../${long}` },
      )
      const { images } = await inspect(made.file)
      expect(images[0]!.stages[0]!.layers).toMatchObject([{ diffId: sha256(tar), uncompressedSize: tar.length }])
    },
  )

  test.each([['gnu'], ['posix'], ['ustar'], ['v7']])('are read in the old layout, as a %s tar', async (format) => {
    await using made = await archive(
      {
        'c.json': config(tar, other),
        'manifest.json': items({
          Config: 'c.json',
          RepoTags: ['app:1', 'app:2'],
          Layers: ['one/layer.tar', 'two/layer.tar'],
        }),
        'one/layer.tar': tar,
        'o.tar': other,
      },
      ['--format', format],
      { 'two/layer.tar': '../o.tar' },
    )
    const { images } = await inspect(made.file)
    expect(images.map(({ name }) => name)).toEqual(['app'])
    expect(
      images[0]!.stages[0]!.layers.map(({ digest, diffId, compressedSize, uncompressedSize, instruction }) => [
        digest,
        diffId,
        compressedSize,
        uncompressedSize,
        instruction?.text,
      ]),
    ).toEqual([
      [null, sha256(tar), null, tar.length, 'RUN make 0'],
      [null, sha256(other), null, other.length, 'RUN make 1'],
    ])
  })

  test('are searched for an image by name and by position', async () => {
    await using made = await archive({
      'c.json': config(tar),
      'd.json': config(tar, other),
      'one/layer.tar': tar,
      'two/layer.tar': other,
      'manifest.json': items(
        { Config: 'c.json', RepoTags: ['app:1'], Layers: ['one/layer.tar'] },
        { Config: 'd.json', RepoTags: ['app:2'], Layers: ['one/layer.tar', 'two/layer.tar'] },
        { Config: 'd.json', RepoTags: ['other:2'], Layers: ['one/layer.tar', 'two/layer.tar'] },
      ),
    })
    const of = async (source: string): Promise<unknown> =>
      (await inspect(source)).images.map(({ name, stages }) => [name, stages[0]!.totals.layers])
    expect(await of(`docker-archive:${made.file}`)).toEqual([
      ['app:1', 1],
      ['app:2', 2],
    ])
    expect(await of(`docker-archive:${made.file}:docker.io/library/other:2`)).toEqual([['other', 2]])
    expect(await of(`docker-archive:${made.file}:@0`)).toEqual([['app', 1]])
    expect(await refusal(`docker-archive:${made.file}:@3`)).toContain(
      'has no image @3: it holds 3, and the first one is @0',
    )
    expect(await refusal(`oci-archive:${made.file}`)).toContain('it has no index.json')
  })

  test.each([
    ['gzip', '.gz'],
    ['zstd', '.zst'],
  ])('are read if they are compressed with %s, and leave no temporary files', async (program, suffix) => {
    await using made = await archive({
      'c.json': config(tar, other),
      'manifest.json': items({ Config: 'c.json', RepoTags: null, Layers: ['one/layer.tar', 'two/layer.tar'] }),
      'one/layer.tar': tar,
      'two/layer.tar': other,
    })
    await succeed(program, [made.file])
    await using temp = await temporary()
    const { images } = await inspect(made.file + suffix, { tempFolders: [temp.path] })
    expect(images[0]!.name).toBe('image')
    expect(images[0]!.stages[0]!.totals.uncompressedSize).toBe(tar.length + other.length)
    expect(await readdir(temp.path)).toEqual([])
  })

  test('have compressed layers as blobs that are pulled', async () => {
    const { gzipSync } = await import('node:zlib')
    const blob = gzipSync(tar)
    await using made = await archive({
      'sha256:cfg': config(tar),
      [`${sha256(blob).slice(7)}.tar.gz`]: blob,
      'manifest.json': items({ Config: 'sha256:cfg', Layers: [`${sha256(blob).slice(7)}.tar.gz`] }),
    })
    const [layer] = (await inspect(made.file)).images[0]!.stages[0]!.layers
    expect(layer).toMatchObject({
      digest: sha256(blob),
      compressedSize: blob.length,
      uncompressedSize: tar.length,
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    })
  })

  test('are not read again for known layers', async () => {
    await using made = await archive({
      'c.json': config(tar),
      'manifest.json': items({ Config: 'c.json', Layers: ['l/layer.tar'] }),
      'l/layer.tar': tar,
    })
    await using indexes = await temporary()
    const read: number[] = []
    const onProgress = ({ readBytes }: { readonly readBytes: number }): void => void read.push(readBytes)
    const first = await inspect(made.file, { indexFolder: indexes.path, onProgress })
    expect(read.at(-1)).toBe(tar.length)
    read.length = 0
    expect(await inspect(made.file, { indexFolder: indexes.path, onProgress })).toEqual(first)
    expect(read).toEqual([])
  })

  test.each<[string, Record<string, string | Buffer>, Record<string, string>, string]>([
    [
      'are refused if the config is missing',
      { 'manifest.json': items({ Config: 'd.json', Layers: [] }) },
      {},
      'the config d.json that its manifest.json names is missing',
    ],
    [
      'are refused if a layer does not match',
      { 'manifest.json': items({ Config: 'c.json', Layers: ['m'] }), m: Buffer.alloc(1024) },
      {},
      'is damaged',
    ],
    ['are refused without a manifest', {}, {}, 'without manifest.json or index.json'],
    [
      'are refused if the manifest has another format',
      { 'manifest.json': '{}' },
      {},
      'does not follow the OCI image-spec',
    ],
  ])('%s', async (_, files, links, message) => {
    await using made = await archive({ 'c.json': config(tar), ...files }, [], links)
    expect(await refusal(made.file)).toContain(message)
  })

  test.each<[string, string, Record<string, string>]>([
    ['outside of the archive', '../../etc/passwd', {}],
    ['behind a link to the outside', 'x', { x: '../../../../etc/passwd' }],
    ['behind links in a circle', 'x', { x: 'y', y: 'x' }],
  ])('do not have a layer %s', async (_, layer, links) => {
    await using made = await archive(
      { 'c.json': config(tar), 'manifest.json': items({ Config: 'c.json', Layers: [layer] }) },
      [],
      links,
    )
    const { images, notes } = await inspect(made.file)
    expect(images[0]!.stages[0]!.layers[0]).toMatchObject({
      diffId: sha256(tar),
      digest: null,
      compressedSize: null,
      uncompressedSize: null,
      entries: null,
    })
    expect(notes).toContainEqual(expect.stringContaining(`Layer ${sha256(tar)} is not in this source`))
  })

  test('are refused or read completely if they are cut anywhere', async () => {
    await using made = await archive(
      {
        'c.json': config(tar),
        'l/layer.tar': tar,
        'manifest.json': items({ Config: 'c.json', Layers: ['l/layer.tar'] }),
      },
      ['--blocking-factor=1'],
    )
    const whole = await inspect(made.file)
    const bytes = await readFile(made.file)
    await succeed('gzip', ['--keep', made.file])
    // After the last document there is only padding and the trailer.
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1
    for (const length of [...Array.from({ length: Math.ceil(end / 700) }, (_, n) => n * 700), end - 1]) {
      await truncate(made.file, length)
      expect(await refusal(made.file)).not.toBe('')
      await writeFile(made.file, bytes)
    }
    for (const length of [end, bytes.length - 1024, bytes.length - 512]) {
      await truncate(made.file, length)
      expect(await inspect(made.file)).toEqual(whole)
      await writeFile(made.file, bytes)
    }
    const packed = await readFile(`${made.file}.gz`)
    await writeFile(`${made.file}.gz`, packed.subarray(0, packed.length / 2))
    expect(await refusal(`${made.file}.gz`)).not.toBe('')
  })
})

test('says what a file is if it is not an image', async () => {
  await using folder = await temporary()
  await writeFile(join(folder.path, 'record.json'), '{"schemaVersion":1,"images":[]}')
  await writeFile(join(folder.path, 'text'), 'x'.repeat(2000))
  await writeFile(join(folder.path, 'empty'), '')
  await mkdir(join(folder.path, 'dir'))
  await writeFile(join(folder.path, 'dir/manifest.json'), '{}')
  expect(await refusal(join(folder.path, 'record.json'))).toContain(
    'is JSON, not an image; to show a record, run "stage-footprint render',
  )
  expect(await refusal(join(folder.path, 'text'))).toContain('is not a tar archive')
  expect(await refusal(join(folder.path, 'empty'))).toContain('is empty: it is neither an image nor a record')
  expect(await refusal(folder.path)).toContain('a folder without index.json')
  expect(await refusal(join(folder.path, 'dir'))).toContain('skopeo copy dir:')
  expect(await refusal(join(folder.path, 'nosuch'))).toContain('does not exist')
  expect(await refusal(`oci:${folder.path}/nosuch`)).toContain('is not an image layout')
})
