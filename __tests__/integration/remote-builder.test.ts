/**
 * A builder of the remote driver, which stands for docker-container too: no image store, its own cache. All tests
 * that prune it stand in this file, since its tests run one after the other.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/inspect/record.ts'
import type { Stage } from '../../src/inspect/footprint.ts'
import { cacheExport, digestOf, remoteBuilder, required, type RemoteBuilder } from '../support/builder.ts'
import { commandLine, folderWith, footprint, requireEngine, succeed } from '../support/program.ts'

const busybox = await readFile('/bin/busybox')

/** The same bytes whenever it is built: files carry a time that does not depend on the build. */
const stages = `FROM scratch AS tools
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "/busybox mkdir /bin && /busybox --install /bin && /busybox touch -d @1000000000 /bin /bin/*"]
ENV A=1
FROM tools
RUN seq 1 50000 > /numbers && touch -d @1000000000 /numbers
`
const finals = {
  'a final stage of its own': `${stages}FROM scratch\nCOPY --from=1 /numbers /n\n`,
  'a final stage FROM a builder stage': `${stages.replace('FROM tools\n', 'FROM tools AS build\n')}FROM build\nCOPY --from=tools /busybox /b\n`,
}
const final = finals['a final stage FROM a builder stage']

let builder: RemoteBuilder
const registry = required('STAGE_FOOTPRINT_REGISTRY')
beforeAll(async () => {
  requireEngine()
  builder = await remoteBuilder()
})
afterAll(async () => {
  await builder[Symbol.asyncDispose]()
})

const epoch = { SOURCE_DATE_EPOCH: '1700000000' }

async function plain(args: readonly string[]): Promise<void> {
  await succeed('docker', ['buildx', 'build', '--provenance=false', ...args], { env: { ...builder.env, ...epoch } })
}

async function ours(args: readonly string[]): Promise<void> {
  await succeed(process.execPath, [commandLine, 'build', '--provenance=false', ...args], {
    env: { ...builder.env, ...epoch },
  })
}

async function weigh(folder: string, env: Readonly<Record<string, string>>): Promise<readonly Stage[]> {
  const { status, stdout, stderr } = await footprint(['build', '--format', 'json', folder], { env })
  if (status !== 0) throw new Error(stderr)
  return parseRecord(stdout, 'stdout').images[0]?.stages ?? []
}

test('it weighs the same as the containerd store, blobs of its own aside', async () => {
  await using folder = await folderWith({ Dockerfile: final, busybox })
  await builder.prune()
  // The engine's client configuration is in use already; the builder's is private.
  const [remote, store] = [await weigh(folder.path, builder.env), await weigh(folder.path, {})]
  const bytes = (all: readonly Stage[]): unknown =>
    all.map(({ totals, layers, ...stage }) => ({
      ...stage,
      totals: { ...totals, compressedSize: null },
      layers: layers.map((layer) => ({ ...layer, digest: null, compressedSize: null })),
    }))
  expect(bytes(remote)).toEqual(bytes(store))
  expect(remote.map(({ layers }) => layers.map(({ origin, instruction }) => [origin, instruction?.line]))).toEqual([
    [['own', 2], ['own', 3]],
    [['inherited', 2], ['inherited', 3], ['own', 6]],
    [['inherited', 2], ['inherited', 3], ['inherited', 6], ['own', 8]],
  ])
  for (const stage of remote)
    expect(stage.totals.compressedSize).toBe(stage.layers.reduce((sum, layer) => sum + (layer.compressedSize ?? NaN), 0))
})

describe.each(Object.entries(finals))('the user’s build is sacred: %s', (_, dockerfile) => {
  test.each([
    ['gzip', ''],
    ['zstd', ',compression=zstd,force-compression=true'],
  ])('%s: image and cache export are those of a plain build', async (_name, compression) => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const made = async (build: typeof plain, name: string): Promise<readonly [string, unknown]> => {
      await builder.prune()
      const image = join(folder.path, `${name}.tar`)
      const cache = join(folder.path, `${name}.cache`)
      const output = ['--output', `type=oci,dest=${image},rewrite-timestamp=true${compression}`]
      await build([...output, '--cache-to', `type=local,dest=${cache},mode=max`, join(folder.path, 'context')])
      return [await digestOf(image), await cacheExport(cache)]
    }
    expect(await made(ours, 'ours')).toEqual(await made(plain, 'plain'))
  })

  test('a plain push after a weighing ships what it ships without', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const context = join(folder.path, 'context')
    const pushed = async (name: string): Promise<unknown> => {
      const reference = `${registry}/stage-footprint-test/${name}`
      await plain(['--output', `type=image,name=${reference},push=true,rewrite-timestamp=true`, context])
      return JSON.parse(await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]))
    }
    await builder.prune()
    const without = await pushed('without')
    await builder.prune()
    // Nothing but weighing makes blobs here, so that it alone could decide on them.
    await ours(['--output', `type=local,dest=${join(folder.path, 'files')}`, context])
    expect(await pushed('after')).toEqual(without)
  })
})
