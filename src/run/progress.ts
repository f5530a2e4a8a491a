/** A word on standard error while layers are read, once it takes longer than a second. */
import type { ReadingProgress } from '../weigh/layer-reader.ts'

const quietFor = 1_000
const every = 1_000

export function progressPrinter(
  out: { write(text: string): unknown },
  now: () => number = Date.now,
): (progress: ReadingProgress) => void {
  let begun: number | null = null
  let printed = 0
  return ({ readBytes, totalBytes }) => {
    const time = now()
    begun ??= time
    const total = Math.round(totalBytes / 1e6)
    if (total === 0 || time - begun < quietFor || time - printed < every) return
    printed = time
    out.write(`Weighing: ${Math.round(readBytes / 1e6)} of ${total} MB of new layers read\n`)
  }
}
