/** The example as its user sees it: built, weighed, run, and every number against tools that are not ours. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/inspect/record.ts'
import type { Image } from '../../src/inspect/footprint.ts'
import { example, footprint, requireEngine, succeed } from '../support/program.ts'

const tag = `stage-footprint-example-test:${process.pid}`
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
}, 300_000)

afterAll(async () => {
  await succeed('docker', ['image', 'rm', '-f', tag])
  await rm(folder, { recursive: true, force: true })
})

test('its page says that the build succeeded', async () => {
  const container = (await succeed('docker', ['run', '-d', '--rm', '-p', '127.0.0.1:0:80', tag])).trim()
  try {
    const address = (await succeed('docker', ['port', container, '80'])).split('\n')[0] ?? ''
    const page = await succeed('curl', ['-sf', '--retry', '60', '--retry-all-errors', '--retry-delay', '1', `http://${address}/`])
    expect(page).toContain('If you are seeing this, the multi-stage build succeeded')
  } finally {
    await succeed('docker', ['rm', '-f', container])
  }
}, 120_000)

test('every number of both stages is what skopeo, gunzip, tar and wc say', async () => {
  const dockerfile = await readFile(join(example, 'Dockerfile'), 'utf8')
  // The fat stage has no name, so this copy gives it one on the same line.
  const named = dockerfile.replace(/^FROM python:3\.13$/m, 'FROM python:3.13 AS fat')
  expect(named).not.toBe(dockerfile)
  for (const [target, role] of [['fat', 'builder'], [null, 'final']] as const) {
    const layout = join(folder, role)
    await succeed(
      'docker',
      ['buildx', 'build', '--provenance=false', '-f', '-', ...(target === null ? [] : ['--target', target]), '-o', `type=oci,tar=false,dest=${layout}`, example],
      { stdin: named },
    )
    const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`])) as { layers: { digest: string; size: number }[] }
    const config = JSON.parse(await succeed('skopeo', ['inspect', '--config', `oci:${layout}`])) as { rootfs: { diff_ids: string[] } }
    const stage = image.stages.find((found) => found.role === role)
    expect(stage?.layers.map(({ digest, compressedSize, diffId }) => [digest, compressedSize, diffId])).toEqual(
      manifest.layers.map(({ digest, size }, position) => [digest, size, config.rootfs.diff_ids[position]]),
    )
    for (const layer of stage?.layers ?? []) {
      const blob = join(layout, 'blobs/sha256', layer.digest?.slice(7) ?? '')
      const counts = await succeed('sh', [
        '-c',
        `wc -c < "$1"; gunzip -c < "$1" | wc -c; gunzip -c < "$1" | tar -t | wc -l; gunzip -c < "$1" | tar -tv | awk '/^-/ { sum += $3 } END { printf "%d\\n", sum }'`,
        'sh',
        blob,
      ])
      expect([layer.compressedSize, layer.uncompressedSize, layer.entries, layer.fileBytes]).toEqual(counts.trim().split('\n').map(Number))
    }
    for (const key of ['uncompressedSize', 'fileBytes', 'entries'] as const)
      expect(stage?.totals[key]).toBe(stage?.layers.reduce((sum, layer) => sum + layer[key], 0))
    expect(stage?.totals.compressedSize).toBe(manifest.layers.reduce((sum, { size }) => sum + size, 0))
  }
}, 300_000)

test('shows how much smaller it is than the fat stage, and the one layer and one step above the slim base', async () => {
  const [fat, slim] = image.stages
  expect(slim?.base).toMatchObject({ reference: 'python:3.13-slim', digest: expect.stringMatching(/^sha256:/) })
  const base = JSON.parse(await succeed('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', tag])) as string[]
  expect(slim?.totals).toMatchObject({ layers: base.length, baseLayers: base.length - 1, ownLayers: 1, metadataOnlySteps: 1 })
  const share = Math.round(100 * (1 - (slim?.totals.uncompressedSize ?? NaN) / (fat?.totals.uncompressedSize ?? NaN)))
  expect(share).toBeGreaterThan(50)
  expect(terminal).toContain(`${share} % smaller than stage 0, unpacked`)
  expect(terminal).toMatch(/Added to python:3\.13-slim: 1 layer \([\d.]+ MB to pull, [\d.]+ MB unpacked\) and 1 metadata-only step\./)
  expect(slim?.uses).toEqual([{ stage: '0', via: 'copy', carriedBytes: slim?.layers.at(-1)?.fileBytes }])
  expect(slim?.layers.at(-1)?.instruction?.text).toBe('COPY --from=0 /mnt/src/twist.pex /root')
  expect(fat?.layers.filter((layer) => layer.origin === 'own' && layer.instruction === null)).toEqual([])
  expect(image.matchesShipped).toBe(true)
})
