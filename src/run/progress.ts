/**
 * Reports on standard error how many bytes of layers were read, if reading takes longer than a second, and that the
 * builder is waited for.
 */
import { atExit } from '../at-exit.ts'
import { isUnnamed } from '../record/stage-name.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'
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
/** Milliseconds of waiting for the builder after which a log says so, once. A terminal says so each second. */
const waitedFor = 5_000
/** Bytes below which nothing is shown, because they are read almost at once. */
const worthSaying = 500_000

/**
 * Milliseconds over which the speed is measured, so that a slow begin does not count for long. After a pause of this
 * length, such as the build of the base revision, it is measured anew.
 */
const speedOver = 5_000
/** The share of all bytes from which the speed is shown even if it was measured for a shorter time. */
const minShare = 0.01
/** Milliseconds between two samples for the speed. */
const sampledEvery = 100

/** Length limits for the name of a stage or image, in characters. In a narrow terminal, it gets the room that is left. */
const stageNameLength = { most: 40, least: 8 } as const
/** Columns below which the words are shorter, so that they leave room for the name. */
const wideTerminal = 100

/** Clears the terminal line that contains the cursor, from its start. */
export const clearLine = '\r\u001b[2K'

/** Shows progress. */
export interface ProgressPrinter {
  /** Takes each step of reading. */
  readonly onProgress: (progress: ReadingProgress) => void
  /** Begins to say that the builder is waited for, as long as nothing is read, until the result is closed. */
  readonly onWaiting: () => { readonly close: () => Promise<void> }
}

/** What the printer knows of time. */
export interface Clock {
  /** Returns the time in milliseconds. */
  readonly now: () => number
  /** Calls a function again and again, each time after this number of milliseconds. Returns a function that ends this. */
  readonly repeat: (call: () => void, milliseconds: number) => () => void
}

const systemClock: Clock = {
  now: Date.now,
  repeat: (call, milliseconds) => {
    const timer = setInterval(call, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/** Shows nothing. */
export const noProgress: ProgressPrinter = {
  onProgress: () => undefined,
  onWaiting: () => ({ close: () => Promise.resolve() }),
}

/**
 * Returns a printer. In a terminal, it redraws one line and removes it at the end. Elsewhere, it writes a line each
 * second.
 */
export function progressPrinter(out: ProgressOutput, { now, repeat }: Clock = systemClock): ProgressPrinter {
  const isTerminal = out.isTTY === true
  const pause = isTerminal ? every.terminal : every.log
  let printed: number | null = null
  let before: Sample | null = null
  let begun: number | null = null
  let samples: readonly Sample[] = []
  const clear = (): void => {
    if (isTerminal && printed !== null) out.write(clearLine)
    printed = null
  }
  // A run that is stopped while it reads layers leaves no line, either.
  if (isTerminal) atExit(clear)
  const onProgress = (progress: ReadingProgress): void => {
    const time = now()
    const { readBytes, totalBytes } = progress
    begun ??= time
    if (before === null || time - before.time >= speedOver) samples = [{ time, readBytes: before?.readBytes ?? 0 }]
    before = { time, readBytes }
    if (time - (samples.at(-1)?.time ?? 0) >= sampledEvery) samples = [...recent(samples, time), before]
    if (isTerminal && readBytes >= totalBytes) {
      clear()
      return
    }
    const isTooSoon = time - begun < quietFor || (printed !== null && time - printed < pause)
    if (totalBytes < worthSaying || isTooSoon) return
    printed = time
    const width = isTerminal ? (out.columns ?? 80) - 1 : Infinity
    const words = sentence(progress, speedOf(samples[0] ?? before, before, totalBytes), width)
    // The cursor returns to the start, so that the next output replaces the line.
    out.write(isTerminal ? `${clearLine}${words.slice(0, width)}\r` : `${words}\n`)
  }
  const onWaiting = (): ReturnType<ProgressPrinter['onWaiting']> => {
    const since = now()
    let isSaid = false
    const end = repeat(() => {
      const time = now()
      const isReading = time - (before?.time ?? -Infinity) < quietFor
      if (isReading || (!isTerminal && (isSaid || time - since < waitedFor))) return
      isSaid = true
      if (!isTerminal) out.write(`${waitingWords}\n`)
      else {
        printed = time
        const words = `${waitingWords}, ${duration(Math.round((time - since) / 1_000))}`
        out.write(`${clearLine}${words.slice(0, (out.columns ?? 80) - 1)}\r`)
      }
    }, 1_000)
    const close = (): Promise<void> => {
      end()
      clear()
      return Promise.resolve()
    }
    return { close }
  }
  return { onProgress, onWaiting }
}

const waitingWords = 'Weighing: waiting for the builder'

interface Sample {
  /** In milliseconds. */
  readonly time: number
  readonly readBytes: number
}

/** Returns the samples within the time over which the speed is measured, and the last one before it. */
function recent(samples: readonly Sample[], time: number): readonly Sample[] {
  const first = samples.findLastIndex((sample) => time - sample.time >= speedOver)
  return samples.slice(Math.max(0, first))
}

/**
 * Returns the speed in bytes per second. Null if nothing was read in between, or so little that most of the time was
 * spent on connecting.
 */
function speedOf(first: Sample, last: Sample, totalBytes: number): number | null {
  const [bytes, time] = [last.readBytes - first.readBytes, last.time - first.time]
  if (bytes <= 0 || time <= 0 || (bytes < minShare * totalBytes && time < speedOver)) return null
  return (bytes / time) * 1_000
}

/**
 * Returns the words for the progress. In a narrow terminal, the name is cut first. What still has no room is left out as
 * a whole: the name, the layers, the speed, and then what is left.
 */
function sentence(progress: ReadingProgress, speed: number | null, width: number): string {
  const { readLayers, totalLayers, readBytes, totalBytes, stageName } = progress
  const bytes = `${formatBytes(readBytes)} of ${formatBytes(totalBytes)}`
  const layers = `${readLayers} of ${totalLayers} ${width < wideTerminal ? 'layers' : 'new layers done'}`
  const rate = speed === null ? [] : [`${formatBytes(Math.round(speed))}/s`]
  const left = speed === null ? [] : [`${duration(Math.ceil((totalBytes - readBytes) / speed))} left`]
  const all = [bytes, layers, ...rate, ...left]
  const room = width - 'Weighing : '.length - all.join(', ').length
  const name = stageName === null ? '' : isUnnamed(stageName) ? `stage ${stageName}` : escapeTerminal(stageName)
  if (name !== '' && room >= Math.min(stageNameLength.least, name.length))
    return `Weighing ${shorten(name, Math.min(stageNameLength.most, room))}: ${all.join(', ')}`
  const lines = [all, [bytes, ...rate, ...left], [bytes, ...left], [bytes]].map(
    (parts) => `Weighing: ${parts.join(', ')}`,
  )
  return lines.find((line) => line.length <= width) ?? bytes
}

/** Returns the line that is shown while a base revision is built. */
export const baseBuildWords = (commit: string): string =>
  `Weighing: building the base commit ${commit.slice(0, 7)} to compare with it`

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`
}
