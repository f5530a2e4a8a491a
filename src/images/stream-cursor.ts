/** A cursor over a stream. Bytes are read once, in order, and those that nobody wants are dropped. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Cursor } from './archive-entries.ts'
import { damaged } from './document.ts'

/** A cursor over a stream. */
export interface StreamCursor extends Cursor {
  /** Passes the next bytes to `use` as a stream, which need not be read to its end. */
  readonly withBody: <T>(bytes: number, use: (body: Readable) => Promise<T>) => Promise<T>
  /** Reads the rest of the stream, so that the writer can finish. */
  readonly drain: () => Promise<void>
}

/** Returns a cursor at the start of a stream. */
export function streamCursor(source: AsyncIterable<Buffer>, name: string): StreamCursor {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let position = 0

  /** Returns the next bytes, at most this many, or none at the end. */
  const take = async (maxBytes: number): Promise<Buffer> => {
    while (rest.length === 0) {
      const next = await chunks.next()
      if (next.done === true) return rest
      rest = next.value
    }
    const taken = rest.subarray(0, maxBytes)
    rest = rest.subarray(taken.length)
    position += taken.length
    return taken
  }

  async function* body(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0;) {
      const chunk = await take(left)
      if (chunk.length === 0) throw damaged(`${name} is cut short`)
      left -= chunk.length
      yield chunk
    }
  }

  return {
    position: () => position,
    read: async (bytes) => {
      const parts: Buffer[] = []
      for (let left = bytes; left > 0;) {
        const part = await take(left)
        if (part.length === 0) break
        left -= part.length
        parts.push(part)
      }
      return Buffer.concat(parts)
    },
    skip: async (bytes) => {
      const end = position + bytes
      while (position < end) {
        if ((await take(end - position)).length > 0) continue
        // The padding of the last entry may be missing.
        if (end - position < 512) return
        throw damaged(`${name} is cut short`)
      }
    },
    withBody: async (bytes, use) => {
      const stream = Readable.from(body(bytes), { objectMode: false, highWaterMark: 1 << 20 })
      // A reader of the stream gets the error anyway. Without a reader, the error does not matter.
      stream.on('error', () => undefined)
      try {
        return await use(stream)
      } finally {
        // A chunk that is being read belongs to the body. The position is stable only once the body is closed.
        stream.destroy()
        if (!stream.closed) await once(stream, 'close').catch(() => undefined)
      }
    },
    drain: async () => {
      while ((await take(1 << 20)).length > 0);
    },
  }
}
