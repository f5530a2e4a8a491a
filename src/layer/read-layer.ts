import { FootprintError, messageOf } from '../errors.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { ByteMeter } from './byte-meter.ts'
import { ForeignCompression, foreignCompression, headBytes } from './foreign-compression.ts'
import type { LayerIndex } from './layer-index.ts'
import type { Tallied } from './layer-tally.ts'
import { rethrowAsNotALayerFault, NotALayerFault } from './not-a-layer-fault.ts'
import { Unpacker, type BombLimits, type Unpacked, type Unpacking } from './unpacker.ts'
import type { UnpackingThreads } from './unpacking-threads.ts'

/** The chunks of a blob. Each may only be valid until the next one is requested. */
export type LayerSource = AsyncIterable<Buffer>

/** The blob as its manifest describes it. `size` is in bytes, or null if it is unknown. */
export interface ExpectedBlob {
  readonly digest: Digest
  readonly size: number | null
  /** Algorithm of the layer's diffID in the config. The default is sha256. */
  readonly tarAlgorithm?: DigestAlgorithm
  /** Whether to compute its `TimelessDigest`. The default is false. */
  readonly timeless?: boolean
}

/**
 * A layer of zeros is valid, and gzip makes it a thousand times smaller, zstd thirty thousand times. So neither limit
 * is enough alone. What both allow takes either a few minutes at most, or time in proportion to the size of a blob that
 * somebody really stored.
 */
export const bombLimits: BombLimits = { uncompressedBytes: 256 * 1024 ** 3, ratio: 1000 }

/** Everything that was read from a layer. */
export interface ReadLayer extends Tallied {
  readonly index: LayerIndex
}

/** Called with the number of bytes of the blob that have been read. */
export type OnProgress = (compressedBytes: number) => void

/** Size of a blob in bytes from which a separate thread saves more time than it costs. */
const threadFrom = 4 * 1024 * 1024

/**
 * Reads a layer blob once, as a stream, and returns its index, contents, entries and packages. The bytes of the blob
 * determine its compression. Memory grows only with the number of directories, entries and packages, up to a limit. A
 * path that occurs twice in the layer counts twice, as in the tar.
 *
 * A large blob is unpacked by one of the `threads`, if one is free. `onProgress` is called with the number of bytes of
 * the blob read so far. The source is always closed in the end.
 *
 * @throws FootprintError LAYER if the blob is damaged, is a decompression bomb, or does not match `expected`; also the
 * own errors of the source and the callback
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

/** Reads a layer with an unpacker that the caller has chosen, and closes the unpacker in the end. See `readLayer`. */
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
      rethrowAsNotALayerFault(() => {
        onProgress(blob.bytes)
      })
      await unpacking.write(chunk)
    }
    return await verified(blob, expected, unpacking)
  } catch (error) {
    if (error instanceof NotALayerFault) throw error.cause
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
  const { diffId, uncompressedSize, timelessDigest, totals, ...tallied }: Unpacked = await unpacking.end()
  const index = {
    digest,
    diffId: diffId ?? digest,
    compressedSize: blob.bytes,
    uncompressedSize,
    timelessDigest,
    ...totals,
  }
  return { index, ...tallied }
}

async function* blamelessSource(source: LayerSource): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        throw new NotALayerFault(cause)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await chunks.return?.()
  }
}
