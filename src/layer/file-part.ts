import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

/** A blob in a file: the whole file, or the payload of a tar entry. */
export interface FilePart {
  readonly path: string
  /** Offset in the file, and number of bytes from there. */
  readonly start: number
  readonly bytes: number
  readonly signal: AbortSignal
}

const chunkBytes = 256 * 1024
/** How long reading and processing may block the rest of the program, in milliseconds. */
const turn = 1

/**
 * Yields the bytes of a part. All chunks share one buffer, so each is only valid until the next one is requested.
 * Separate buffers, as file streams use them, would create as much garbage as the file has bytes. If the file ends
 * before the part does, the available bytes are yielded.
 *
 * @throws the system's error if the file cannot be read, or the reason of the signal
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
      // Reading from the page cache is faster than asking another thread to do it.
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
