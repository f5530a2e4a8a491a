/** Opens a SOURCE with the reader that suits it. */
import { createReadStream } from 'node:fs'
import { FootprintError, messageOf } from '../errors.ts'
import { compressionOf, decompress } from '../layer/decoder.ts'
import { headBytes } from '../layer/foreign-compression.ts'
import { bombLimits } from '../layer/read-layer.ts'
import { openArchiveLayout } from './archive-layout.ts'
import { readArchiveStream } from './archive-stream.ts'
import { openArchiveFile, type Archive } from './archive.ts'
import type { Credentials } from './credentials.ts'
import { imagesOfDockerArchive } from './docker-archive.ts'
import { damaged } from './document.ts'
import { imagesOfEngine, type EngineImagesOptions } from './engine-images.ts'
import { findImages, type FoundImages } from './find-images.ts'
import { openLayout } from './image-layout.ts'
import { fileSize, readPart } from './local-file.ts'
import type { Source } from './parse-source.ts'
import { recognisePath, refuseForeignCompression } from './recognise-path.ts'
import { openRegistryImage } from './registry.ts'

/** Options for reading any kind of source. */
export interface OpenOptions extends EngineImagesOptions {
  readonly credentials: (registry: string) => Promise<Credentials | null>
  /** Delay before the first retry of a request, in milliseconds. */
  readonly retryDelay: number
}

/**
 * Returns the images of a source.
 *
 * @throws FootprintError UNREADABLE_INPUT, ENGINE_UNREACHABLE or REGISTRY_UNREACHABLE if the source cannot be read
 */
export async function openSource(source: Source, options: OpenOptions): Promise<FoundImages> {
  const { wanted, signal } = options
  switch (source.kind) {
    case 'oci':
      return findImages(await openLayout(source.path, source.reference, signal), wanted)
    case 'oci-archive':
      return findImages(await openArchiveLayout(await openArchive(source.path, options), source.reference), wanted)
    case 'docker-archive':
      return imagesOfDockerArchive(await openArchive(source.path, options), source.reference, wanted)
    case 'docker-daemon':
      return imagesOfEngine(source.reference, options)
    case 'docker':
      return findImages(await openRegistryImage(source.reference, options), wanted)
    case 'path':
      return fromPath(source.path, options)
  }
}

async function fromPath(path: string, options: OpenOptions): Promise<FoundImages> {
  const kind = await recognisePath(path, options.signal)
  switch (kind) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return openSource({ kind, path, reference: null }, options)
    case 'archive': {
      const archive = await openArchive(path, options)
      if (archive.size('manifest.json') !== null) return imagesOfDockerArchive(archive, null, options.wanted)
      if (archive.size('index.json') !== null) return findImages(await openArchiveLayout(archive, null), options.wanted)
      throw damaged(`${path} is a compressed archive without manifest.json or index.json, so it contains no image`)
    }
    case 'record':
      throw damaged(
        `${path} is JSON, not an image; to show a record, run "stage-footprint render ${path}", and for lines of a trend "stage-footprint trend ${path}"`,
      )
  }
}

/** Opens a tar, which may be compressed as a whole, as by `docker save | gzip`. */
async function openArchive(path: string, { signal, folder, weigh }: OpenOptions): Promise<Archive> {
  const size = await fileSize(path)
  if (size === null) throw damaged(`${path} does not exist`)
  const head = await readPart(path, 0, headBytes)
  refuseForeignCompression(path, head)
  if (compressionOf(head) === 'none') return openArchiveFile(path, signal)
  const file = createReadStream(path, { highWaterMark: 1 << 20, signal })
  try {
    const plain = withoutBombs(decompress(file), size, path)
    return await readArchiveStream(plain, { name: path, folder: await folder(), signal, weigh })
  } finally {
    file.destroy()
  }
}

/** Passes the bytes on. The limits are those of a layer. */
async function* withoutBombs(source: AsyncIterable<Buffer>, size: number, path: string): AsyncGenerator<Buffer> {
  let bytes = 0
  const chunks = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      // Only errors of the decoder mean that the archive is damaged. Errors of its reader are passed on.
      const next = await chunks.next().catch((cause: unknown) => {
        throw new FootprintError('UNREADABLE_INPUT', `${path} is damaged: ${messageOf(cause)}`, { cause })
      })
      if (next.done === true) return
      bytes += next.value.length
      if (bytes > bombLimits.uncompressedBytes && bytes > bombLimits.ratio * size)
        throw damaged(`${path} is a decompression bomb`)
      yield next.value
    }
  } finally {
    await chunks.return?.()
  }
}
