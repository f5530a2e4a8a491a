import { FootprintError, messageOf } from '../errors.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { ByteMeter } from './byte-meter.ts'
import { ForeignCompression, foreignCompression, headBytes } from './foreign-compression.ts'
import type { LayerIndex } from './layer-index.ts'
import type { Tallied } from './layer-tally.ts'
import { blameless, NotTheLayer } from './not-the-layer.ts'
import { Unpacker, type BombLimits, type Unpacked, type Unpacking } from './unpacker.ts'
import type { UnpackingThreads } from './unpacking-threads.ts'

/** The chunks of a blob; each may only be good until the next is asked for. */
export type LayerSource = AsyncIterable<Buffer>

/** What the manifest says of the blob; `size` in bytes, null when it is not known. */
export interface ExpectedBlob {
  readonly digest: Digest
  readonly size: number | null
  /** By which the config names the layer's tar; sha256 unless told. */
  readonly tarAlgorithm?: DigestAlgorithm
  /** Whether its `TimelessDigest` is wanted; not unless told. */
  readonly timeless?: boolean
}

/**
 * A layer of zeros is legal, and gzip makes it a thousand times smaller, zstd thirty thousand times. So neither limit
 * suffices alone: what is allowed takes minutes at most, or time in proportion to a blob that somebody really stored.
 */
export const bombLimits: BombLimits = { uncompressedBytes: 256 * 1024 ** 3, ratio: 1000 }

export interface ReadLayer extends Tallied {
  readonly index: LayerIndex
}

export type OnProgress = (compressedBytes: number) => void

/** From here on a thread of its own takes less time than it costs. Bytes of the blob. */
const threadFrom = 4 * 1024 * 1024

/**
 * Reads a layer blob once, as a stream, and gives its index, contents, entries and packages. The blob's own bytes tell
 * how it is compressed. Memory grows with the number of directories, entries and packages, up to a bound, and with
 * nothing else. A path that
 * occurs twice in the layer counts twice, as it does in the tar.
 *
 * A large blob is unpacked by one of the `threads`, if one is free. `onProgress` is told the bytes of the blob read so far.
 *
 * Rejects with FootprintError `LAYER` when the blob is damaged, a bomb, or not what `expected` says; with the source's or
 * the callback's own error when they fail. The source is destroyed in the end in any case.
 */
export async function readLayer(
  source: LayerSource,
  expected: ExpectedBlob,
  onProgress?: OnProgress,
  threads?: UnpackingThreads,
): Promise<ReadLayer> {
  const { digest, size, tarAlgorithm = 'sha256', timeless = false } = expected
  const wanted = { tarAlgorithm, timeless }
  const thread = size === null || size < threadFrom ? null : threads?.take(digest, bombLimits, wanted)
  return unpackLayer(source, expected, thread ?? new Unpacker(digest, bombLimits, wanted), onProgress)
}

/** `readLayer` where the caller has chosen who unpacks; that is closed in the end. */
export async function unpackLayer(
  source: LayerSource,
  expected: ExpectedBlob,
  unpacking: Unpacking,
  onProgress: OnProgress = () => undefined,
): Promise<ReadLayer> {
  let head: Buffer = Buffer.alloc(0)
  try {
    const blob = new ByteMeter(algorithmOf(expected.digest))
    for await (const chunk of blamelessSource(source)) {
      blob.add(chunk)
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
      if (expected.size !== null && blob.bytes > expected.size) {
        throw new Error(`it has more than the ${expected.size} bytes that its descriptor says`)
      }
      blameless(() => {
        onProgress(blob.bytes)
      })
      await unpacking.write(chunk)
    }
    return await verified(blob, expected, unpacking)
  } catch (error) {
    if (error instanceof NotTheLayer) throw error.cause
    const compression = foreignCompression(head)
    if (compression !== null) throw new ForeignCompression(expected.digest, compression)
    throw new FootprintError('LAYER', `layer ${expected.digest} is damaged: ${messageOf(error)}`, { cause: error })
  } finally {
    unpacking.close()
  }
}

async function verified(blob: ByteMeter, expected: ExpectedBlob, unpacking: Unpacking): Promise<ReadLayer> {
  const digest = blob.digest()
  if (expected.size !== null && blob.bytes !== expected.size) {
    throw new Error(`it has ${blob.bytes} bytes, and its descriptor says ${expected.size}`)
  }
  if (digest !== expected.digest) throw new Error(`its content has the digest ${digest}`)
  const { diffId, uncompressedSize, timelessDigest, totals, contents, entries, packages }: Unpacked =
    await unpacking.end()
  const index = {
    digest,
    diffId: diffId ?? digest,
    compressedSize: blob.bytes,
    uncompressedSize,
    timelessDigest,
    ...totals,
  }
  return { index, contents, entries, packages }
}

async function* blamelessSource(source: LayerSource): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw new NotTheLayer(cause)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await chunks.return?.()
  }
}
