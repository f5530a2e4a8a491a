import { Duplex } from 'node:stream'
import { constants, createZstdDecompress, type ZstdDecompress } from 'node:zlib'
import { ZstdFrameWalker, type FramePiece } from './zstd-frame-walker.ts'

/** Most bytes of one chunk of output. Frames that say they are smaller get a smaller buffer. */
const outputChunk = 256 * 1024

/**
 * Largest window that is accepted, as a power of two: 512 MiB, the limit of the Go decoder that Docker and containerd
 * pull with. Memory is taken as data arrives, so a header that only claims such a window costs nothing.
 */
const windowLogMax = 29

/**
 * Decodes a zstd stream of any number of frames (RFC 8878, section 3).
 *
 * Node's own decoder (22 and 24) ends silently after the first frame (nodejs/node#64741), so each frame gets a decoder
 * of its own. At most one chunk of input and a few of output are held. Anything that is no frame, and a stream that
 * ends inside a frame, is an error.
 */
export class ZstdFramesDecoder extends Duplex {
  readonly #walker = new ZstdFrameWalker()
  #decoder: ZstdDecompress | null = null

  constructor() {
    // Object mode on the reading side hands chunks on as they are; byte mode would join them, a copy each time.
    super({ readableObjectMode: true, readableHighWaterMark: 4 })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#decode(chunk).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    try {
      this.#walker.end()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.push(null)
    done()
  }

  override _read(): void {
    this.#decoder?.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#decoder?.destroy()
    this.#decoder = null
    done(error)
  }

  async #decode(chunk: Buffer): Promise<void> {
    for (const piece of this.#walker.split(chunk)) {
      if (this.destroyed) return
      await this.#decodePiece(piece)
    }
  }

  /** Resolves when the decoder has used the piece up; for the last piece of a frame, when all its output is out. */
  #decodePiece(piece: FramePiece): Promise<void> {
    if (piece.starts) this.#decoder = this.#open(piece.contentSize)
    const decoder = this.#decoder
    // After an error it never resolves: the error destroys this stream, and with it the write that waits.
    return new Promise((resolve) => {
      if (decoder === null) return
      if (piece.ends) decoder.once('end', resolve).end(piece.bytes)
      else decoder.write(piece.bytes, () => resolve())
    })
  }

  #open(contentSize: number | null): ZstdDecompress {
    const decoder = createZstdDecompress({
      chunkSize: Math.max(64, Math.min(outputChunk, contentSize ?? outputChunk)),
      params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
    })
    decoder.on('error', (error) => this.destroy(error))
    decoder.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) decoder.pause()
    })
    return decoder
  }
}
