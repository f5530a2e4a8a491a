/** Reads the blobs of an exported layout from the builder's own store, on each kind of builder. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { connectionsTo, type BuilderConnections } from '../../src/builder/builder-connection.ts'
import { contentStoreOf, type ContentStore } from '../../src/builder/content-store.ts'
import { digestOfEncoded, type Digest } from '../../src/oci/digest.ts'
import { parsePlatform, formatPlatform } from '../../src/oci/platform.ts'
import { remoteBuilder } from '../support/builder.ts'
import { containerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, processesLeft, run, succeed } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith, rig, testWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

const dockerfile =
  'FROM scratch\nCOPY busybox /busybox\nRUN ["/busybox","sh","-c","/busybox head -c 20000000 /dev/urandom > /big"]\n'
const platform = formatPlatform(parsePlatform(process.arch))
const missing = `sha256:${'0'.repeat(64)}` as Digest

interface Place {
  readonly store: ContentStore
  readonly connections: BuilderConnections
  /** The blobs of an export, by digest. */
  readonly blobs: ReadonlyMap<Digest, Buffer>
  readonly folder: string
}

async function place(
  env: Readonly<Record<string, string>>,
  look: (place: Place) => Promise<void>,
  signal = new AbortController().signal,
): Promise<void> {
  await using folder = await folderWith({
    'context/Dockerfile': dockerfile,
    'context/busybox': busybox,
    'sockets/x': '',
  })
  const layout = join(folder.path, 'layout')
  await succeed(
    'docker',
    [
      'buildx',
      'build',
      '--progress=quiet',
      '--provenance=false',
      '--output',
      `type=oci,tar=false,dest=${layout}`,
      join(folder.path, 'context'),
    ],
    { env },
  )
  const names = await readdir(join(layout, 'blobs/sha256'))
  const blobs = new Map(
    await Promise.all(
      names.map(
        async (name) => [digestOfEncoded(name) as Digest, await readFile(join(layout, 'blobs/sha256', name))] as const,
      ),
    ),
  )
  const connections = connectionsTo(
    { builder: null, env: new Map(Object.entries(env)) },
    join(folder.path, 'sockets'),
    signal,
  )
  try {
    const session = await connections.to(platform)
    if (session === null) throw new Error('no connection')
    await look({ store: contentStoreOf(session), connections, blobs, folder: folder.path })
  } finally {
    await connections.close()
    expect(await readdir(join(folder.path, 'sockets'))).toEqual(['x'])
  }
}

const read = async (store: ContentStore, digest: Digest): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of store.open(digest)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function holdsItsExports(env: Readonly<Record<string, string>>): Promise<void> {
  await place(env, async ({ store, blobs }) => {
    expect(blobs.size).toBe(4)
    // All at once, as layers are read.
    await Promise.all(
      [...blobs].map(async ([digest, bytes]) => {
        const size = await store.sizeOf(digest)
        // The store does not say why a blob is missing, but reading the blob does.
        expect([digest, size ?? (await read(store, digest).catch(String))]).toEqual([digest, bytes.length])
        expect(
          createHash('sha256')
            .update(await read(store, digest))
            .digest('hex'),
        ).toBe(digest.slice('sha256:'.length))
      }),
    )
    expect(await store.sizeOf(missing)).toBeNull()
    await expect(read(store, missing)).rejects.toThrow('not found')
  })
}

describeWith('buildx')('a builder of the docker-container driver', () => {
  test('gives the blobs that it exported', async () => {
    await using builder = await containerBuilder()
    await holdsItsExports(builder.env)
  })

  test('does not give blobs that only a registry holds', async () => {
    const image = `${rig.registry}/content-store-test/app:${process.pid}`
    await using first = await containerBuilder()
    await place(first.env, async ({ store, blobs, folder }) => {
      await succeed(
        'docker',
        [
          'buildx',
          'build',
          '--progress=quiet',
          '--push',
          '--provenance=false',
          '--tag',
          image,
          '--cache-to',
          'type=inline',
          join(folder, 'context'),
        ],
        { env: first.env },
      )
      const manifest = JSON.parse(
        await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${image}`]),
      ) as { layers: { digest: Digest }[] }
      await using second = await containerBuilder()
      await succeed(
        'docker',
        ['buildx', 'build', '--progress=quiet', '--cache-from', `type=registry,ref=${image}`, join(folder, 'context')],
        { env: second.env },
      )
      const connections = connectionsTo(
        { builder: null, env: new Map(Object.entries(second.env)) },
        join(folder, 'sockets'),
        new AbortController().signal,
      )
      const session = await connections.to(platform)
      const lazy = session && contentStoreOf(session)
      for (const { digest } of manifest.layers)
        expect([digest, blobs.has(digest), (await store.sizeOf(digest)) !== null, await lazy?.sizeOf(digest)]).toEqual([
          digest,
          true,
          true,
          null,
        ])
      await connections.close()
    })
  })

  test('can be left, or go away, in the middle of a blob', async () => {
    await using builder = await containerBuilder()
    const controller = new AbortController()
    await using client = await recordingClient()
    await place(
      { ...builder.env, ...client.env },
      async ({ store, blobs }) => {
        const [big] = [...blobs].toSorted(([, one], [, other]) => other.length - one.length)[0] ?? [missing]
        for await (const chunk of store.open(big)) {
          expect(chunk.length).toBeGreaterThan(0)
          break
        }
        expect(await store.sizeOf(big)).toBe(blobs.get(big)?.length)
        const reading = (async () => {
          for await (const chunk of store.open(big)) if (chunk.length > 0) controller.abort()
        })()
        await expect(reading).rejects.toThrow()
        expect(await store.sizeOf(big)).toBeNull()
      },
      controller.signal,
    )
  })
})

describeWith('buildx')('a connection that breaks in the middle of a blob', () => {
  const once = '"$FOLDER/broke" ] || { : > "$FOLDER/broke"'
  test.each([
    ['ends', `[ -e ${once}; "$DOCKER" "$@" | head -c 3000000; exit; }`],
    ['hangs', `[ -e ${once}; "$DOCKER" "$@" | { head -c 3000000; exec sleep 300; }; exit; }`],
  ])('and %s is replaced by an export, and nothing is left behind', async (_, breaks) => {
    await using builder = await containerBuilder()
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      'temp/x': '',
      'bin/x': '',
    })
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    const script = `#!/bin/sh\nDOCKER='${docker}' FOLDER='${folder.path}'\ncase "$*" in *dial-stdio*) ${breaks} ;; esac\nexec "$DOCKER" "$@"\n`
    await writeFile(join(folder.path, 'bin/docker'), script, { mode: 0o755 })
    const temp = join(folder.path, 'temp')
    const env = { ...builder.env, TMPDIR: temp, XDG_CACHE_HOME: join(folder.path, 'cache') }
    const words = [
      'build',
      join(folder.path, 'context'),
      '--output',
      `type=oci,dest=${folder.path}/image.tar`,
      '--format',
      'json',
    ]
    const told = await footprint(words, {
      env: { ...env, PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}` },
    })
    expect([told.status, told.stderr]).toEqual([0, expect.not.stringContaining('could not be weighed')])
    expect(await readFile(join(folder.path, 'broke'), 'utf8')).toBe('')
    expect(await processesLeft('TMPDIR', temp)).toEqual([])
    expect(await readdir(temp)).toEqual(['x'])
    expect(await succeed('docker', ['buildx', 'history', 'ls', '--format', '{{.Name}}'], { env })).toBe('context\n')
    const again = await footprint(words, { env: { ...env, XDG_CACHE_HOME: join(folder.path, 'other-cache') } })
    const totals = ({ stdout }: typeof again): unknown =>
      JSON.parse(stdout, (key, value: unknown) => (key === 'weighedAt' ? null : value))
    expect(totals(told)).toEqual(totals(again))
  })
})

test('connects from a folder with a long path', async () => {
  await using folder = await folderWith({ [`${'long/'.repeat(30)}x`]: '' })
  const sockets = join(folder.path, 'long/'.repeat(30))
  const connections = connectionsTo({ builder: null, env: new Map() }, sockets, new AbortController().signal)
  expect(await connections.to(platform)).not.toBeNull()
  await connections.close()
  expect(await readdir(sockets)).toEqual(['x'])
})

testWith('buildKit')(
  'reads from a remote builder the blobs that it exported',
  async () => {
    await using builder = await remoteBuilder()
    await holdsItsExports(builder.env)
  },
  600_000,
)

test("reads from the engine's own builder the blobs that it exported", () => holdsItsExports({}))

test('kills a client that ignores SIGTERM instead of waiting for it', async () => {
  await using folder = await folderWith({ 'bin/x': '', 'sockets/x': '' })
  const [ready, asked] = [join(folder.path, 'ready'), join(folder.path, 'asked')]
  const script = `#!/bin/sh\ntrap ': > "${asked}"' TERM\n: > "${ready}"\nwhile :; do sleep 600; done\n`
  await writeFile(join(folder.path, 'bin/docker'), script, { mode: 0o755 })
  const env = new Map([
    ['PATH', `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`],
    ['SF_TEST_FOLDER', folder.path],
  ])
  const connections = connectionsTo({ builder: null, env }, join(folder.path, 'sockets'), new AbortController().signal)
  expect(await connections.to(platform)).not.toBeNull()
  while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 20))
  await connections.close()
  expect([await processesLeft('SF_TEST_FOLDER', folder.path), existsSync(asked)]).toEqual([[], false])
})

test('finds no blob if nothing answers, and leaves nothing running', async () => {
  await using folder = await folderWith({ x: '' })
  const env = new Map([['DOCKER_HOST', 'unix:///nowhere.sock']])
  const connections = connectionsTo({ builder: null, env }, folder.path, new AbortController().signal)
  const session = await connections.to(platform)
  expect(session && (await contentStoreOf(session).sizeOf(missing))).toBeNull()
  await connections.close()
  expect((await run('pgrep', ['-f', 'nowhere.sock'])).stdout).toBe('')
})
