/** A registry cache that has lost a layer of a builder stage, as the rules of a registry for old layers may cause. */
import { expect, test } from '@jest/globals'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { containerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { exportedLayers } from '../support/stage-truth.ts'
import { busybox } from '../support/weigh.ts'

const at = `${rig.registry}/refusing-test-${process.pid}`

const dockerfile = `FROM scratch AS tools
COPY busybox /busybox
FROM tools AS lost
RUN ["/busybox", "sh", "-c", "echo a > /a; /busybox head -c 1000 /dev/urandom > /b"]
FROM tools AS kept
RUN ["/busybox", "sh", "-c", "echo c > /c; /busybox head -c 1000 /dev/urandom > /d"]
FROM scratch
COPY --from=lost /a /a
COPY --from=kept /c /c
`

interface Proxy extends AsyncDisposable {
  readonly address: string
}

/** A registry with everything that the rig's has, except for one blob. */
async function registryWithout(digest: string): Promise<Proxy> {
  const server = createServer((asked, answer) => {
    if (asked.method === 'GET' && asked.url?.includes(digest)) {
      answer.writeHead(404).end()
      return
    }
    const [hostname, port] = rig.registry.split(':')
    const headers = { ...asked.headers, host: rig.registry }
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 500, from.headers)
      from.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

describeWith('buildx', 'registry')('a registry cache without a layer of a builder stage', () => {
  test('costs the figures of this stage only', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    await using first = await containerBuilder()
    const cache = `type=registry,ref=${at}/cache`
    await succeed(
      'docker',
      [...['buildx', 'build', '--progress=quiet', '--cache-to', `${cache},mode=max`], folder.path],
      { env: first.env },
    )
    const lost = await exportedLayers('lost', [folder.path], { env: first.env })
    const kept = await exportedLayers('kept', [folder.path], { env: first.env })

    await using proxy = await registryWithout(lost.at(-1)!)
    await using home = await folderWith({})
    await using builder = await containerBuilder()
    const from = cache.replace(rig.registry, proxy.address)
    const weigh = (...flags: readonly string[]) =>
      footprint(['build', '--cache-from', from, '--budget', 'stage lost unpacked <= 1GB', ...flags, folder.path], {
        env: { ...builder.env, XDG_CACHE_HOME: home.path },
      })
    const told = await weigh('--format', 'json')
    expect([told.status, told.stderr]).toEqual([0, expect.stringContaining('Budget not judged: stage lost')])
    expect(JSON.parse(told.stdout)).toMatchObject({
      notes: [expect.stringMatching(/^Stage lost could not be weighed: .*not found\.$/)],
    })
    const { images } = JSON.parse(told.stdout) as { images: { stages: { layers: { digest: string }[] }[] }[] }
    const [, , stage] = images[0]!.stages
    expect(images[0]!.stages).toMatchObject([
      { name: 'tools' },
      { name: 'lost', built: false, unread: true },
      { name: 'kept' },
      { role: 'final' },
    ])
    expect(stage?.layers.map(({ digest }) => digest)).toEqual(kept)
    expect((await weigh()).stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Stage lost was not weighed, perhaps because the builder cannot read a cache or an image that holds it. Check the registry, and run this again.',
    )
  })

  test('of the final stage is named without a number, with what to do', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    await using first = await containerBuilder()
    const cache = `type=registry,ref=${at}/final`
    await succeed(
      'docker',
      [...['buildx', 'build', '--progress=quiet', '--cache-to', `${cache},mode=max`], folder.path],
      { env: first.env },
    )
    const final = await exportedLayers('', [folder.path], { env: first.env })
    await using proxy = await registryWithout(final.at(-1)!)
    await using home = await folderWith({})
    await using builder = await containerBuilder()
    const told = await footprint(
        ['build', '--cache-from', cache.replace(rig.registry, proxy.address), folder.path],
        { env: { ...builder.env, XDG_CACHE_HOME: home.path } },
      ) // prettier-ignore
    expect([told.status, told.stdout]).toEqual([5, ''])
    expect(told.stderr).toMatch(
      /could not be weighed: the final stage could not be weighed: .*not found.*; if a cache has lost a layer, build without that cache, or with --no-cache \[WEIGHING_FAILED\]$/m,
    )
  })
})
