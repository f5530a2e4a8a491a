/** A bake of a pull request, with linked targets and a registry cache, on a builder that was created for the job. */
import { expect, test } from '@jest/globals'
import { join } from 'node:path'
import { containerBuilder, pushBuild } from '../support/container-builder.ts'
import { folderWith, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox } from '../support/weigh.ts'

const at = `${rig.registry}/linked-cache-${process.pid}`

const cached = (name: string, ...names: readonly string[]): string => `
  cache-to = ["type=registry,ref=${at}/cache:${name},mode=max"]
  cache-from = [${[name, ...names].map((one) => `"type=registry,ref=${at}/cache:${one}"`).join(', ')}]`

const definition = `
target "common" {
  context = "common"${cached('common')}
}
target "app" {
  context = "app"
  contexts = { other = "target:common" }
  tags = ["${at}/app"]${cached('app', 'common')}
}
`

const run = (command: string): string => `RUN ["/busybox", "sh", "-c", "/busybox ${command}"]`
const files = {
  'docker-bake.hcl': definition,
  'base/Dockerfile': 'FROM scratch\nCOPY busybox /busybox\n',
  'base/busybox': busybox,
  'common/Dockerfile': `FROM ${at}/base AS prep
${run('head -c 1000 /dev/urandom > /prep')}
FROM ${at}/base
COPY --from=prep /prep /prep
${run('date > /common')}
`,
  'app/Dockerfile': `FROM ${at}/base AS build
${run('head -c 1000 /dev/urandom > /app')}
FROM ${at}/base
COPY --from=build /app /app
COPY --from=other /prep /prep
${run('date > /date')}
`,
}

describeWith('buildx', 'registry')('a target that copies from a linked one, without output', () => {
  test('is weighed from the cache', async () => {
    await using folder = await folderWith(files)
    await using first = await containerBuilder()
    await pushBuild(first, join(folder.path, 'base'), 'Dockerfile', `${at}/base`)
    const bake = ['buildx', 'bake', '--progress=quiet', '--provenance=false', '--push', 'app']
    await succeed('docker', bake, { cwd: folder.path, env: first.env })
    const shipped = JSON.parse(
      await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${at}/app`]),
    ) as { layers: { digest: string }[] }

    await using builder = await containerBuilder()
    await using home = await folderWith({})
    let record = ''
    const inputs = { mode: 'bake', source: '.', targets: 'app', set: 'app.cache-to=\ncommon.cache-to=' }
    const step = await runAction(
      folder.path,
      inputs,
      { env: { ...builder.env, XDG_CACHE_HOME: home.path } },
      async (ended) => void (record = await ended.read(ended.outputs['record'])),
    )
    expect([step.status, step.stdout]).toEqual([0, expect.not.stringContaining('::warning')])
    const { images } = JSON.parse(record) as { images: { stages: { layers: { digest: string }[] }[] }[] }
    const stages = images[0]!.stages.map(({ layers }) => layers.map(({ digest }) => digest))
    expect(stages.at(-1)).toEqual(shipped.layers.map(({ digest }) => digest))
    expect(stages.map(({ length }) => length)).toEqual([2, 4])
  })
})
