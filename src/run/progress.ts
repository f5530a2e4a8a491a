/** Reports on standard error how many bytes of layers were read, if reading takes longer than a second. */
import { formatBytes } from '../report/units.ts'
import type { ReadingProgress } from '../weigh/layer-reader.ts'

/** Where progress is shown. */
export interface ProgressOutput {
  readonly write: (text: string) => unknown
  /** Whether the same line can be drawn repeatedly. */
  readonly isTTY?: boolean
  /** Width of the terminal. */
  readonly columns?: number
}

/** Milliseconds before the first output, because most runs read nothing new. */
const quietFor = 1_000
/** Milliseconds between two lines of a log, or between two drawings of the line in a terminal. */
const every = { log: 1_000, terminal: 100 } as const
/** Bytes below which nothing is shown, because they are read almost at once. */
const worthSaying = 500_000

/** Clears the terminal line that contains the cursor, from its start. */
export const clearLine = '\r\u001b[2K'

/**
 * Returns a function that takes each step of reading. In a terminal, it redraws one line and removes it at the end.
 * Elsewhere, it writes a line each second.
 */
export function progressPrinter(
  out: ProgressOutput,
  now: () => number = Date.now,
): (progress: ReadingProgress) => void {
  const isTerminal = out.isTTY === true
  const pause = isTerminal ? every.terminal : every.log
  let begun: number | null = null
  let printed: number | null = null
  return (progress) => {
    const time = now()
    begun ??= time
    if (isTerminal && progress.readBytes >= progress.totalBytes) {
      if (printed !== null) out.write(clearLine)
      printed = null
      return
    }
    const isTooSoon = time - begun < quietFor || (printed !== null && time - printed < pause)
    if (progress.totalBytes < worthSaying || isTooSoon) return
    printed = time
    const words = sentence(progress, time - begun)
    // The cursor returns to the start, so that the next output replaces the line.
    out.write(isTerminal ? `${clearLine}${words.slice(0, (out.columns ?? 80) - 1)}\r` : `${words}\n`)
  }
}

// `elapsed` is the time since reading began, in milliseconds.
function sentence({ readBytes, totalBytes }: ReadingProgress, elapsed: number): string {
  const done = `Weighing: ${formatBytes(readBytes)} of ${formatBytes(totalBytes)} of new layers read`
  if (readBytes === 0) return done
  const left = Math.ceil((elapsed * (totalBytes - readBytes)) / readBytes / 1000)
  return `${done}, ${formatBytes(Math.round((readBytes / elapsed) * 1000))}/s, ${duration(left)} left`
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`
}
