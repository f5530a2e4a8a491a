/** The example as its user sees it: built, weighed and run, with every number compared with independent tools. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Image, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { example, footprint, requireEngine, succeed } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'

const tag = `stage-footprint-example-test:${process.pid}`
const roles = [
  ['fat', 'builder'],
  [null, 'final'],
] as const
type Role = (typeof roles)[number][1]
const pushed = (role: Role): string => `${rig.registry}/example-test-${process.pid}/${role}`
let folder = ''
let image: Image
let terminal = ''

beforeAll(async () => {
  requireEngine()
  folder = await mkdtemp(join(tmpdir(), 'sf-example-'))
  const record = join(folder, 'record.json')
  const { status, stdout, stderr } = await footprint(['build', '-t', tag, '--json', record, example])
  if (status !== 0) throw new Error(stderr)
  terminal = stdout
  const [only] = parseRecord(await readFile(record, 'utf8'), 'record').images
  if (!only) throw new Error('the record has no image')
  image = only
  await plainBuilds()
})

afterAll(async () => {
  await succeed('docker', ['image', 'rm', '-f', tag])
  await rm(folder, { recursive: true, force: true })
})

test('serves a page that says that the build succeeded', async () => {
  const container = (await succeed('docker', ['run', '-d', '--rm', '-p', '127.0.0.1:0:80', tag])).trim()
  try {
    const address = (await succeed('docker', ['port', container, '80'])).split('\n')[0] ?? ''
    const page = await succeed('curl', [
      '-sf',
      '--retry',
      '60',
      '--retry-all-errors',
      '--retry-delay',
      '1',
      `http://${address}/`,
    ])
    expect(page).toContain('If you are seeing this, the multi-stage build succeeded')
  } finally {
    await succeed('docker', ['rm', '-f', container])
  }
})

/** Builds both stages with plain builds, as layouts, and pushes them if there is a registry. */
async function plainBuilds(): Promise<void> {
  const dockerfile = await readFile(join(example, 'Dockerfile'), 'utf8')
  // The fat stage has no name, so this copy adds one on the same line.
  const named = dockerfile.replace(/^FROM python:3\.13$/m, 'FROM python:3.13 AS fat')
  expect(named).not.toBe(dockerfile)
  const build = (target: string | null, output: string): Promise<string> =>
    succeed(
      'docker',
      [
        'buildx',
        'build',
        '--provenance=false',
        '-f',
        '-',
        ...(target === null ? [] : ['--target', target]),
        '-o',
        output,
        example,
      ],
      { stdin: named },
    )
  for (const [target, role] of roles) {
    await build(target, `type=oci,tar=false,dest=${join(folder, role)}`)
    if (rig.registry !== '') await build(target, `type=image,name=${pushed(role)},push=true`)
  }
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly size: number }[]
}
interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

/** Returns the stage with this role, whose layers are those of a manifest and a config. */
function stageAs(role: Role, manifest: string, config: string): Stage {
  const { layers } = JSON.parse(manifest) as Manifest
  const { rootfs } = JSON.parse(config) as Config
  const stage = image.stages.find((found) => found.role === role)
  if (!stage) throw new Error(`no ${role} stage`)
  expect(stage.layers.map(({ digest, compressedSize, diffId }) => [digest, compressedSize, diffId])).toEqual(
    layers.map(({ digest, size }, position) => [digest, size, rootfs.diff_ids[position]]),
  )
  expect(stage.totals).toMatchObject({
    layers: layers.length,
    compressedSize: layers.reduce((sum, { size }) => sum + size, 0),
  })
  return stage
}

test.each(roles)(
  'has in the %s stage (%s) the numbers of skopeo, gunzip, tar and wc',
  async (_, role) => {
    const layout = join(folder, role)
    const stage = stageAs(
      role,
      await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`]),
      await succeed('skopeo', ['inspect', '--config', `oci:${layout}`]),
    )
    for (const layer of stage.layers) {
      const blob = join(layout, 'blobs/sha256', layer.digest?.slice(7) ?? '')
      const counts = await succeed('sh', [
        '-c',
        `gunzip -c < "$1" > "$2"; wc -c < "$1"; wc -c < "$2"; tar -t < "$2" | wc -l; tar -tv < "$2" | awk '/^-/ { sum += $3 } END { printf "%d\\n", sum }'; rm "$2"`,
        'sh',
        blob,
        join(folder, `${role}.tar`),
      ])
      expect([layer.compressedSize, layer.uncompressedSize, layer.entries, layer.fileBytes]).toEqual(
        counts.trim().split('\n').map(Number),
      )
    }
    for (const key of ['uncompressedSize', 'fileBytes', 'entries'] as const)
      expect(stage.totals[key]).toBe(stage.layers.reduce((sum, layer) => sum + layer[key]!, 0))
  },
  300_000,
)

testWith('crane', 'registry').each(roles)(
  'has in the %s stage (%s), once pushed, the digests and sizes of crane',
  async (_, role) => {
    const crane = (...args: readonly string[]): Promise<string> => succeed(rig.crane, args)
    const stage = stageAs(role, await crane('manifest', pushed(role)), await crane('config', pushed(role)))
    const own = stage.layers.filter((layer) => layer.origin === 'own')
    expect(own.length).toBeGreaterThan(0)
    for (const { digest, compressedSize, uncompressedSize } of own) {
      const counts = await succeed('sh', [
        '-c',
        '"$1" blob "$2" | wc -c; "$1" blob "$2" | gunzip -c | wc -c',
        'sh',
        rig.crane,
        `${pushed(role)}@${digest ?? ''}`,
      ])
      expect(counts.trim().split('\n').map(Number)).toEqual([compressedSize, uncompressedSize])
    }
  },
)

test('shows how much smaller the slim stage is, and the one layer and one step above its base image', async () => {
  const [fat, slim] = image.stages
  expect(slim?.base).toMatchObject({ reference: 'python:3.13-slim', digest: expect.stringMatching(/^sha256:/) })
  const base = JSON.parse(
    await succeed('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', tag]),
  ) as string[]
  expect(slim?.totals).toMatchObject({
    layers: base.length,
    baseLayers: base.length - 1,
    ownLayers: 1,
    metadataOnlySteps: 1,
  })
  const share = Math.round(100 * (1 - (slim?.totals.uncompressedSize ?? NaN) / (fat?.totals.uncompressedSize ?? NaN)))
  expect(share).toBeGreaterThan(50)
  expect(terminal).toContain(`${share} % smaller than stage 0, unpacked`)
  expect(terminal).toMatch(
    /Added to python:3\.13-slim: 1 layer \([\d.]+ MB to pull, [\d.]+ MB unpacked\) and 1 metadata-only step\./,
  )
  expect(slim?.uses).toEqual([{ stage: '0', via: 'copy', carriedBytes: slim?.layers.at(-1)?.fileBytes }])
  expect(slim?.layers.at(-1)?.instruction?.text).toBe('COPY --from=0 /mnt/src/twist.pex /root')
  expect(fat?.layers.filter((layer) => layer.origin === 'own' && layer.instruction === null)).toEqual([])
  expect(image.matchesShipped).toBe(true)
})
