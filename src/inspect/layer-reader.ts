/** Indexes of layers, each read once in a run and kept between runs. */
import { cpus } from 'node:os'
import type { Readable } from 'node:stream'
import type { IndexStore } from '../layer/index-store.ts'
import type { LayerContents, LayerIndex } from '../layer/layer-index.ts'
import { readLayer } from '../layer/read-layer.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'

export interface LayerReader {
  readonly index: (descriptor: Descriptor) => Promise<LayerIndex>
  /** Of a layer whose index was read; null where what was kept of it is damaged. */
  readonly contents: (digest: Digest) => Promise<LayerContents | null>
}

/** Bytes of blobs that are to be read, and that have been; compressed. */
export interface ReadingProgress {
  readonly totalBytes: number
  readonly readBytes: number
}

/** Where blobs come from. */
export interface LayerBlobs {
  readonly open: (descriptor: Descriptor) => Readable | Promise<Readable>
  /** Told of each blob that was read; it is not opened again. */
  readonly release?: (digest: Digest) => Promise<void>
}

/** A layer whose index is known is not opened. */
export function createLayerReader(
  store: IndexStore,
  blobs: LayerBlobs,
  onProgress: (progress: ReadingProgress) => void,
): LayerReader {
  const indexes = new Map<Digest, Promise<LayerIndex>>()
  const inTurn = limit(Math.max(2, Math.min(4, cpus().length)))
  let totalBytes = 0
  let readBytes = 0

  const read = async (descriptor: Descriptor): Promise<LayerIndex> => {
    const { digest, size } = descriptor
    const known = await store.get(digest)
    if (known) return known
    totalBytes += size
    return inTurn(async () => {
      const blob = await blobs.open(descriptor)
      let readOfThis = 0
      const { index, contents } = await readLayer(blob, { digest, size }, (bytes) => {
        readBytes += bytes - readOfThis
        readOfThis = bytes
        onProgress({ totalBytes, readBytes })
      })
      await Promise.all([store.put(index, contents), blobs.release?.(digest)])
      return index
    })
  }

  return {
    contents: (digest) => store.contents(digest),
    index(descriptor) {
      const begun = indexes.get(descriptor.digest)
      if (begun) return begun
      const reading = read(descriptor)
      indexes.set(descriptor.digest, reading)
      return reading
    },
  }
}

/** Lets at most `most` tasks run at a time. */
export function limit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    try {
      return await task()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}
