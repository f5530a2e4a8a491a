import type { LayerCompression } from '../oci/media-type.ts'
import { Inflater, outputRoom } from './inflater.ts'
import { isZstdMagic, ZstdFrameWalker } from './zstd-frame-walker.ts'

/** Number of bytes that determine the compression. */
const tellingBytes = 4
const nothing: Buffer = Buffer.alloc(0)

/**
 * Determines the compression of a blob from its first four bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1). Some
 * blobs in registries have the wrong media type, so the bytes decide, not the type.
 */
export function compressionOf(head: Buffer): LayerCompression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.length >= tellingBytes && isZstdMagic(head.readUInt32LE(0)) ? 'zstd' : 'none'
}

/** The decoder for one compression. */
interface Codec {
  readonly decode: (chunk: Buffer) => Iterable<Buffer>
  readonly end: () => void
  readonly close: () => void
}

/**
 * Decompresses a blob that arrives in chunks. Gzip with several members and zstd with several frames are read
 * completely. Its memory is limited, whatever the compression ratio.
 */
export class Decoder {
  /** Bytes that arrived before the first four bytes were complete. */
  #head: Buffer = nothing
  #codec: Codec | null = null
  #compression: LayerCompression | null = null

  /** Null until the first bytes have determined it. */
  get compression(): LayerCompression | null {
    return this.#compression
  }

  /**
   * Decompresses a chunk. Each piece is only valid until the next one is requested, and all pieces must be consumed.
   *
   * @throws Error if the data is damaged, or is followed by anything but zero bytes
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
   * Yields the remaining bytes after the last chunk. It must be iterated to its end as well.
   *
   * @throws Error if the data is truncated
   */
  *end(): Generator<Buffer> {
    if (this.#codec === null) yield* this.#begin()
    this.#codec?.end()
  }

  /** Frees memory. Nothing can be decoded afterwards. */
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
    // Node continues with the next member by itself. So the rest is either padding, as on tapes, or does not belong
    // here.
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
 * Decodes any number of frames (RFC 8878, section 3). Node's own decoder (versions 22 to 26) stops silently after the
 * first frame (nodejs/node#64741), so each frame is passed to it separately. One decoder is used for all of them,
 * because it resets itself. Making a decoder takes longer than decoding a small frame, and a layer may have a million
 * frames.
 */
class ZstdCodec implements Codec {
  readonly #walker = new ZstdFrameWalker()
  readonly #inflater = Inflater.zstd(outputRoom());

  *decode(chunk: Buffer): Generator<Buffer> {
    for (const piece of this.#walker.split(chunk)) yield* this.#inflater.decode(piece)
  }

  end(): void {
    this.#walker.end()
  }

  close(): void {
    this.#inflater.close()
  }
}

/**
 * Yields the uncompressed bytes of a stream, in buffers that stay valid.
 *
 * @throws Error if the data is damaged, truncated, or followed by anything but zero bytes; also the errors of the
 * source
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
