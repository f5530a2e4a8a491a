/** Writes a long text to standard output without holding all of it. */
import { once } from 'node:events'

/** Writes parts, each once the parts before are written. If one cannot be written, the entry point says so. */
export async function printParts(parts: Iterable<string>): Promise<void> {
  for (const part of parts) {
    if (process.stdout.write(part)) continue
    const isWritten = await once(process.stdout, 'drain').then(
      () => true,
      () => false,
    )
    if (!isWritten) return
  }
}
