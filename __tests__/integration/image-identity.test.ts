/**
 * Images that differ only a little, made by script and pushed by skopeo and crane. In `inspect`, `compare`, `build
 * --baseline` and `publish`, the bundled program must report what these tools report, and what the registry is asked
 * for.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { formatPlatform } from '../../src/oci/platform.ts'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { gitHubServer } from '../support/github-server.ts'
import { imageOf, linux, windows } from '../support/images.ts'
import { blobs, tarOf, types, writeLayout, type Blobs } from '../support/layouts.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { rig, testWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'
import { noPackages } from '../support/no-packages.ts'

const { registry, crane } = rig
const test = testWith('registry', 'crane')
const images = `${registry}/identity-${process.pid}`
const versions = ['10.0.17763.6532', '10.0.20348.2849', '10.0.26100.2314'] as const

let folder: string
let cache: Readonly<Record<string, string>>
beforeAll(async () => {
  requireEngine()
  folder = await mkdtemp(join(tmpdir(), 'sf-identity-'))
  cache = { XDG_CACHE_HOME: join(folder, 'cache') }
})
afterAll(() => rm(folder, { recursive: true }))

async function layout(
  name: string,
  make: (made: Blobs) => readonly object[] | Promise<readonly object[]>,
): Promise<string> {
  const made = blobs()
  const path = join(folder, name)
  await writeLayout(path, made, await make(made))
  return path
}

/** Wraps them in one index, since skopeo refuses an `index.json` with several images. */
async function push(path: string, to: string): Promise<string> {
  await succeed(crane, ['push', '--insecure', '--index', path, to])
  return `docker://${to}`
}

async function ours(...args: readonly string[]): Promise<Footprint> {
  const { status, stdout, stderr } = await footprint([...args, '--format', 'json'], { env: cache })
  expect([status, stderr.replace(/^Weighing.*\n/gm, '')]).toEqual([0, ''])
  return parseRecord(stdout, 'standard output')
}

const final = ({ images: [image] }: Footprint): Stage => image!.stages.at(-1)!

/**
 * Returns what crane reports for one platform of an index: the sizes of its layers, and the length of each fetched blob.
 */
async function asCraneSays(
  reference: string,
  ...platform: readonly string[]
): Promise<{ readonly sizes: readonly number[]; readonly fetched: readonly number[] }> {
  const manifest = JSON.parse(await succeed(crane, ['manifest', '--insecure', ...platform, reference])) as {
    layers: { digest: string; size: number }[]
  }
  const repository = reference.replace(/:[^:/]*$/, '')
  const fetched = await Promise.all(
    manifest.layers.map(async ({ digest }) =>
      Number(await succeed('bash', ['-c', '"$1" blob --insecure "$2" | wc -c', '-', crane, `${repository}@${digest}`])),
    ),
  )
  return { sizes: manifest.layers.map(({ size }) => size), fetched }
}

/** One tar for each content, since a tar contains the time when it was made. */
const tars = new Map<string, Promise<Buffer>>()
function tarWith(content: string): Promise<Buffer> {
  const tar = tars.get(content) ?? tarOf('file', content)
  tars.set(content, tar)
  return tar
}

const windowsIndex =
  (order: readonly number[], grown = -1) =>
  async (made: Blobs): Promise<readonly object[]> =>
    Promise.all(
      order.map(async (at) => {
        const platform = windows(versions[at]!)
        const tar = await tarWith('x'.repeat(30_000 * (at + 1) + (at === grown ? 10_240 : 0)))
        return imageOf(made, { layers: [{ tar }], config: platform, platform })
      }),
    )

test('gives each version of Windows in one index the numbers of crane, in any order', async () => {
  const one = await push(await layout('win-1', windowsIndex([0, 1, 2])), `${images}/win:1`)
  const other = await push(await layout('win-2', windowsIndex([2, 0, 1])), `${images}/win:2`)
  const grown = await push(await layout('win-3', windowsIndex([1, 2, 0], 1)), `${images}/win:3`)
  const all = await ours('inspect', one)
  expect(all.images.map(({ platform }) => formatPlatform(platform))).toEqual(
    versions.map((version) => `windows(${version})/amd64`),
  )
  for (const version of versions) {
    const chosen = await ours('inspect', other, '--platform', `windows(${version})/amd64`)
    const { sizes, fetched } = await asCraneSays(`${images}/win:2`, '--platform', `windows/amd64:${version}`)
    expect(final(chosen).layers.map(({ compressedSize }) => compressedSize)).toEqual(sizes)
    expect(fetched).toEqual(sizes)
  }

  const swapped = await footprint(['compare', one, other], { env: cache })
  expect(swapped.status).toBe(0)
  expect(swapped.stdout.match(/No layer changed\./g)).toHaveLength(3)
  const changed = await footprint(['compare', one, grown, '--budget', 'unpacked growth <= 0'], { env: cache })
  expect(changed.stdout.match(/No layer changed\./g)).toHaveLength(2)
  expect(changed.stdout).toContain('1 budget failed, 2 passed')
  expect(changed.stdout).toContain('grew by 10.2 kB unpacked')
  const [, first = ''] = changed.stdout.split(`windows(${versions[1]})/amd64`)
  expect(first.split('windows(')[0]).toContain('grew by 10.2 kB unpacked')

  // The record carries it on to the comment.
  await writeFile(join(folder, 'before.json'), JSON.stringify(all))
  await writeFile(join(folder, 'after.json'), JSON.stringify(await ours('inspect', grown)))
  await using server = await gitHubServer()
  server.pullRequests.set(7, { number: 7, headSha: '1'.repeat(40) })
  const published = await footprint(
    [
      'publish',
      join(folder, 'after.json'),
      '--baseline',
      join(folder, 'before.json'),
      '--repository',
      'owner/repository',
      '--pull-request',
      '7',
      '--comment',
      'always',
    ],
    {
      env: { ...cache, GITHUB_TOKEN: 'a-token', GITHUB_API_URL: server.url },
    },
  )
  expect([published.status, server.comments.length]).toEqual([0, 1])
  const body = server.comments[0]!.body
  for (const version of versions) expect(body).toContain(`| \`windows(${version})/amd64\` |`)
  expect(body.match(/\| none \|/g)).toHaveLength(2)
})

test('predicts what crane and skopeo download for uncompressed layers', async () => {
  const source = await push(
    await layout('plain', async (made) => [
      imageOf(made, {
        layers: [{ tar: await tarOf('a', 'a'.repeat(30_000)), mediaType: types.layer }, { tar: await tarOf('b', 'b') }],
        platform: linux,
      }),
    ]),
    `${images}/plain:1`,
  )
  const { sizes, fetched } = await asCraneSays(`${images}/plain:1`, '--platform', 'linux/amd64')
  const found = await ours('inspect', source)
  expect(final(found).layers.map(({ compressedSize }) => compressedSize)).toEqual(sizes)
  expect(fetched).toEqual(sizes)
  const skopeo = JSON.parse(await succeed('skopeo', ['inspect', '--tls-verify=false', source])) as {
    LayersData?: { Size: number }[]
  }
  if (skopeo.LayersData) expect(skopeo.LayersData.map(({ Size }) => Size)).toEqual(sizes)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect((await footprint(['inspect', source, '--budget', `pull <= ${total}`], { env: cache })).status).toBe(0)
  expect((await footprint(['inspect', source, '--budget', `pull <= ${total - 1}`], { env: cache })).status).toBe(1)
})

test('counts a layer that is listed twice once, as the engine requests its blob once', async () => {
  const made = blobs()
  const [a, b] = await Promise.all([tarOf('a', 'a'.repeat(30_000)), tarOf('b', 'b')])
  const image = imageOf(made, { layers: [{ tar: a }, { tar: b }, { tar: a }] })
  await using server = await testRegistry(made, { latest: image.digest }, ({ url }, response) => {
    if (url !== '/v2/') return false
    response.writeHead(200).end()
    return true
  })
  await succeed('docker', ['pull', '--quiet', `${server.address}/some/app`])
  const { layers } = JSON.parse(made.blobs.get(image.digest)!.toString()) as { layers: { digest: string }[] }
  const downloads = server.seen
    .filter(({ method, url }) => method === 'GET' && layers.some(({ digest }) => url.endsWith(digest)))
    .map(({ url }) => url.slice(-71))
  const bytes = downloads
    .map((digest) => made.blobs.get(digest as `sha256:${string}`)!.length)
    .reduce((sum, size) => sum + size, 0)
  const found = await ours('inspect', `docker://${server.address}/some/app`)
  expect(downloads).toHaveLength(2)
  expect(final(found).totals).toMatchObject({
    layers: 3,
    compressedSize: bytes,
    uncompressedSize: 2 * a.length + b.length,
  })
})

test('takes the platform that clients choose by if index and config contradict each other', async () => {
  const arm64 = { os: 'linux', architecture: 'arm64' }
  const source = await push(
    await layout('contradiction', async (made) => [
      imageOf(made, { layers: [{ tar: await tarOf('a', 'a') }], config: linux, platform: linux }),
      imageOf(made, { layers: [{ tar: await tarOf('b', 'bb') }], config: linux, platform: arm64 }),
    ]),
    `${images}/contradiction:1`,
  )
  const chosen = await ours('inspect', source, '--platform', 'linux/arm64')
  const { sizes } = await asCraneSays(`${images}/contradiction:1`, '--platform', 'linux/arm64')
  expect([
    chosen.images.map(({ platform }) => platform),
    final(chosen).layers.map(({ compressedSize }) => compressedSize),
  ]).toEqual([[arm64], sizes])
  const { stdout } = await footprint(['inspect', source, '--platform', 'linux/arm64'], { env: cache })
  expect(stdout.split('\n')[0]).toMatch(/ · linux\/arm64$/)
  expect(stdout).toContain('The index says linux/arm64 and the config linux/amd64')
})

test('finds the base that crane names in annotations, and compares a build upon it', async () => {
  const base = `${images}/base:1`
  const baseLayout = await layout('base', async (made) => [
    imageOf(made, {
      layers: [{ tar: await tarOf('base', 'b'.repeat(9_000)) }, { tar: await tarOf('lib', 'l') }],
      platform: linux,
    }),
  ])
  await succeed('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${baseLayout}`, `docker://${base}`])
  await writeFile(join(folder, 'file.tar'), await tarOf('file', 'content'))
  const digest = (await succeed(crane, ['digest', '--insecure', base])).trim()
  await succeed(crane, [
    'append',
    '--insecure',
    '--set-base-image-annotations',
    '--base',
    base,
    '--new_layer',
    join(folder, 'file.tar'),
    '--new_tag',
    `${images}/app:1`,
  ])
  const { annotations } = JSON.parse(await succeed(crane, ['manifest', '--insecure', `${images}/app:1`])) as {
    annotations?: Record<string, string>
  }
  expect(annotations?.['org.opencontainers.image.base.digest']).toBe(digest)
  const found = await ours('inspect', `docker://${images}/app:1`)
  expect(final(found).base).toEqual({ reference: base, digest, layers: 2, packages: noPackages })
  expect(final(found).layers.map(({ origin }) => origin)).toEqual(['base', 'base', 'own'])
  // A client that has the base downloads only the rest.
  const { sizes } = await asCraneSays(`${images}/app:1`)
  expect(
    (await footprint(['inspect', `docker://${images}/app:1`, '--budget', `added <= ${sizes[2]!}`], { env: cache }))
      .status,
  ).toBe(0)
  expect(
    (await footprint(['inspect', `docker://${images}/app:1`, '--budget', `added <= ${sizes[2]! - 1}`], { env: cache }))
      .status,
  ).toBe(1)

  await using context = await folderWith({ Dockerfile: `FROM ${base}\nCOPY file /file\n`, file: 'content' })
  const built = await footprint(
    ['build', '--baseline', `docker://${images}/app:1`, '--format', 'markdown', context.path],
    { env: cache },
  )
  expect(built.status).toBe(0)
  expect(built.stdout).toMatch(/Compared with .*app:1/)
  expect(built.stdout).toContain('2 base + 1 added')
})

test('predicts what a client downloads from a push of an uncompressed build', async () => {
  await using context = await folderWith({ Dockerfile: 'FROM scratch\nCOPY busybox /busybox\n', busybox })
  const file = join(folder, 'built.json')
  const built = await footprint(
    [
      'build',
      '--output',
      `type=image,name=${images}/uncompressed:1,push=true,compression=uncompressed,force-compression=true`,
      '--provenance=false',
      '--json',
      file,
      context.path,
    ],
    { env: cache },
  )
  expect(built.status).toBe(0)
  const { sizes } = await asCraneSays(`${images}/uncompressed:1`)
  const record = parseRecord(await readFile(file, 'utf8'), file)
  expect(final(record).layers.map(({ compressedSize }) => compressedSize)).toEqual(sizes)
  expect(
    final(await ours('inspect', `docker://${images}/uncompressed:1`)).layers.map(
      ({ compressedSize }) => compressedSize,
    ),
  ).toEqual(sizes)
})

test('predicts the push of uncompressed layers from the containerd store, and nothing for overlay2', async () => {
  await using context = await folderWith({ Dockerfile: 'FROM scratch\nCOPY busybox /busybox\n', busybox })
  const name = `${images}/kept:1`
  await succeed('docker', [
    'buildx',
    'build',
    '--quiet',
    '--output',
    `type=image,name=${name},compression=uncompressed,force-compression=true`,
    '--provenance=false',
    context.path,
  ])
  const found = await ours('inspect', `docker-daemon:${name}`)
  await succeed('docker', ['push', '--quiet', name])
  const { sizes, fetched } = await asCraneSays(name)
  expect(final(found).layers.map(({ compressedSize }) => compressedSize)).toEqual(sizes)
  expect(fetched).toEqual(sizes)
  // The same from the stored result.
  expect(await ours('inspect', `docker-daemon:${name}`)).toEqual(found)
  if (rig.overlay2 === '') return
  await succeed('docker', ['-H', rig.overlay2, 'pull', '--quiet', name])
  const { status, stdout } = await footprint(['inspect', `docker-daemon:${name}`, '--format', 'json'], {
    env: { ...cache, DOCKER_HOST: rig.overlay2 },
  })
  expect([status, final(parseRecord(stdout, 'standard output')).totals.compressedSize]).toEqual([0, null])
})
