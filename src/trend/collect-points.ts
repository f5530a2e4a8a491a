/** Collects the points in lines, chunk by chunk, so that a long history is never in memory as text. */
import { parsePoint } from './parse-point.ts'
import { maxLineLength, pointKeyOf, type Point } from './point.ts'

/** The lines of a text that are not points. */
export interface BadLines {
  /** Number of the first line that is not a point, from 1. Null if there is none. */
  readonly firstBadLine: number | null
  /** Number of lines that are not points. Empty lines do not count. */
  readonly badLines: number
}

/** Collects points from the chunks of one text. */
export interface PointCollector {
  readonly take: (chunk: Buffer) => void
  /** Takes the last line, and returns the lines that are not points. */
  readonly end: () => BadLines
}

const newline = 0x0a
/** In bytes. A UTF-16 code unit takes at most three bytes in UTF-8. */
const maxLineBytes = 3 * maxLineLength

/**
 * Returns a collector of the points in a text.
 *
 * @param points by `pointKeyOf`; existing keys are kept, so that the first line of a commit counts
 */
export function pointCollector(points: Map<string, Point>): PointCollector {
  const shared = new Map<string, string>()
  const once = (text: string): string => {
    const found = shared.get(text)
    if (found === undefined) shared.set(text, text)
    return found ?? text
  }
  let firstBadLine: number | null = null
  let badLines = 0
  let number = 0
  let rest = Buffer.alloc(0)
  let tooLong = false

  const takeLine = (bytes: Buffer): void => {
    number += 1
    const text = tooLong || bytes.length > maxLineBytes ? null : bytes.toString('utf8').trim()
    tooLong = false
    if (text === '') return
    const point = text === null ? null : parsePoint(text, once)
    if (point === null) {
      firstBadLine ??= number
      badLines += 1
      return
    }
    const key = pointKeyOf(point)
    if (!points.has(key)) points.set(key, point)
  }

  return {
    take: (chunk) => {
      let from = 0
      for (let to = chunk.indexOf(newline); to !== -1; to = chunk.indexOf(newline, from)) {
        const line = chunk.subarray(from, to)
        takeLine(rest.length === 0 ? line : Buffer.concat([rest, line]))
        rest = Buffer.alloc(0)
        from = to + 1
      }
      // The caller may reuse the chunk, and a line without an end must not fill the memory.
      if (rest.length <= maxLineBytes) rest = Buffer.concat([rest, chunk.subarray(from)])
      if (rest.length > maxLineBytes) {
        tooLong = true
        rest = rest.subarray(0, 1)
      }
    },
    end: () => {
      if (rest.length > 0) takeLine(rest)
      return { firstBadLine, badLines }
    },
  }
}
