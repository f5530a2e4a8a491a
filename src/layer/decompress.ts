import type { Duplex } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { LayerCompression } from '../oci/media-type.ts'
import { isZstdMagic } from './zstd-frame-walker.ts'
import { ZstdFramesDecoder } from './zstd-frames.ts'

/** Two and a half times as fast as zlib's default of 16 KiB: each chunk costs a trip to the thread pool. */
const gunzipChunk = 256 * 1024

/**
 * How a blob is compressed, by its first four bytes (RFC 1952, section 2.3.1; RFC 8878, section 3.1). Registries
 * hold blobs under the wrong media type, and the bytes are right whatever the type says.
 */
export function compressionOf(head: Buffer): LayerCompression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.length >= 4 && isZstdMagic(head.readUInt32LE(0)) ? 'zstd' : 'none'
}

/** Looks at the first bytes of a stream; `source` of the answer gives the whole stream again. */
export async function detectCompression(
  source: AsyncIterable<Buffer>,
): Promise<{ compression: LayerCompression; source: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let ended = false
  while (head.length < 4 && !ended) {
    const next = await iterator.next()
    if (next.done === true) ended = true
    else head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  return { compression: compressionOf(head), source: replay(head, iterator) }
}

async function* replay(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/**
 * The uncompressed bytes. Gzip of many members and zstd of many frames are read to their end. The source is always
 * read to its end too. Throws what the source throws, and an Error on data that is damaged, truncated, or followed
 * by anything but zero bytes. Bounded memory, whatever the ratio.
 */
export function decompress(
  source: AsyncIterable<Buffer>,
  compression: LayerCompression,
): AsyncIterable<Buffer> {
  if (compression === 'none') return source
  if (compression === 'zstd') return through(source, new ZstdFramesDecoder(), () => 0)
  const gunzip = createGunzip({ chunkSize: gunzipChunk })
  return through(source, gunzip, (given) => given - gunzip.bytesWritten)
}

/** `unused` tells how many of the bytes given to the decoder it has not taken. */
async function* through(
  source: AsyncIterable<Buffer>,
  decoder: Duplex,
  unused: (given: number) => number,
): AsyncGenerator<Buffer> {
  // At trailing garbage the output has ended before the error comes: nobody else listens any more.
  decoder.on('error', () => {})
  const feeding = feed(source, decoder, unused)
  feeding.catch((error: unknown) => {
    decoder.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  yield* decoder
  await feeding
}

/**
 * Gives the source to the decoder chunk by chunk. Not a pipe: at trailing bytes zlib ends its output and never calls
 * back for the write, so that a pipe would hang and the rest of the blob stay unread, and its digest unknown.
 */
async function feed(
  source: AsyncIterable<Buffer>,
  decoder: Duplex,
  unused: (given: number) => number,
): Promise<void> {
  const reader = { gone: false, wake: (): void => {} }
  const leave = (): void => {
    reader.gone = true
    reader.wake()
  }
  decoder.once('end', leave).once('close', leave)
  let given = 0
  let ended = false
  for await (const chunk of source) {
    if (ended) {
      requireZeros(chunk)
      continue
    }
    // Closed before its end: it failed, or its reader has gone. Nobody asks for more.
    if (reader.gone) return
    await new Promise<void>((resolve) => {
      reader.wake = resolve
      decoder.write(chunk, () => resolve())
    })
    given += chunk.length
    const trailing = Math.min(unused(given), chunk.length)
    ended = trailing > 0 && decoder.errored === null
    if (ended) requireZeros(chunk.subarray(chunk.length - trailing))
  }
  if (!ended && !reader.gone) decoder.end()
}

function requireZeros(trailing: Buffer): void {
  if (trailing.some((byte) => byte !== 0)) throw new Error('there is data after the end of the compressed stream')
}
