import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { FootprintError, messageOf } from '../errors.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { decompress, detectCompression } from './decompress.ts'
import type { LayerContents, LayerEntry, LayerIndex } from './layer-index.ts'
import { LayerTally } from './layer-tally.ts'
import { TarReader } from './tar-reader.ts'

/** What the manifest says of the blob; `size` in bytes, null when it is not known. */
export interface ExpectedBlob {
  readonly digest: Digest
  readonly size: number | null
}

/** How far a small blob may unfold before it counts as a decompression bomb: past both, it is refused. */
export interface BombLimits {
  /** Uncompressed bytes that are always allowed. */
  readonly uncompressedBytes: number
  /** Uncompressed bytes for each byte of the blob. */
  readonly ratio: number
}

/**
 * A layer of zeros is legal, and gzip makes it a thousand times smaller, zstd thirty thousand times. So neither limit
 * suffices alone: what is allowed takes minutes at most, or time in proportion to a blob that somebody really stored.
 */
const defaultLimits: BombLimits = { uncompressedBytes: 256 * 1024 ** 3, ratio: 1000 }

export interface ReadLayer {
  readonly index: LayerIndex
  readonly contents: LayerContents
  /** All entries, packed (`readEntryList`); null where they take too much room or a path is longer than can be. */
  readonly entries: Buffer | null
}

/**
 * Reads a layer blob once, as a stream, and gives its index, contents and entries. The blob's own bytes tell how it is
 * compressed. Memory grows with the number of directories and entries, up to a bound, and with
 * nothing else. A path that occurs
 * twice in the layer counts twice, as it does in the tar.
 *
 * `onProgress` is told the bytes of the blob read so far. `onEntry` is told of each entry before the blob is verified:
 * what it heard is void when the promise rejects.
 *
 * Rejects with FootprintError `LAYER` when the blob is damaged, a bomb, or not what `expected` says; with the source's or
 * the callbacks' own error when they fail. The source is destroyed in the end in any case.
 */
export async function readLayer(
  source: Readable,
  expected: ExpectedBlob,
  onProgress?: (compressedBytes: number) => void,
  onEntry?: (entry: LayerEntry) => void,
  limits: BombLimits = defaultLimits,
): Promise<ReadLayer> {
  try {
    return await measureLayer(source, expected, onProgress, onEntry, limits)
  } catch (error) {
    if (error instanceof NotTheLayer) throw error.cause
    throw new FootprintError('LAYER', `layer ${expected.digest} is damaged: ${messageOf(error)}`, { cause: error })
  } finally {
    source.destroy()
  }
}

async function measureLayer(
  source: Readable,
  expected: ExpectedBlob,
  onProgress: ((compressedBytes: number) => void) | undefined,
  onEntry: ((entry: LayerEntry) => void) | undefined,
  limits: BombLimits,
): Promise<ReadLayer> {
  const stored = new ByteMeter()
  const tally = new LayerTally()
  const tar = new TarReader((entry) => {
    tally.add(entry)
    if (onEntry !== undefined) blameless(() => onEntry(entry))
  })

  const blob = await detectCompression(measured(source, stored, expected, onProgress))
  // A layer that is stored as a plain tar has one digest under two names: no need to hash it twice.
  const unpacked = blob.compression === 'none' ? null : new ByteMeter()
  for await (const chunk of decompress(blob.source, blob.compression)) {
    unpacked?.add(chunk)
    if (unpacked !== null) requireNoBomb(stored.bytes, unpacked.bytes, limits)
    tar.write(chunk)
  }

  const digest = stored.digest()
  if (expected.size !== null && stored.bytes !== expected.size) {
    throw new Error(`it has ${stored.bytes} bytes instead of ${expected.size}`)
  }
  if (digest !== expected.digest) throw new Error(`its content has the digest ${digest}`)
  tar.end()
  const index = {
    digest,
    diffId: unpacked?.digest() ?? digest,
    compressedSize: stored.bytes,
    uncompressedSize: unpacked?.bytes ?? stored.bytes,
    ...tally.totals(),
  }
  return { index, contents: tally.contents(), entries: tally.entries(digest) }
}

function requireNoBomb(compressed: number, uncompressed: number, limits: BombLimits): void {
  if (uncompressed > limits.uncompressedBytes && uncompressed > limits.ratio * compressed) {
    throw new Error(`it is a decompression bomb: its first ${compressed} bytes unfold to more than ${uncompressed} bytes`)
  }
}

/** Passes the blob on and measures it on the way; stops at the first byte too many. */
async function* measured(
  source: Readable,
  meter: ByteMeter,
  expected: ExpectedBlob,
  onProgress: ((compressedBytes: number) => void) | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of blamelessSource(source)) {
    meter.add(chunk)
    if (expected.size !== null && meter.bytes > expected.size) {
      throw new Error(`it has more than the ${expected.size} bytes that its manifest says`)
    }
    if (onProgress !== undefined) blameless(() => onProgress(meter.bytes))
    yield chunk
  }
}

/** Counts and hashes bytes. */
class ByteMeter {
  bytes = 0
  readonly #hash = createHash('sha256')

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#hash.update(chunk)
  }

  /** To be asked once, at the end. */
  digest(): Digest {
    const digest = `sha256:${this.#hash.digest('hex')}`
    if (!isDigest(digest)) throw new TypeError('not a digest')
    return digest
  }
}

/** Carries an error that says nothing about the layer (a dropped connection, a failing callback) past the decoder. */
class NotTheLayer extends Error {}

function blameless(act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw new NotTheLayer(messageOf(cause), { cause })
  }
}

async function* blamelessSource(source: Readable): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await chunks.next()
      if (next.done === true) return
      yield next.value
    }
  } catch (cause) {
    throw new NotTheLayer(messageOf(cause), { cause })
  }
}
