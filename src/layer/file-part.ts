import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

/** A blob that lies in a file, as a whole or as the payload of a tar entry. */
export interface FilePart {
  readonly path: string
  /** Offset in the file, and bytes from there. */
  readonly start: number
  readonly bytes: number
  readonly signal: AbortSignal
}

const chunkBytes = 256 * 1024
/** How long reads, and what becomes of them, may keep the rest of the program waiting, in milliseconds. */
const turn = 1

/**
 * The bytes of a part, all in one buffer: each chunk is good until the next is asked for. Chunks in memory of their own,
 * as streams of files have them, would be garbage as large as the file.
 *
 * Throws the system's error where the file cannot be read, and the reason of the signal. A file that ends before the
 * part does gives what it has.
 */
export async function* chunksOf(
  { path, start, bytes }: Omit<FilePart, 'signal'>,
  signal: AbortSignal | null,
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, bytes))
    let begun = performance.now()
    for (let at = 0; at < bytes;) {
      // A read from the page cache takes less time than to ask another thread for it.
      const read = readSync(file.fd, buffer, 0, Math.min(buffer.length, bytes - at), start + at)
      if (read === 0) return
      at += read
      yield buffer.subarray(0, read)
      if (performance.now() - begun < turn) continue
      await setImmediate()
      signal?.throwIfAborted()
      begun = performance.now()
    }
  } finally {
    await file.close()
  }
}
