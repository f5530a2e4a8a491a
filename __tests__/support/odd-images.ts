/** Image layouts of odd images, and what is expected of them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { asPythonSays } from './as-python-says.ts'
import { layersOf } from './as-tools-say.ts'
import { blobs, inspect, sha256, temporary, types, writeLayout, type Blobs } from './layouts.ts'

export const sha512 = (bytes: Buffer): Digest => `sha512:${createHash('sha512').update(bytes).digest('hex')}`

export function add512(made: Blobs, mediaType: string, content: Buffer | object): Descriptor {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
  made.blobs.set(sha512(bytes), bytes)
  return { mediaType, digest: sha512(bytes), size: bytes.length }
}

export interface Layout extends AsyncDisposable {
  readonly path: string
  readonly made: Blobs
}

export async function layout(make: (made: Blobs) => readonly object[]): Promise<Layout> {
  const folder = await temporary()
  const made = blobs()
  await writeLayout(folder.path, made, make(made))
  return { ...folder, made, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] }
}

export const plainConfig = (...tars: readonly Buffer[]): object => ({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
  history: tars.map((_, nth) => ({ created_by: `COPY ${nth} /` })),
})

/** Makes an image of these layers, each a tar in gzip. */
export function imageOf(made: Blobs, tars: readonly Buffer[], architecture = 'amd64'): Descriptor {
  const layers = tars.map((each) => made.add(types.gzip, gzipSync(each)))
  const config = made.add(types.config, { ...plainConfig(...tars), architecture })
  return {
    ...made.add(types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers }),
    platform: { os: 'linux', architecture },
  }
}

export const layersIn = (made: Blobs, { digest }: Descriptor): Descriptor[] =>
  (JSON.parse(made.blobs.get(digest)!.toString()) as { layers: Descriptor[] }).layers

export async function refusal(source: string, platform: string | null = null): Promise<string> {
  const error: unknown = await inspect(source, { platform }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FootprintError)) throw new Error(`not refused: ${String(error)}`, { cause: error })
  expect([error.code, error.exitStatus]).toEqual(['UNREADABLE_INPUT', 2])
  expect(error.message).not.toMatch(/\n/)
  return error.message
}

/** Checks that the figures of the image's layers are those that Python finds in the blobs. */
export async function expectAsPythonSays(
  found: Footprint,
  folder: string,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<void> {
  const layers = layersOf(found)
  const said = await asPythonSays(layers.map(({ digest }) => join(folder, 'blobs', digest!.replace(':', '/'))))
  expect(
    layers.map(({ digest, uncompressedSize, fileBytes, entries }) => [digest, uncompressedSize, fileBytes, entries]),
  ).toEqual(said.map(({ blob, tarBytes, fileBytes, entries }) => [blob[algorithm], tarBytes, fileBytes, entries]))
  expect(layers.every(({ diffId }, position) => Object.values(said[position]!.tar).includes(diffId))).toBe(true)
  expect(parseRecord(JSON.stringify(found), 'it')).toEqual(found)
}
