import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BuildOutputs } from '../../src/docker/metadata.ts'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { renderRecord } from '../../src/report/record.ts'
import type { RunReport } from '../../src/run/run-request.ts'
import { bakeIn, exportedTarget, imageOf, weighedOf } from '../support/bake.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'
import { busybox, onceOnly, outline } from '../support/weigh.ts'
import { noPackages } from '../support/no-packages.ts'

const definition = await readFile(new URL('docker-bake.hcl', import.meta.url))

const appDockerfile = `FROM scratch AS tools
COPY busybox /busybox
ARG WHO
${onceOnly}

FROM tools
RUN --mount=type=secret,id=token ["/busybox", "cp", "/run/secrets/token", "/copied"]
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/big", "bs=1000", "count=300"]

FROM scratch
COPY --from=1 /big /id /
COPY --from=lib hello /
`

let state: string
let project: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  state = await mkdtemp(join(tmpdir(), 'sf-bake-'))
  project = await folderWith({
    'deploy/docker-bake.hcl': definition,
    'deploy/token.txt': 'a token',
    // It is not in the same folder as the other one, because bake would read both.
    'compose/compose.yaml':
      'services:\n  web:\n    image: example.org/bake-test/web:1\n    build:\n      context: ../app\n      args: { WHO: "x$$y" }\n',
    'app/app.Dockerfile': appDockerfile,
    'app/Dockerfile': 'FROM scratch\nCOPY busybox /\n',
    'app/busybox': busybox,
    'lib/hello': 'hello\n',
  })
})
afterAll(async () => {
  await rm(state, { recursive: true, force: true })
  await project[Symbol.asyncDispose]()
})

interface Baked {
  readonly report: RunReport
  readonly outputs: BuildOutputs | null
}

async function bake(inputs: Readonly<Record<string, string>>): Promise<Baked> {
  let outputs: BuildOutputs | null = null
  const report = await bakeIn({ folder: project.path, state, onBuilt: (built) => (outputs = built) }, inputs)
  return { report, outputs }
}

const footprintOf = ({ report }: Baked): Footprint => weighedOf(report).footprint

const finalOf = (stages: readonly Stage[]): Stage | undefined => stages.find(({ role }) => role === 'final')

/** Returns the numbers of a target's own export, read by skopeo and the usual tools. */
async function asToolsSay(target: string, attributes: string, decompressor: string): Promise<unknown> {
  const { layout, layers } = await exportedTarget({ folder: project.path, state }, target, attributes)
  const sizeOf = (digest: string): Promise<string> => {
    const blob = join(layout, 'blobs/sha256', digest.slice('sha256:'.length))
    return succeed('bash', ['-c', '"$1" -dc <"$2" | wc -c', '-', decompressor, blob])
  }
  return Promise.all(layers.map(async (one) => ({ ...one, uncompressedSize: Number(await sizeOf(one.digest)) })))
}

const told = (stage: Stage | undefined): unknown =>
  stage?.layers.map(({ digest, diffId, compressedSize, uncompressedSize }) => ({
    digest,
    diffId,
    compressedSize,
    uncompressedSize,
  }))

describe('a definition with a group, a matrix and inherited values', () => {
  let baked: Baked
  let footprint: Footprint
  beforeAll(async () => {
    baked = await bake({ files: 'docker-bake.hcl' })
    footprint = footprintOf(baked)
  })

  test('weighs each target that makes an image, under its name and as it was shipped', () => {
    expect(footprint.images.map(({ name, matchesShipped }) => [name, matchesShipped])).toEqual([
      ['app', true],
      ['tool-a', true],
      ['tool-b', true],
    ])
    expect(footprint.notes).toEqual([])
  })

  test('has the numbers of skopeo, wc and the decompressors', async () => {
    expect(told(finalOf(imageOf(footprint, 'app').stages))).toEqual(
      await asToolsSay('app', ',compression=zstd,force-compression=true', 'zstd'),
    )
    expect(told(finalOf(imageOf(footprint, 'tool-a').stages))).toEqual(await asToolsSay('tool-a', '', 'gzip'))
    expect(told(finalOf(imageOf(footprint, 'tool-b').stages))).toEqual(await asToolsSay('tool-b', '', 'gzip'))
  })

  test('has the lines and stages of a Dockerfile beside its context and of an inline one', () => {
    expect(outline(imageOf(footprint, 'app').stages)).toEqual({
      '0 tools': ['2: COPY busybox /busybox', `4: ${onceOnly}`],
      '1 1': [
        '2: COPY busybox /busybox',
        `4: ${onceOnly}`,
        '7: RUN --mount=type=secret,id=token ["/busybox", "cp", "/run/secrets/token", "/copied"]',
        '8: RUN ["/busybox", "dd", "if=/dev/urandom", "of=/big", "bs=1000", "count=300"]',
      ],
      '2 2': ['11: COPY --from=1 /big /id /', '12: COPY --from=lib hello /'],
    })
    expect(outline(imageOf(footprint, 'tool-b').stages)).toMatchObject({ '1 run': ['7: COPY --from=0 /note /id /b/'] })
    expect(imageOf(footprint, 'tool-b').stagesNotBuilt).toEqual([{ name: 'unused', index: 2, line: 8 }])
  })

  test('outputs the metadata of each target, without values of build arguments', () => {
    const metadata = JSON.parse(baked.outputs?.metadata ?? '') as Record<string, unknown>
    expect(Object.keys(metadata).toSorted()).toEqual(['app', 'check', 'tool-a', 'tool-b'])
    expect(JSON.stringify(metadata)).toContain('"build-arg:WHO":"***"')
    expect([baked.outputs?.imageId, baked.outputs?.digest]).toEqual(['', ''])
  })
})

test('bakes one target of several with overrides, and has the outputs of a build', async () => {
  const { report, outputs } = await bake({ targets: 'tool-b', set: '*.labels.more=yes\ntool-b.target=' })
  const footprint = footprintOf({ report, outputs })
  expect(footprint.images.map(({ name, finalStage, matchesShipped }) => [name, finalStage, matchesShipped])).toEqual([
    ['tool-b', 'unused', true],
  ])
  expect(outputs?.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
})

test('writes no value of a build argument to the record or the metadata', async () => {
  const baked = await bake({ targets: 'secret', set: 'secret.args.PASSWORD=hunter2$${x}' })
  const text = renderRecord(footprintOf(baked)) + (baked.outputs?.metadata ?? '')
  expect(text).toContain('/length')
  expect(text).not.toContain('hunter2')
})

test('shows the layers of the other target as base image if a target adds nothing to it', async () => {
  const footprint = footprintOf(await bake({ targets: 'linked,base' }))
  expect(footprint.images.map(({ name, matchesShipped, stages }) => [name, matchesShipped, stages[0]?.base])).toEqual([
    ['base', true, { reference: 'scratch', digest: null, layers: 0, line: expect.any(Number), packages: noPackages }],
    [
      'linked',
      true,
      { reference: 'target:base', digest: null, layers: 1, line: expect.any(Number), packages: noPackages },
    ],
  ])
})

test('reports a failed bake in its own words', async () => {
  await expect(bake({ targets: 'broken,app' })).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: expect.stringContaining('"/nothing": not found'),
  })
  await expect(bake({ targets: 'nowhere' })).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message: 'the build failed: failed to find target nowhere',
  })
  await expect(bake({ targets: 'app', source: join(project.path, 'nowhere') })).rejects.toMatchObject({ code: 'USAGE' })
})

test('builds nothing if every target of the definition has a call, or if the input call is set', async () => {
  expect((await bake({ targets: 'check' })).report).toMatchObject({ nothingBuilt: true })
  expect((await bake({ targets: 'app', call: 'check' })).report).toMatchObject({ nothingBuilt: true })
})

test('bakes a Compose file', async () => {
  const footprint = footprintOf(await bake({ source: join(project.path, 'compose'), files: 'compose.yaml' }))
  expect(footprint.images.map(({ name, matchesShipped }) => [name, matchesShipped])).toEqual([['web', true]])
  expect(await readFile(join(project.path, 'compose/compose.yaml'), 'utf8')).toContain('x$$y')
})

testWith('registry')(
  'weighs each platform of a pushed target under its name, with or without annotations of the index',
  async () => {
    const footprint = footprintOf(
      await bake({ targets: 'many', set: `many.tags=${rig.registry}/bake-test-${process.pid}/many:1`, push: 'true' }),
    )
    expect(
      footprint.images.map(({ name, platform, matchesShipped }) => [name, platform.architecture, matchesShipped]),
    ).toEqual([
      ['many', 'amd64', true],
      ['many', 'arm64', true],
    ])
  },
)

test('weighs a definition that changes on every read as it was built, and does not build it again', async () => {
  const { images } = footprintOf(await bake({ targets: 'moment' }))
  expect(images.map(({ name, matchesShipped }) => [name, matchesShipped])).toEqual([['moment', true]])
  // In this case the builder has no blobs, and would have to run the step to make them.
  const baked = await bake({ targets: 'moment', set: 'moment.output=type=cacheonly' })
  expect(() => footprintOf(baked)).toThrow(
    /target moment: the final stage cannot be exported without running its steps again/,
  )
})
