import { types } from 'node:util'
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib'
import { NotTheLayer } from './not-the-layer.ts'

/** Small enough that what reads it finds it in the processor's cache. Bytes. */
const outputBytes = 128 * 1024
const nothing = Buffer.alloc(0)
/** More data comes: Z_NO_FLUSH, and ZSTD_e_continue. */
const goOn = 0
/** The least that Node allows: the streams' own room for output stays unused. */
const chunkSize = 64

/**
 * Largest window of zstd that is accepted, as a power of two: 512 MiB, the limit of the Go decoder that Docker and
 * containerd pull with. Memory is taken as data arrives, so a header that only claims such a window costs nothing.
 */
const windowLogMax = 29

/** What a stream of `node:zlib` is made of, in Node 22 to 26. */
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

/** Room for output, for one inflater after the other. */
export function outputRoom(): Buffer {
  return Buffer.allocUnsafeSlow(outputBytes)
}

/**
 * Node's zlib on this thread, into one room for output that is used over and over again. A stream of `node:zlib` has each
 * chunk decoded by another thread into new memory, which costs more than a third of the decoding itself.
 *
 * Node documents no such thing for data that comes in pieces. It has had it since its first years nevertheless: the
 * synchronous functions are made of it, and so is, by the same door, what npm unpacks packages with. A Node without
 * it is told by an error.
 */
export class Inflater {
  readonly #stream: Gunzip | ZstdDecompress
  readonly #native: NativeDecoder
  /** Room that the last call left in the output, and bytes that it left of the input. */
  readonly #left: Uint32Array
  readonly #output: Buffer
  #failure: string | null = null

  /** One gzip stream of any number of members, each checked by its checksum. */
  static gzip(output: Buffer): Inflater {
    return new Inflater(createGunzip({ chunkSize }), output)
  }

  /** Frames of zstd, each of which ends with a call: a call that holds more than one gives the first alone. */
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
   * What these bytes unfold to. Each piece is good until the next is asked for; all have to be. Gives back how many of
   * the bytes were used: less than all only behind the end of the data.
   *
   * @throws Error on damaged data
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

  /** @throws Error where gzip data is not whole; a frame of zstd does not tell */
  end(): void {
    this.#call(constants.Z_FINISH, nothing, 0)
  }

  /** Frees the memory that is not JavaScript's. */
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
    throw new NotTheLayer(
      new Error(`layers cannot be unpacked by Node.js ${process.version}, whose zlib is another one; use Node.js 24`),
    )
  }
  return { native: native as NativeDecoder, left }
}
