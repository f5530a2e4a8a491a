/** Finds the layers of a Docker archive: plain tars, or the compressed blobs of kaniko and Bazel. */
import { createHash } from 'node:crypto'
import { compressionOf } from '../layer/decoder.ts'
import { digestOfBlobPath, digestOfEncoded, type Digest } from '../oci/digest.ts'
import type { ImageConfig } from '../oci/manifest.ts'
import type { Archive } from './archive.ts'
import { MissingBlob } from './content.ts'
import { damaged } from './document.ts'
import type { ListedImage } from './docker-manifest-json.ts'
import type { SourceLayer } from './source-image.ts'

/** Media type of a layer that is stored uncompressed. */
export const plainTarMediaType = 'application/vnd.docker.image.rootfs.diff.tar'

/**
 * Returns the layers of an image, from the lowest.
 *
 * @throws FootprintError UNREADABLE_INPUT if manifest.json and config do not list the same number of layers
 */
export async function dockerArchiveLayers(
  archive: Archive,
  { Layers }: ListedImage,
  { rootfs }: ImageConfig,
  blobs: CompressedBlobs,
): Promise<readonly SourceLayer[]> {
  if (Layers.length !== rootfs.diff_ids.length) {
    throw damaged(
      `${archive.name}: an image does not have as many layers in its manifest.json (${Layers.length}) as in its config (${rootfs.diff_ids.length})`,
    )
  }
  return Promise.all(
    rootfs.diff_ids.map(async (diffId, position): Promise<SourceLayer> => {
      const path = Layers[position] ?? ''
      const size = archive.size(path)
      const stored = size === null ? null : await blobs(path, diffId, size)
      const blob = {
        mediaType: stored?.mediaType ?? plainTarMediaType,
        digest: stored?.digest ?? diffId,
        size: size ?? 0,
      }
      return {
        blob,
        digest: stored?.digest ?? null,
        diffId,
        mediaType: blob.mediaType,
        compressedSize: stored ? size : null,
        storedBytes: () => Promise.resolve(size),
        open: () => (size === null ? Promise.reject(new MissingBlob(archive.name, diffId)) : archive.open(path)),
        part: () => Promise.resolve(archive.part(path)),
      }
    }),
  )
}

interface CompressedBlob {
  readonly digest: Digest
  readonly mediaType: string
}

/**
 * Returns the compressed blob of a layer, or null if the layer is a plain tar. Kaniko and Bazel save compressed layers,
 * and then the file is the blob that clients pull.
 */
export type CompressedBlobs = (path: string, diffId: Digest, size: number) => Promise<CompressedBlob | null>

/** Returns a function that reads each file only once, however many layers and links refer to it. */
export function compressedBlobs(archive: Archive): CompressedBlobs {
  const known = new Map<string, Promise<CompressedBlob | null>>()
  return (path, diffId, size) => {
    // The usual name of a plain tar is its diffID. Then the file need not be read.
    if (size === 0 || digestInName(path) === diffId) return Promise.resolve(null)
    const part = archive.part(path)
    const key = part === null ? path : `${part.path}:${part.start}`
    const found = known.get(key) ?? compressedBlob(archive, path)
    known.set(key, found)
    return found
  }
}

async function compressedBlob(archive: Archive, path: string): Promise<CompressedBlob | null> {
  const stream = await archive.open(path)
  const hash = createHash('sha256')
  let compression: ReturnType<typeof compressionOf> | null = null
  // The first chunk is large enough to contain the magic number.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    compression ??= compressionOf(chunk)
    if (compression === 'none') {
      stream.destroy()
      return null
    }
    hash.update(chunk)
  }
  if (compression === null) return null
  return { digest: `sha256:${hash.digest('hex')}`, mediaType: `${plainTarMediaType}.${compression}` }
}

/**
 * Returns the digest in `HEX.json`, `HEX.tar` or `blobs/sha256/HEX`. Returns null if the name contains none, as in
 * `ID/layer.tar`.
 */
export function digestInName(path: string): Digest | null {
  const hex = /^(?:sha256:)?([0-9a-f]{64})(?:\.json|\.tar)?$/.exec(path)?.[1]
  return hex === undefined ? digestOfBlobPath(path) : digestOfEncoded(hex)
}
