import { open } from 'node:fs/promises'

/** A blob that lies in a file, as a whole or as the payload of a tar entry. */
export interface FilePart {
  readonly path: string
  /** Offset in the file, and bytes from there. */
  readonly start: number
  readonly bytes: number
  readonly signal: AbortSignal
}

const chunkBytes = 256 * 1024

/**
 * The bytes of a part, all in one buffer: each chunk is good until the next is asked for. Chunks in memory of their own,
 * as streams of files have them, would be garbage as large as the file.
 *
 * Throws the system's error where the file cannot be read, and the reason of the signal. A file that ends before the
 * part does gives what it has.
 */
export async function* chunksOf({ path, start, bytes, signal }: FilePart): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, bytes))
    for (let at = 0; at < bytes; ) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), start + at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
