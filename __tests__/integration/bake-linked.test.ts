/** Bake targets that build on other targets, compared with other tools and with the lines of their own Dockerfiles. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Footprint, Image, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { renderRecord } from '../../src/report/record.ts'
import { bakeIn, exportedTarget, imageOf, weighedOf } from '../support/bake.ts'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { describeWith, rig, testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox, onceOnly, outline } from '../support/weigh.ts'
import { noPackages } from '../support/no-packages.ts'

const definition = `
group "default" { targets = ["app", "base"] }
target "base" {
  context = "../base"
  args = { PASSWORD = "hunter2$\${x}" }
  labels = { "org.example.base" = "b$\${y}" }
}
target "app" {
  context = "../app"
  dockerfile = "app.Dockerfile"
  contexts = { base = "target:base", lib = "../lib" }
  args = { WHO = "me %%{z}" }
  labels = { "org.example.note" = "x" }
  annotations = ["manifest:org.example.a=b"]
  secret = ["id=token,src=token.txt"]
  tags = ["example.org/bake-linked/app:1"]
}
target "copies" {
  context = "../app"
  contexts = { other = "target:app" }
  dockerfile-inline = <<EOT
FROM scratch
COPY --from=other /id /own /
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "echo $\${HOME} > /home"]
EOT
}
target "tip" {
  context = "../app"
  contexts = { app = "target:app" }
  dockerfile-inline = "FROM app\\nLABEL a=b"
}
target "one" {
  context = "../base"
  dockerfile = "../shared.Dockerfile"
  target = "one"
}
target "two" {
  context = "../base"
  dockerfile = "../shared.Dockerfile"
  target = "two"
  contexts = { given = "target:one" }
}
target "unshipped-base" {
  context = "../base"
  args = { AT = "" }
  dockerfile-inline = <<EOT
FROM scratch
COPY busybox /busybox
ARG AT
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/one", "bs=1000000", "count=30"]
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/two", "bs=1000000", "count=30"]
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/three", "bs=1000000", "count=30"]
EOT
}
target "unshipped" {
  context = "../base"
  contexts = { base = "target:unshipped-base" }
  dockerfile-inline = <<EOT
FROM base AS a
COPY busybox /a
FROM base AS b
COPY busybox /b
FROM base AS c
COPY busybox /c
FROM scratch
COPY --from=a /a /
COPY --from=b /b /
COPY --from=c /c /
EOT
}
target "many-base" {
  context = "../base"
  dockerfile-inline = "FROM scratch\\nCOPY busybox /b"
  platforms = ["linux/amd64", "linux/arm64"]
}
target "many" {
  context = "../base"
  dockerfile-inline = "FROM base\\nCOPY busybox /c"
  contexts = { base = "target:many-base" }
  platforms = ["linux/amd64", "linux/arm64"]
  annotations = ["index,manifest:org.example.note=x"]
}
`

// Each of these lines is also a line of app.Dockerfile.
const baseDockerfile = `FROM scratch AS below
COPY busybox /busybox
ARG PASSWORD
RUN ["/busybox", "sh", "-c", "echo $PASSWORD > /length"]
${onceOnly}
FROM below
COPY busybox /again
ENV A=1
RUN ["/busybox", "sh", "-c", "echo at the end > /end"]
LABEL c=d
`

const appDockerfile = `FROM base
COPY busybox /another
ARG WHO
RUN --mount=type=secret,id=token ["/busybox", "sh", "-c", "cat /run/secrets/token > /own; echo $WHO >> /own"]
${onceOnly}

FROM base AS last
ENV B=2
COPY --from=lib hello /lib/
COPY --from=base /end /twice
COPY --from=0 /own /id /
`

const shared = `FROM scratch AS one
COPY busybox /busybox
${onceOnly}
FROM given AS two
COPY busybox /busybox2
${onceOnly}
`

let state: string
let project: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  state = await mkdtemp(join(tmpdir(), 'sf-bake-linked-'))
  project = await folderWith({
    'deploy/docker-bake.hcl': definition,
    'deploy/token.txt': 'a token',
    'base/Dockerfile': baseDockerfile,
    'base/busybox': busybox,
    'app/app.Dockerfile': appDockerfile,
    'app/busybox': busybox,
    'lib/hello': 'hello\n',
    'shared.Dockerfile': shared,
  })
})
afterAll(async () => {
  await rm(state, { recursive: true, force: true })
  await project[Symbol.asyncDispose]()
})

async function bake(
  inputs: Readonly<Record<string, string>>,
): Promise<{ readonly footprint: Footprint; readonly metadata: string }> {
  const { footprint, outputs } = weighedOf(
    await bakeIn({ folder: project.path, state }, { files: 'docker-bake.hcl', ...inputs }),
  )
  return { footprint, metadata: outputs.metadata }
}

const finalOf = ({ stages }: Image): Stage => {
  const found = stages.find(({ role }) => role === 'final')
  if (!found) throw new Error('no final stage')
  return found
}
const origins = ({ layers }: Stage): string => layers.map(({ origin }) => origin[0]).join('')

/** Returns the layers of a target's own export, read by skopeo. */
async function asSkopeoSays(target: string, attributes = ''): Promise<unknown> {
  return (await exportedTarget({ folder: project.path, state }, target, attributes)).layers
}
const told = ({ layers }: Stage): unknown =>
  layers.map(({ digest, compressedSize, diffId }) => ({ digest, compressedSize, diffId }))

const baseLayers = ['?', '?', '?', '?', '?']
const lastLines = ['9: COPY --from=lib hello /lib/', '10: COPY --from=base /end /twice', '11: COPY --from=0 /own /id /']

describe('a target that is FROM another target and copies from it', () => {
  let baked: Awaited<ReturnType<typeof bake>>
  beforeAll(async () => {
    baked = await bake({})
  })

  test('is weighed as it was shipped, with the numbers of skopeo', async () => {
    const { footprint } = baked
    expect(footprint.notes).toEqual(['Target base: The build gave 1 warning: SecretsUsedInArgOrEnv (line 3).'])
    expect(footprint.images.map(({ name, matchesShipped }) => [name, matchesShipped])).toEqual([
      ['app', true],
      ['base', true],
    ])
    for (const name of ['app', 'base'])
      expect(told(finalOf(imageOf(footprint, name)))).toEqual(await asSkopeoSays(name))
  })

  test('has the layers of the other target as base image, and its own lines from its own Dockerfile', () => {
    const { stages } = imageOf(baked.footprint, 'app')
    const lower = finalOf(imageOf(baked.footprint, 'base')).layers.map(({ diffId }) => diffId)
    expect(lower).toHaveLength(5)
    for (const stage of stages) {
      expect(stage.base).toEqual({
        reference: 'target:base',
        digest: null,
        layers: 5,
        line: expect.any(Number),
        ...(stage.role === 'final' ? { packages: noPackages } : {}),
      })
      expect(stage.layers.filter(({ origin }) => origin === 'base').map(({ diffId }) => diffId)).toEqual(lower)
    }
    expect(outline(stages)).toEqual({
      '0 0': [
        ...baseLayers,
        '2: COPY busybox /another',
        '4: RUN --mount=type=secret,id=token ["/busybox", "sh", "-c", "cat /run/secrets/token > /own; echo $WHO >> /own"]',
        `5: ${onceOnly}`,
      ],
      '1 last': [...baseLayers, ...lastLines],
    })
    expect(stages.map(origins)).toEqual(['bbbbbooo', 'bbbbbooo'])
    expect(stages.map(({ totals }) => totals.metadataOnlySteps)).toEqual([1, 1])
  })

  test('shows no argument value in the record or the metadata', () => {
    const text = renderRecord(baked.footprint) + baked.metadata
    expect(text).not.toContain('hunter2')
    // The provenance contains the config of the target below, in base64.
    const encoded = [...text.matchAll(/[A-Za-z0-9+/]{40,}={0,2}/g)].map(([word]) =>
      Buffer.from(word, 'base64').toString('latin1'),
    )
    expect(encoded.filter((word) => word.includes('hunter2'))).toEqual([])
    expect(text).not.toContain('input-metadata')
  })
})

test('weighs chains of targets, with an inline Dockerfile and with a target that adds nothing', async () => {
  const { footprint } = await bake({ targets: 'copies,tip' })
  expect(footprint.notes).toEqual(['The build gave 1 warning: SecretsUsedInArgOrEnv (line 3).'])
  expect(footprint.images.map(({ name, matchesShipped }) => [name, matchesShipped])).toEqual([
    ['copies', true],
    ['tip', true],
  ])
  const [copies, tip] = footprint.images.map(finalOf) as [Stage, Stage]
  expect(outline([copies])).toEqual({
    '0 0': [
      '2: COPY --from=other /id /own /',
      '3: COPY busybox /busybox',
      '4: RUN ["/busybox", "sh", "-c", "echo ${HOME} > /home"]',
    ],
  })
  expect([copies.base?.reference, copies.uses]).toEqual([
    'scratch',
    [expect.objectContaining({ stage: 'other', via: 'copy' })],
  ])
  expect([tip.base, origins(tip), tip.totals.metadataOnlySteps]).toEqual([
    { reference: 'target:app', digest: null, layers: 8, line: expect.any(Number), packages: noPackages },
    'bbbbbbbb',
    1,
  ])
  expect(told(tip)).toEqual(await asSkopeoSays('tip'))
})

test('weighs a target that builds on another stage of the same Dockerfile', async () => {
  const { footprint } = await bake({ targets: 'two' })
  const [image] = footprint.images
  expect(image?.matchesShipped).toBe(true)
  expect(outline(image?.stages ?? [])).toEqual({ '1 two': ['?', '?', '5: COPY busybox /busybox2', `6: ${onceOnly}`] })
  expect(image?.stagesNotBuilt).toEqual([{ name: 'one', index: 0, line: 1 }])
})

test('weighs layers with another compression, forced on all of them', async () => {
  const { footprint } = await bake({
    targets: 'app',
    set: 'app.output=type=image,compression=zstd,force-compression=true',
  })
  const final = finalOf(imageOf(footprint, 'app'))
  expect([imageOf(footprint, 'app').matchesShipped, final.base?.layers]).toEqual([true, 5])
  expect(told(final)).toEqual(await asSkopeoSays('app', ',compression=zstd,force-compression=true'))
})

testWith('registry')('weighs each platform', async () => {
  const { footprint } = await bake({
    targets: 'many',
    set: `many.tags=${rig.registry}/bake-linked/many:1`,
    push: 'true',
  })
  expect(footprint.images.map(({ platform, matchesShipped }) => [platform.architecture, matchesShipped])).toEqual([
    ['amd64', true],
    ['arm64', true],
  ])
  for (const image of footprint.images) {
    expect(outline(image.stages)).toEqual({ '0 0': ['?', '2: COPY busybox /c'] })
    expect(finalOf(image).base).toEqual({
      reference: 'target:many-base',
      digest: null,
      layers: 1,
      line: expect.any(Number),
      packages: noPackages,
    })
  }
})

testWith('overlay2')('weighs through the image store of an engine that exports no layouts', async () => {
  const env = { DOCKER_HOST: rig.overlay2, XDG_CACHE_HOME: join(state, 'cache') }
  const record = await new Promise<string>((resolve, reject) => {
    const inputs = { source: 'deploy', files: 'docker-bake.hcl', targets: 'app', allow: 'fs=*', baseline: 'none' }
    runAction(project.path, inputs, { env }, async ({ outputs, read }) => resolve(await read(outputs['record']))).catch(
      reject,
    )
  })
  const image = imageOf(parseRecord(record, 'the record'), 'app')
  expect(image.matchesShipped).toBe(true)
  expect(image.stages.map(origins)).toEqual(['bbbbbooo', 'bbbbbooo'])
  expect(outline(image.stages)['1 last']).toEqual([...baseLayers, ...lastLines])
  const listed = async (): Promise<readonly string[]> =>
    (
      await succeed('docker', ['image', 'ls', '--all', '--quiet', '--filter', 'label=stage-footprint.weighing'], {
        env,
      })
    ).split('\n')
  // Other tests weigh in this engine at the same time, but their images do not stay.
  let left = (await listed()).filter((id) => id !== '')
  for (let tries = 120; left.length > 0 && tries > 0; tries -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = new Set(await listed())
    left = left.filter((id) => now.has(id))
  }
  expect(left).toEqual([])
})

test('attributes no lines to an existing image with full provenance, since it has two Dockerfiles', async () => {
  const archive = join(state, 'app.tar')
  await succeed(
    'docker',
    [
      'buildx',
      'bake',
      'app',
      '--allow',
      `fs.read=${project.path}`,
      '--allow',
      `fs.write=${state}`,
      '--set',
      `app.output=type=oci,dest=${archive}`,
      '--set',
      'app.attest=type=provenance,mode=max',
    ],
    { cwd: join(project.path, 'deploy') },
  )
  const { stdout, stderr, status } = await footprint([
    'inspect',
    '--quiet',
    '--format',
    'json',
    `oci-archive:${archive}`,
  ])
  expect([status, stderr]).toEqual([0, ''])
  const [image] = parseRecord(stdout, 'standard output').images
  expect(image?.stages).toHaveLength(1)
  expect(image?.stages[0]?.layers.map(({ instruction }) => instruction?.line ?? null)).toEqual(Array(8).fill(null))
})

describeWith('buildKit')('on a remote builder', () => {
  const before = { ...process.env }
  let builder: RemoteBuilder
  beforeAll(async () => {
    builder = await remoteBuilder()
    Object.assign(process.env, builder.env)
  })
  afterAll(async () => {
    for (const name of Object.keys(builder.env)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = before[name]
    }
    await builder[Symbol.asyncDispose]()
  })

  test('weighs the same, also if no layer of the other target was exported before', async () => {
    const { footprint } = await bake({
      targets: 'app,unshipped',
      set: `unshipped.args.AT=${Date.now()}\nunshipped-base.args.AT=${Date.now()}`,
    })
    expect(imageOf(footprint, 'app').stages.map(origins)).toEqual(['bbbbbooo', 'bbbbbooo'])
    const { stages } = imageOf(footprint, 'unshipped')
    expect(stages.map(({ base }) => base?.layers)).toEqual([4, 4, 4, 0])
    expect(outline(stages)).toEqual({
      '0 a': ['?', '?', '?', '?', '2: COPY busybox /a'],
      '1 b': ['?', '?', '?', '?', '4: COPY busybox /b'],
      '2 c': ['?', '?', '?', '?', '6: COPY busybox /c'],
      '3 3': ['8: COPY --from=a /a /', '9: COPY --from=b /b /', '10: COPY --from=c /c /'],
    })
  })
})
