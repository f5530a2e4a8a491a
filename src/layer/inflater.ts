import { types } from 'node:util'
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import { NotALayerFault } from './not-a-layer-fault.ts'

/** Size of an output buffer, in bytes. It is small enough for the processor's cache. */
const outputBytes = 128 * 1024
const nothing = Buffer.alloc(0)
/** More data follows: Z_NO_FLUSH, and ZSTD_e_continue. */
const goOn = 0
/** The smallest value that Node allows, because the output buffer of the stream is not used. */
const chunkSize = 64

/**
 * Largest zstd window that is accepted, as a power of two: 512 MiB, the limit of the Go decoder that Docker and
 * containerd use. Memory is allocated as data arrives, so a header that only claims such a window costs nothing.
 */
const windowLogMax = 29

/** The native part of a `node:zlib` stream, in Node 22 to 26. */
interface NativeDecoder {
  onerror: (message: string) => void
  readonly writeSync: (
    flush: number,
    input: Buffer,
    inputAt: number,
    inputBytes: number,
    output: Buffer,
    outputAt: number,
    outputBytes: number,
  ) => void
}

/** Returns an output buffer, which one inflater after another may use. */
export function outputRoom(): Buffer {
  return Buffer.allocUnsafeSlow(outputBytes)
}

/**
 * Decompresses with Node's zlib on this thread, into one reusable output buffer. A `node:zlib` stream decodes each
 * chunk on another thread into new memory, which costs more than a third of the decoding itself.
 *
 * Node does not document a synchronous interface for data that arrives in chunks. But it has had one since its first
 * versions: Node's synchronous functions are built on it, and npm uses it in the same way to unpack packages. A version
 * of Node without it is detected and reported as an error.
 */
export class Inflater {
  readonly #stream: Gunzip | ZstdDecompress
  readonly #native: NativeDecoder
  /** Free bytes in the output, and unread bytes of the input, after the last call. */
  readonly #left: Uint32Array
  readonly #output: Buffer
  #failure: string | null = null

  /** Makes an inflater for a gzip stream with any number of members. The checksum of each member is verified. */
  static gzip(output: Buffer): Inflater {
    return new Inflater(createGunzip({ chunkSize }), output)
  }

  /**
   * Makes an inflater for zstd frames. The end of each frame must also be the end of a call, because only the first
   * frame of a call is decoded.
   */
  static zstd(output: Buffer): Inflater {
    return new Inflater(
      createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: windowLogMax } }),
      output,
    )
  }

  private constructor(stream: Gunzip | ZstdDecompress, output: Buffer) {
    this.#stream = stream
    this.#output = output
    const { native, left } = insideOf(stream)
    this.#native = native
    this.#left = left
    native.onerror = (message) => {
      this.#failure ??= message
    }
  }

  /**
   * Decompresses these bytes. Each piece is only valid until the next one is requested, and all pieces must be
   * consumed.
   *
   * @returns how many input bytes were used, which is fewer than all only after the end of the data
   * @throws Error if the data is damaged
   */
  *decode(input: Buffer): Generator<Buffer, number> {
    for (let at = 0; ;) {
      this.#call(goOn, input, at)
      const [room = 0, unread = 0] = this.#left
      at = input.length - unread
      const written = this.#output.length - room
      if (written > 0) yield this.#output.subarray(0, written)
      if (room > 0) return at
    }
  }

  /**
   * Ends the input. It does not detect an incomplete zstd frame.
   *
   * @throws Error if gzip data is incomplete
   */
  end(): void {
    this.#call(constants.Z_FINISH, nothing, 0)
  }

  /** Frees native memory. */
  close(): void {
    this.#stream.close()
  }

  #call(flush: number, input: Buffer, at: number): void {
    this.#native.writeSync(flush, input, at, input.length - at, this.#output, 0, this.#output.length)
    if (this.#failure !== null) throw new Error(this.#failure)
  }
}

function insideOf(stream: object): { readonly native: NativeDecoder; readonly left: Uint32Array } {
  const { _handle: native, _writeState: left } = stream as {
    readonly _handle?: Partial<NativeDecoder>
    readonly _writeState?: unknown
  }
  if (typeof native?.writeSync !== 'function' || !types.isUint32Array(left)) {
    throw new NotALayerFault(
      new Error(`Node.js ${process.version} cannot unpack layers, because its zlib is different: use Node.js 24`),
    )
  }
  return { native: native as NativeDecoder, left }
}
