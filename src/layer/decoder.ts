import type { LayerCompression } from '../oci/media-type.ts'
import { Inflater, outputRoom } from './inflater.ts'
import { isZstdMagic, ZstdFrameWalker } from './zstd-frame-walker.ts'

/** How many bytes tell how the rest is compressed. */
const tellingBytes = 4
const nothing: Buffer = Buffer.alloc(0)

/**
 * How a blob is compressed, by its first four bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1). Registries
 * hold blobs under the wrong media type, and the bytes are right whatever the type says.
 */
export function compressionOf(head: Buffer): LayerCompression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.length >= tellingBytes && isZstdMagic(head.readUInt32LE(0)) ? 'zstd' : 'none'
}

/** One way of compression, once it is known. */
interface Codec {
  readonly decode: (chunk: Buffer) => Iterable<Buffer>
  readonly end: () => void
  readonly close: () => void
}

/**
 * The uncompressed bytes of a blob that comes in chunks. Gzip of many members and zstd of many frames are read to their
 * end. Memory is bounded, whatever the ratio.
 */
export class Decoder {
  /** What came before the first four bytes were together. */
  #head: Buffer = nothing
  #codec: Codec | null = null
  #compression: LayerCompression | null = null

  /** Null until the first bytes have told. */
  get compression(): LayerCompression | null {
    return this.#compression
  }

  /**
   * Each piece is good until the next is asked for; all have to be.
   *
   * @throws Error on data that is damaged, or followed by anything but zero bytes
   */
  *decode(chunk: Buffer): Generator<Buffer> {
    if (this.#codec !== null) {
      yield* this.#codec.decode(chunk)
      return
    }
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length >= tellingBytes) yield* this.#begin()
  }

  /**
   * After the last chunk: what was held back until now. To be iterated, too.
   *
   * @throws Error on data that is truncated
   */
  *end(): Generator<Buffer> {
    if (this.#codec === null) yield* this.#begin()
    this.#codec?.end()
  }

  /** Frees memory. Nothing can be decoded any more. */
  close(): void {
    this.#codec?.close()
  }

  *#begin(): Generator<Buffer> {
    const head = this.#head
    this.#head = nothing
    this.#compression = compressionOf(head)
    this.#codec = codecs[this.#compression]()
    if (head.length > 0) yield* this.#codec.decode(head)
  }
}

const codecs = {
  none: (): Codec => ({ decode: (chunk) => [chunk], end: () => undefined, close: () => undefined }),
  gzip: (): Codec => new GzipCodec(),
  zstd: (): Codec => new ZstdCodec(),
} as const satisfies Record<LayerCompression, () => Codec>

class GzipCodec implements Codec {
  readonly #inflater = Inflater.gzip(outputRoom())
  #ended = false;

  *decode(chunk: Buffer): Generator<Buffer> {
    const used = this.#ended ? 0 : yield* this.#inflater.decode(chunk)
    if (used === chunk.length) return
    // Node begins the next member itself, so what it leaves is padding, as that of tapes, or does not belong here.
    this.#ended = true
    if (chunk.subarray(used).some((byte) => byte !== 0))
      throw new Error('there is data after the end of the compressed stream')
  }

  end(): void {
    if (!this.#ended) this.#inflater.end()
  }

  close(): void {
    this.#inflater.close()
  }
}

/**
 * Any number of frames (RFC 8878, section 3). Node's own decoder (22 to 26) ends silently after the first
 * (nodejs/node#64741), so each is given to it by itself. One decoder serves them all: it begins anew by itself, and a new
 * one takes longer than a small frame, of which a layer may have a million.
 */
class ZstdCodec implements Codec {
  readonly #walker = new ZstdFrameWalker()
  readonly #inflater = Inflater.zstd(outputRoom());

  *decode(chunk: Buffer): Generator<Buffer> {
    for (const { bytes } of this.#walker.split(chunk)) yield* this.#inflater.decode(bytes)
  }

  end(): void {
    this.#walker.end()
  }

  close(): void {
    this.#inflater.close()
  }
}

/**
 * The uncompressed bytes of a stream, in memory of their own.
 *
 * Throws what the source throws, and an Error on data that is damaged, truncated, or followed by anything but zero bytes.
 */
export async function* decompress(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new Decoder()
  try {
    for await (const chunk of source) for (const bytes of decoder.decode(chunk)) yield Buffer.from(bytes)
    for (const bytes of decoder.end()) yield Buffer.from(bytes)
  } finally {
    decoder.close()
  }
}
