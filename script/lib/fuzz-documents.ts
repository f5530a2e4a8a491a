/** The parsers of untrusted JSON, each with a valid document. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseTargetsList } from '../../src/dockerfile/listed-targets.ts'
import { FootprintError } from '../../src/errors.ts'
import { parseProvenance } from '../../src/graph/provenance.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { readLayoutImage } from '../../src/weigh/stage-layout.ts'

interface DocumentParser {
  readonly parser: string
  readonly sample: unknown
  readonly read: (input: Buffer) => unknown
}

const digest = `sha256:${'a'.repeat(64)}`
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 120 }
const config = {
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [digest, digest] },
  history: [{ created_by: 'COPY a b' }, { created_by: 'ENV a=1', empty_layer: true }, {}],
}
const place = { start: { line: 3, character: 0 }, end: { line: 4, character: 1 } }
const targets = {
  targets: [
    { name: 'build', base: 'python:3.13', location: { sourceIndex: 0, ranges: [place] } },
    { default: true, base: 'scratch', platform: 'linux/amd64', location: { sourceIndex: 0, ranges: [place, place] } },
  ],
  sources: [Buffer.from('FROM python:3.13 AS build\nFROM scratch\n').toString('base64')],
}
const buildConfig = {
  llbDefinition: [
    { id: 'step0', op: { Op: { source: { identifier: 'docker-image://docker.io/library/python:3.13' } } } },
    { id: 'step1', op: { Op: null }, inputs: ['step0:0'] },
  ],
  digestMapping: { [digest]: 'step0' },
}
const buildkit = {
  source: { locations: { step0: { locations: [{ ranges: [place] }] } } },
  layers: { 'step0:0': [[{ digest, size: 3 }], [{ digest }, { digest }]] },
}
const record = {
  schemaVersion: 1,
  images: [
    {
      name: 'a',
      platform: { os: 'linux', architecture: 'amd64' },
      finalStage: '0',
      stages: [
        {
          name: '0',
          index: 0,
          role: 'final',
          line: 1,
          base: { reference: 'scratch', digest: null, layers: 0 },
          totals: {
            layers: 1,
            baseLayers: 0,
            inheritedLayers: 0,
            ownLayers: 1,
            metadataOnlySteps: 0,
            compressedSize: 1,
            uncompressedSize: 2,
            fileBytes: 3,
            entries: 4,
          },
          layers: [
            {
              digest,
              diffId: digest,
              mediaType: layer.mediaType,
              compressedSize: 1,
              uncompressedSize: 2,
              fileBytes: 3,
              entries: 4,
              whiteouts: 0,
              opaqueWhiteouts: 0,
              origin: 'own',
              instruction: { text: 'COPY a b', line: 2, endLine: 2 },
              contents: {
                files: [{ path: 'b', fileBytes: 3 }],
                directories: [{ path: 'a', fileBytes: 3, files: 1 }],
                complete: true,
              },
            },
          ],
          uses: [{ stage: '0', via: 'copy', carriedBytes: null }],
        },
      ],
    },
  ],
}

export const documentParsers: readonly DocumentParser[] = [
  { parser: 'targets', sample: targets, read: (input) => parseTargetsList(parsed(input)) },
  {
    parser: 'provenance',
    sample: { buildConfig, metadata: { 'https://mobyproject.org/buildkit@v1#metadata': buildkit } },
    read: (input) => parseProvenance(parsed(input)),
  },
  {
    parser: 'provenance-v1',
    sample: {
      buildDefinition: { internalParameters: { buildConfig } },
      runDetails: { metadata: { buildkit_metadata: buildkit } },
    },
    read: (input) => parseProvenance(parsed(input)),
  },
  {
    parser: 'record',
    sample: record,
    read: (input: Buffer): void => {
      const text = input.toString('utf8')
      // A record that was parsed can be written and parsed again.
      assert.deepEqual(parseRecord(JSON.stringify(parseRecord(text, 'fuzz')), 'again'), parseRecord(text, 'fuzz'))
    },
  },
  { parser: 'config', sample: config, read: (input) => readLayout(input, 'config') },
  {
    parser: 'manifest',
    sample: { schemaVersion: 2, config: layer, layers: [layer, layer] },
    read: (input) => readLayout(input, 'manifest'),
  },
  { parser: 'index', sample: { schemaVersion: 2, manifests: [layer] }, read: (input) => readLayout(input, 'index') },
]

/** Parses JSON as callers do. Text that is not JSON never reaches the parser. */
function parsed(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString('utf8'))
  } catch {
    throw new FootprintError('UNREADABLE_INPUT', 'no JSON')
  }
}

/** Reads a layout with this document in one of its places. Digests match the bytes, so that the document is reached. */
async function readLayout(input: Buffer, place: 'config' | 'manifest' | 'index'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  try {
    mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true })
    const put = (bytes: Buffer, mediaType: string): object => {
      const encoded = createHash('sha256').update(bytes).digest('hex')
      writeFileSync(join(folder, 'blobs', 'sha256', encoded), bytes)
      return { mediaType, digest: `sha256:${encoded}`, size: bytes.length }
    }
    const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
    const configOf = put(place === 'config' ? input : json(config), 'application/vnd.oci.image.config.v1+json')
    const manifest = json({ schemaVersion: 2, config: configOf, layers: [layer, layer] })
    const image = put(place === 'manifest' ? input : manifest, 'application/vnd.oci.image.manifest.v1+json')
    writeFileSync(
      join(folder, 'index.json'),
      place === 'index' ? input : json({ schemaVersion: 2, manifests: [image] }),
    )
    const found = await readLayoutImage(folder)
    assert.equal(found.manifest.layers.length, found.config.rootfs.diff_ids.length)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
