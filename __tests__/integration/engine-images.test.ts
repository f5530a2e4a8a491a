/** Inspects `docker-daemon:` images that were read before: a query to the engine replaces a `docker save`. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { layersVersion } from '../../src/layer/layer-files.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { remoteBuilder } from '../support/builder.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { recordingClient, type RecordingClient } from '../support/recording-client.ts'
import { describeWith, rig } from '../support/rig.ts'

const secret = 's3cret-of-the-build'
const dockerfile = `FROM scratch AS one
ARG TOKEN
WORKDIR /srv
COPY random /srv/\${TOKEN}
FROM one
ENV A=1
COPY small /small
`

let client: RecordingClient
let context: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  requireEngine()
  client = await recordingClient()
  context = await folderWith({ Dockerfile: dockerfile, random: randomBytes(100_000), small: 'small\n' })
})
afterAll(async () => {
  await Promise.all([client[Symbol.asyncDispose](), context[Symbol.asyncDispose]()])
})

interface Told {
  readonly footprint: Footprint
  /** The purpose of each client call. */
  readonly calls: readonly string[]
}

async function inspected(source: string, cache: string, env: Readonly<Record<string, string>>): Promise<Told> {
  await client.calls()
  const { status, stdout, stderr } = await footprint(['inspect', '--format', 'json', source], {
    env: { XDG_CACHE_HOME: cache, ...client.env, ...env },
  })
  if (status !== 0) throw new Error(stderr)
  const calls = (await client.calls()).map((words) =>
    words
      .slice(0, words.indexOf('--'))
      .filter((word) => !word.includes('{'))
      .join(' '),
  )
  return { footprint: parseRecord(stdout, 'stdout'), calls: calls.toSorted() }
}

const asked = 'image inspect --format'
const filesIn = async (folder: string): Promise<readonly string[]> =>
  Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))

function storeTests(host: () => string, provenances: readonly string[]): void {
  const env = (): Record<string, string> => ({ DOCKER_HOST: host() })
  const build = async (tag: string, ...args: readonly string[]): Promise<void> => {
    await succeed(
      'docker',
      ['buildx', 'build', '--quiet', '--tag', tag, '--build-arg', `TOKEN=${secret}`, ...args, context.path],
      { env: env() },
    )
  }

  test('takes the tag latest for a name without a tag, also if the name could be an ID', async () => {
    await using cache = await folderWith({})
    const of = async (source: string): Promise<readonly (string | undefined)[]> =>
      (await inspected(source, cache.path, env())).footprint.images.map(({ name, stages }) =>
        [name, ...stages.map(({ layers }) => layers.length)].join(' '),
      )
    for (const name of [`engine-images/${randomUUID()}`, 'cafe']) {
      await build(`${name}:latest`, '--provenance=false')
      await build(`${name}:one`, '--provenance=false', '--target', 'one')
      expect(await of(`docker-daemon:${name}`)).toEqual([`${name} 3`])
      expect(await of(`docker-daemon:${name}:one`)).toEqual([`${name} 2`])
      await succeed('docker', ['rmi', '--force', `${name}:latest`, `${name}:one`], { env: env() })
    }
  })

  test.each(provenances)('saves an image only once, with %s', async (provenance) => {
    await using cache = await folderWith({})
    const tag = `engine-images/${randomUUID()}:1`
    const memory = join(cache.path, 'stage-footprint/layers/images-v2')
    const tell = (): Promise<Told> => inspected(`docker-daemon:${tag}`, cache.path, env())
    await build(tag, provenance)
    const first = await tell()
    expect(first.calls).toEqual([asked, 'save'])
    expect(first.footprint.images[0]?.stages[0]?.layers).toHaveLength(3)
    expect(await tell()).toEqual({ ...first, calls: [asked] })
    const kept = await filesIn(memory)
    expect(kept).toHaveLength(1)
    expect(kept.join()).not.toContain(secret)

    // The name now belongs to another image, which lacks one of the layers.
    await build(tag, provenance, '--target', 'one')
    const other = await tell()
    expect(other.calls).toEqual([asked, asked, 'save'])
    expect(other.footprint.images[0]?.stages[0]?.layers).toHaveLength(2)
    expect(await tell()).toEqual({ ...other, calls: [asked] })

    // A truncated file is ignored, and what is stored about an image is of no use without its layers.
    const [name = ''] = await readdir(memory)
    await writeFile(join(memory, name), kept[0]!.slice(0, -10))
    expect(await tell()).toEqual({ ...other, calls: [asked, 'save'] })
    await rm(join(cache.path, 'stage-footprint/layers', layersVersion), { recursive: true })
    expect(await tell()).toEqual({ ...other, calls: [asked, 'save'] })
    await succeed('docker', ['image', 'rm', tag], { env: env() })
    await expect(tell()).rejects.toThrow(`the engine has no image ${tag}`)
  })

  test('finds an image by its ID and for a platform', async () => {
    await using cache = await folderWith({})
    const tag = `engine-images/${randomUUID()}:1`
    await build(tag)
    const id = (await succeed('docker', ['image', 'inspect', '--format', '{{.Id}}', tag], { env: env() })).trim()
    const tell = (): Promise<Told> => inspected(`docker-daemon:${id}`, cache.path, env())
    const first = await tell()
    expect(await tell()).toEqual({ ...first, calls: [asked] })
    const none = await footprint(['inspect', '--platform', 'linux/s390x', `docker-daemon:${id}`], {
      env: { XDG_CACHE_HOME: cache.path, ...env() },
    })
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringContaining('has no image for linux/s390x: it has linux/'),
    ])
    await succeed('docker', ['image', 'rm', tag], { env: env() })
  })
}

describe('an image in the containerd store', () =>
  storeTests(requireEngine, ['--provenance=false', '--provenance=mode=max']))
// This store keeps no attestations.
describeWith('overlay2')('an image in the overlay2 store', () => storeTests(() => rig.overlay2, ['--provenance=false']))

describeWith('registry', 'buildKit')('an image of several platforms', () => {
  test('is read again if it gained a platform, although its ID is the same', async () => {
    await using cache = await folderWith({})
    await using made = await folderWith({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /x\n',
      amd64: randomBytes(300),
      arm64: randomBytes(700),
    })
    const tag = `${rig.registry}/engine-images/${randomUUID()}:1`
    const architecture =
      (await succeed('docker', ['info', '--format', '{{.Architecture}}'])).trim() === 'aarch64' ? 'arm64' : 'amd64'
    const other = architecture === 'amd64' ? 'arm64' : 'amd64'
    // The image is built elsewhere, so the engine has only what it pulls.
    await using builder = await remoteBuilder()
    await succeed(
      'docker',
      [
        'buildx',
        'build',
        '--quiet',
        '--provenance=false',
        '--platform',
        'linux/amd64,linux/arm64',
        '--tag',
        tag,
        '--push',
        made.path,
      ],
      { env: builder.env },
    )
    await succeed('docker', ['pull', '--quiet', '--platform', `linux/${architecture}`, tag])
    const tell = (): Promise<Told> => inspected(`docker-daemon:${tag}`, cache.path, {})
    const first = await tell()
    expect(first.footprint.images.map(({ platform }) => platform.architecture)).toEqual([architecture])
    expect(first.footprint.notes).toContain(`Its index lists more platforms, which are not in it: linux/${other}.`)
    const everyPlatform = [
      asked,
      'image inspect --platform linux/amd64 --format',
      'image inspect --platform linux/arm64 --format',
    ]
    expect(await tell()).toEqual({ ...first, calls: everyPlatform })
    await succeed('docker', ['pull', '--quiet', '--platform', `linux/${other}`, tag])
    const both = await tell()
    expect(both.footprint.images.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64'])
    expect(both.calls).toEqual([asked, ...everyPlatform, 'save'])
    expect(await tell()).toEqual({ ...both, calls: everyPlatform })
    await succeed('docker', ['image', 'rm', '--force', tag])
  })
})
