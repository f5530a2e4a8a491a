/** Image layouts made by hand, intact or damaged on purpose. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseSource } from '../../src/images/parse-source.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Descriptor } from '../../src/oci/manifest.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { inspectSource, type InspectOptions } from '../../src/weigh/weigh-source.ts'
import { succeed } from './program.ts'

export const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

export const sha256 = (bytes: Buffer): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export interface Blobs {
  readonly blobs: Map<Digest, Buffer>
  readonly add: (mediaType: string, content: Buffer | object) => Descriptor
  /** Makes an image with this tar as its only layer. */
  readonly image: (tar: Buffer, some?: { readonly architecture?: string; readonly mediaType?: string }) => Descriptor
}

export function blobs(): Blobs {
  const kept = new Map<Digest, Buffer>()
  const add = (mediaType: string, content: Buffer | object): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
    kept.set(sha256(bytes), bytes)
    return { mediaType, digest: sha256(bytes), size: bytes.length }
  }
  return {
    blobs: kept,
    add,
    image: (tar, { architecture = 'amd64', mediaType = types.gzip } = {}) => {
      const layer = add(mediaType, mediaType === types.gzip ? gzipSync(tar) : tar)
      const config = add(types.config, {
        os: 'linux',
        architecture,
        rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
        history: [{ created_by: 'COPY a /a # buildkit' }],
      })
      const manifest = add(types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer] })
      return { ...manifest, platform: { os: 'linux', architecture } }
    },
  }
}

/** Makes a tar of one file with GNU tar. */
export async function tarOf(name: string, content: string): Promise<Buffer> {
  const folder = await temporary()
  await writeFile(join(folder.path, name), content)
  await succeed('tar', ['--create', '--file', 't.tar', name], { cwd: folder.path })
  const tar = await readFile(join(folder.path, 't.tar'))
  await folder[Symbol.asyncDispose]()
  return tar
}

/** An image with one layer of 400 kB that gzip cannot compress, and the blobs of both. */
export interface RandomImage {
  readonly made: Blobs
  readonly image: Descriptor
  readonly layer: Descriptor
}

export async function randomImage(): Promise<RandomImage> {
  const made = blobs()
  const image = made.image(await tarOf('a', randomBytes(400_000).toString('hex')))
  const { layers } = JSON.parse(made.blobs.get(image.digest)?.toString() ?? '') as { layers: readonly Descriptor[] }
  const [layer] = layers
  if (layer === undefined) throw new Error('the image has no layer')
  return { made, image, layer }
}

export async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sf-source-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export async function writeLayout(folder: string, { blobs: kept }: Blobs, manifests: readonly object[]): Promise<void> {
  const files: readonly [string, Buffer][] = [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests }))],
    ...[...kept].map(([digest, bytes]): [string, Buffer] => [`blobs/${digest.replace(':', '/')}`, bytes]),
  ]
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
}

/** Returns options for reading a source, with all files in this folder. */
export const sourceOptions = (folder: string): InspectOptions => ({
  platform: null,
  indexFolder: join(folder, 'indexes'),
  tempFolders: [folder],
  dockerConfigFolder: folder,
  signal: new AbortController().signal,
  onProgress: () => undefined,
})

/** Inspects a source, with temporary folders unless told otherwise. */
export async function inspect(text: string, options: Partial<InspectOptions> = {}): Promise<Footprint> {
  await using folder = await temporary()
  return await inspectSource(parseSource(text), { ...sourceOptions(folder.path), retryDelay: 5, ...options })
}
