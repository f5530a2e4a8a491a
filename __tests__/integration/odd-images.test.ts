/**
 * Images made by script as other builders make them, compared with skopeo, docker, GNU tar and Python. Every image that
 * these tools read must be read with the same numbers, and waste is what `docker export` lacks of the layers.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { header, linkHeader, payload, trailer } from '../support/tar-bytes.ts'
import { asPythonSays } from '../support/as-python-says.ts'
import { asToolsSay, layersOf, told } from '../support/as-tools-say.ts'
import { exportedFileBytes } from '../support/exported.ts'
import { blobs, inspect, sha256, temporary, types, writeLayout } from '../support/layouts.ts'
import { requireEngine, run, succeed } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'

beforeAll(() => void requireEngine())

const file = (name: string, bytes: number): Buffer =>
  Buffer.concat([header(name, bytes), payload(Buffer.alloc(bytes, 1))])
const folder = (name: string): Buffer => header(`${name}/`, 0, '5')
const whiteout = (name: string): Buffer => header(name.replace(/[^/]*$/, '.wh.$&'), 0)
const tarOf = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, trailer])

interface History {
  readonly created?: string
  readonly created_by?: string | null
  readonly empty_layer?: boolean | null
}

/** Writes a layout with one image of these uncompressed layers. */
async function layoutOf(path: string, tars: readonly Buffer[], history: readonly History[] | null): Promise<void> {
  const made = blobs()
  const config = made.add(types.config, {
    created: '1980-01-01T00:00:01Z',
    os: 'linux',
    architecture: 'amd64',
    config: { Cmd: ['/none'] },
    rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
    ...(history ? { history } : {}),
  })
  const layers = tars.map((tar) => made.add(types.layer, tar))
  const manifest = made.add(types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers })
  await writeLayout(path, made, [{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'odd:1' } }])
}

const waste = ({ images }: Footprint): number | null | undefined => images[0]!.stages[0]!.waste?.fileBytes

/** Returns the bytes of all regular files in the layers, less those in a container of the engine. */
async function wasteAsExported(layout: string, archive: string, image: string, host: string): Promise<number> {
  await succeed('docker', ['--host', host, 'load', '--quiet', '--input', archive])
  try {
    const said = (await asToolsSay(layout)) as readonly { readonly fileBytes: number }[]
    return said.reduce((sum, { fileBytes }) => sum + fileBytes, 0) - (await exportedFileBytes(image, host))
  } finally {
    await succeed('docker', ['--host', host, 'rmi', '--force', image])
  }
}

describe('entries of other builders, on both image stores', () => {
  const busybox = file('bin/busybox', 5_000)
  const cases: readonly (readonly [string, readonly Buffer[], number])[] = [
    [
      'absolute targets of hard links, as kaniko writes them',
      [
        tarOf(
          folder('bin'),
          busybox,
          linkHeader('bin/sh', '/bin/busybox', '1'),
          linkHeader('bin/ls', '/bin/busybox', '1'),
        ),
      ],
      0,
    ],
    [
      'a hard link whose folder has no entry',
      [tarOf(file('opt/a/one', 700), linkHeader('srv/b/two', 'opt/a/one', '1'))],
      0,
    ],
    [
      'a link whose target a later layer deletes',
      [tarOf(folder('d'), file('d/one', 900), linkHeader('d/two', 'd/one', '1')), tarOf(whiteout('d/one'))],
      0,
    ],
    [
      'a link and its target, deleted one after the other',
      [
        tarOf(folder('d'), file('d/one', 900), linkHeader('d/two', 'd/one', '1')),
        tarOf(whiteout('d/one')),
        tarOf(whiteout('d/two')),
      ],
      900,
    ],
    [
      'an absolute one, deleted',
      [
        tarOf(folder('bin'), busybox, linkHeader('bin/sh', '/bin/busybox', '1')),
        tarOf(whiteout('bin/busybox')),
        tarOf(whiteout('bin/sh'), file('x', 3)),
      ],
      5_000,
    ],
    [
      'a target that is replaced',
      [
        tarOf(folder('d'), file('d/one', 900), linkHeader('d/two', 'd/one', '1')),
        tarOf(folder('d'), file('d/one', 40)),
      ],
      0,
    ],
    [
      'a layer of entries without any folder',
      [tarOf(file('a/b/c/d', 100)), tarOf(file('a/b/c/e', 7)), tarOf(whiteout('a/b/c/d'))],
      100,
    ],
    ['an empty layer between others', [tarOf(file('a', 10)), tarOf(), tarOf(whiteout('a'))], 10],
  ]
  const hosts = [process.env['DOCKER_HOST'] ?? '', rig.overlay2]

  test.each(cases)('are weighed as tools count them: %s', async (_, tars, expected) => {
    await using temp = await temporary()
    const path = join(temp.path, 'layout')
    await layoutOf(
      path,
      tars,
      tars.map(() => ({ created_by: 'made' })),
    )
    const found = await inspect(path)
    expect(told(found)).toEqual(await asToolsSay(path))
    expect(waste(found)).toBe(expected)
    const [archive, image] = [join(temp.path, 'image.tar'), `odd-${process.pid}:1`]
    await succeed('skopeo', ['copy', '--quiet', `oci:${path}:odd:1`, `docker-archive:${archive}:${image}`])
    for (const host of hosts.filter((address) => address !== ''))
      expect(await wasteAsExported(path, archive, image, host)).toBe(expected)
  })
})

describe('the history of an image', () => {
  const tars = [tarOf(file('a', 1)), tarOf(file('b', 20)), tarOf(file('c', 300))]
  const step = (name: string): History => ({ created: '1980-01-01T00:00:01Z', created_by: `COPY ${name} / # buildkit` })
  const empty = (text: string): History => ({ created_by: text, empty_layer: true })

  test.each<[string, readonly History[] | null, readonly (string | null)[]]>([
    [
      'as it should be',
      [step('a'), empty('ENV A=1'), step('b'), step('c'), empty('CMD x')],
      ['COPY a /', 'COPY b /', 'COPY c /'],
    ],
    ['none', null, [null, null, null]],
    ['one entry short', [step('a'), step('b')], [null, null, null]],
    ['one entry more', [step('a'), step('b'), step('c'), step('d')], [null, null, null]],
    [
      'off by one: an instruction without a layer counts as one, a step counts as none',
      [step('a'), { created_by: 'ENV A=1' }, { ...step('b'), empty_layer: true }, step('c')],
      [null, null, null],
    ],
    [
      'a step without a mark that it made no layer',
      [step('a'), { created_by: 'ENTRYPOINT ["x"]' }, step('b'), step('c')],
      [null, null, null],
    ],
    ['blank', [{}, {}, {}], [null, null, null]],
    [
      'blank and null',
      [{ created_by: '' }, { created_by: null, empty_layer: null }, step('c')],
      [null, null, 'COPY c /'],
    ],
    [
      'of one builder for all (buildpacks)',
      tars.map(() => ({ created: '1980-01-01T00:00:01Z', created_by: 'pack' })),
      ['pack', 'pack', 'pack'],
    ],
  ])('gives instructions only where it matches the layers: %s', async (_, history, expected) => {
    await using temp = await temporary()
    const path = join(temp.path, 'layout')
    await layoutOf(path, tars, history)
    const found = await inspect(path)
    expect(layersOf(found).map(({ instruction }) => instruction?.text ?? null)).toEqual(expected)
    expect(told(found)).toEqual(await asToolsSay(path))
  })
})

test.each([300, 1_500])('weighs an image of %d layers', async (count) => {
  await using temp = await temporary()
  const path = join(temp.path, 'layout')
  // Each layer deletes the file of the layer before.
  const tars = Array.from({ length: count }, (_, nth) =>
    tarOf(...(nth === 0 ? [] : [whiteout(`f${nth - 1}`)]), file(`f${nth}`, 100 + nth)),
  )
  await layoutOf(
    path,
    tars,
    tars.map((_, nth) => ({ created_by: `COPY f${nth} /` })),
  )
  const found = await inspect(path)
  const layers = layersOf(found)
  expect(layers).toHaveLength(count)
  const { layers: said } = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${path}`])) as {
    layers: { digest: string; size: number }[]
  }
  expect(layers.map(({ digest, uncompressedSize }) => ({ digest, size: uncompressedSize }))).toEqual(
    said.map(({ digest, size }) => ({ digest, size })),
  )
  expect(layers.map(({ instruction }) => instruction?.text)).toEqual(tars.map((_, nth) => `COPY f${nth} /`))
  const all = tars.reduce((sum, _, nth) => sum + 100 + nth, 0)
  expect(found.images[0]!.stages[0]).toMatchObject({
    totals: { layers: count, fileBytes: all },
    fileSystem: { files: 1, fileBytes: 99 + count },
    waste: { fileBytes: all - 99 - count },
  })
})

describe('a Docker archive that docker and skopeo read', () => {
  const tars = [tarOf(file('a', 11)), tarOf(file('b', 2_200))]

  /** @param change makes the fault, in the folder of the archive, given the documents of the layout */
  async function archive(
    path: string,
    change: (inside: string, manifest: { readonly [key: string]: unknown }) => Promise<void>,
  ): Promise<string> {
    const layout = join(path, 'layout')
    await layoutOf(
      layout,
      tars,
      tars.map((_, nth) => ({ created_by: `COPY ${nth} /` })),
    )
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] }
    const manifest = JSON.parse(
      await readFile(join(layout, 'blobs', index.manifests[0].digest.replace(':', '/')), 'utf8'),
    ) as { config: { digest: string }; layers: { digest: string }[] }
    const pathOf = ({ digest }: { readonly digest: string }): string => `blobs/${digest.replace(':', '/')}`
    await writeFile(
      join(layout, 'manifest.json'),
      JSON.stringify([
        {
          Config: pathOf(manifest.config),
          RepoTags: [`odd-archive-${process.pid}:1`],
          Layers: manifest.layers.map(pathOf),
        },
      ]),
    )
    await change(layout, manifest)
    await succeed('tar', ['--create', '--file', join(path, 'image.tar'), '.'], { cwd: layout })
    return join(path, 'image.tar')
  }

  const indexOf = (manifests: unknown): string => JSON.stringify({ schemaVersion: 2, manifests })

  testWith('overlay2', 'python').each<[string, Parameters<typeof archive>[1]]>([
    ['index.json of null', async (inside) => writeFile(join(inside, 'index.json'), indexOf(null))],
    [
      'no layers in the manifest of its index.json, as Docker 25.0.0 wrote it',
      async (inside, manifest) => {
        const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: null }))
        await writeFile(join(inside, 'blobs', sha256(bytes).replace(':', '/')), bytes)
        await writeFile(
          join(inside, 'index.json'),
          indexOf([{ mediaType: types.manifest, digest: sha256(bytes), size: bytes.length }]),
        )
      },
    ],
    [
      'layers in another order',
      async (inside, manifest) => {
        const bytes = Buffer.from(
          JSON.stringify({ ...manifest, layers: (manifest['layers'] as unknown[]).toReversed() }),
        )
        await writeFile(join(inside, 'blobs', sha256(bytes).replace(':', '/')), bytes)
        await writeFile(
          join(inside, 'index.json'),
          indexOf([{ mediaType: types.manifest, digest: sha256(bytes), size: bytes.length }]),
        )
      },
    ],
    [
      'a config that does not hash to its name',
      async (inside) => {
        const [item] = JSON.parse(await readFile(join(inside, 'manifest.json'), 'utf8')) as [{ Config: string }]
        const name = `${'0'.repeat(64)}.json`
        await writeFile(join(inside, name), await readFile(join(inside, item.Config)))
        await writeFile(join(inside, 'manifest.json'), JSON.stringify([{ ...item, Config: name }]))
        await writeFile(join(inside, 'index.json'), indexOf(null))
      },
    ],
  ])('%s', async (_, change) => {
    await using temp = await temporary()
    const path = await archive(temp.path, change)
    const found = await inspect(`docker-archive:${path}`)
    expect((await inspect(path)).images).toEqual(found.images)
    const diffIds = layersOf(found).map(({ diffId }) => diffId)
    const config = JSON.parse(await succeed('skopeo', ['inspect', '--config', `docker-archive:${path}`])) as {
      rootfs: { diff_ids: string[] }
    }
    expect(diffIds).toEqual(config.rootfs.diff_ids)
    const said = await asPythonSays(
      config.rootfs.diff_ids.map((diffId) => join(temp.path, 'layout/blobs', diffId.replace(':', '/'))),
    )
    expect(
      layersOf(found).map(({ diffId, uncompressedSize, fileBytes, entries }) => [
        diffId,
        uncompressedSize,
        fileBytes,
        entries,
      ]),
    ).toEqual(said.map(({ tar, tarBytes, fileBytes, entries }) => [tar.sha256, tarBytes, fileBytes, entries]))
    const env = { DOCKER_HOST: rig.overlay2 }
    const image = `odd-archive-${process.pid}:1`
    await succeed('docker', ['load', '--quiet', '--input', path], { env })
    try {
      expect(
        JSON.parse(
          await succeed('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', image], { env }),
        ),
      ).toEqual(diffIds)
    } finally {
      await succeed('docker', ['rmi', '--force', image], { env })
    }
  })
})

testWith('registry')('weighs the layers that a registry has, and names a missing layer as skopeo does', async () => {
  await using temp = await temporary()
  const path = join(temp.path, 'layout')
  const tars = [tarOf(file('a', 11)), tarOf(file('b', 2_200))]
  await layoutOf(path, tars, null)
  const name = `${rig.registry}/odd-${process.pid}/app:1`
  await succeed('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${path}:odd:1`, `docker://${name}`])
  const whole = await inspect(`docker://${name}`)
  const { layers } = JSON.parse(
    await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`]),
  ) as { layers: { digest: string; size: number }[] }
  expect(layersOf(whole).map(({ digest }) => digest)).toEqual(layers.map(({ digest }) => digest))
  const deleted = await run('curl', [
    '--silent',
    '--show-error',
    '--fail',
    '--request',
    'DELETE',
    `http://${rig.registry}/v2/odd-${process.pid}/app/blobs/${layers[0]!.digest}`,
  ])
  // A registry that cannot delete has everything that was pushed, so another image names a blob that it never had.
  const lacking = deleted.status === 0 ? name : await pushedWithout(name, layers[0]!.digest)
  const found = await inspect(`docker://${lacking}`)
  expect(layersOf(found).map(({ uncompressedSize, fileBytes }) => [uncompressedSize, fileBytes])).toEqual([
    [null, null],
    [tars[1]!.length, 2_200],
  ])
})

/** Pushes the manifest with a foreign layer in place of this one, which registries accept without its blob. */
async function pushedWithout(name: string, digest: string): Promise<string> {
  const manifest = await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`])
  const changed = JSON.parse(manifest) as { layers: { mediaType: string; digest: string; urls?: string[] }[] }
  for (const layer of changed.layers) {
    if (layer.digest !== digest) continue
    layer.mediaType = layer.mediaType.replace('layer.v1', 'layer.nondistributable.v1')
    layer.digest = `sha256:${'f'.repeat(64)}`
    layer.urls = ['https://example.invalid/layer']
  }
  const [repository, tag] = [name.replace(/^[^/]*\//, '').replace(/:[^:]*$/, ''), 'foreign']
  await succeed('curl', [
    '--silent',
    '--show-error',
    '--fail',
    '--request',
    'PUT',
    '--header',
    `content-type: ${types.manifest}`,
    '--data-binary',
    JSON.stringify(changed),
    `http://${rig.registry}/v2/${repository}/manifests/${tag}`,
  ])
  return name.replace(/:[^:/]*$/, `:${tag}`)
}
