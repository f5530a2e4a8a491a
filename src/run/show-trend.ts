/** The command `trend`: makes a trend from records and points, and writes the requested files. */
import { stat, writeFile } from 'node:fs/promises'
import { parseByteSize } from '../budget/byte-size.ts'
import { FootprintError } from '../errors.ts'
import { reasonOf } from '../files.ts'
import type { TrendOptions } from '../inputs/own-flags.ts'
import { renderBadge, renderTrendJson } from '../report/trend/json.ts'
import { renderTrendMarkdown } from '../report/trend/markdown.ts'
import { renderTrendTerminal } from '../report/trend/terminal.ts'
import type { TerminalOptions } from '../report/terminal/report.ts'
import { appendPoints } from '../trend/append-points.ts'
import { readTrend } from '../trend/read-trend.ts'
import { trendOf, type Trend } from '../trend/trend.ts'

export interface TrendRequest {
  readonly sources: readonly string[]
  readonly options: TrendOptions
  readonly terminal: TerminalOptions
  readonly readStdin: () => Promise<Buffer>
  /** Reports a sentence without a full stop. */
  readonly warn: (sentence: string) => void
}

/**
 * Runs the command.
 *
 * @returns the text for standard output
 * @throws FootprintError USAGE if an option is invalid, UNREADABLE_INPUT if a file cannot be read or written
 */
export async function showTrend({ sources, options, terminal, readStdin, warn }: TrendRequest): Promise<string> {
  const { append, badge, measure, quiet } = options
  const creepLimit = creepLimitOf(options)
  // Existing points belong to the trend and are not added again.
  const there = append !== null && (await exists(append)) ? [append] : []
  const { points, added, notes } = await readTrend([...there, ...sources], readStdin)
  if (!quiet) notes.forEach(warn)
  if (append !== null) await appendPoints(append, added)
  const trend = trendOf(points, { measure, creepLimit })
  if (badge !== null) await writeBadge(badge, trend)
  return formatted(trend, options, terminal)
}

function formatted(trend: Trend, { format }: TrendOptions, terminal: TerminalOptions): string {
  switch (format) {
    case 'json':
      return renderTrendJson(trend)
    case 'markdown':
      return renderTrendMarkdown(trend)
    case 'terminal':
      return renderTrendTerminal(trend, terminal)
  }
}

/** Returns the limit: a size as in budgets, or a number of layers. */
function creepLimitOf({ creep, measure }: TrendOptions): number | null {
  if (creep === null) return null
  const [, number = '', unit = ''] = /^([\d._]+) ?([a-z]*)$/i.exec(creep) ?? []
  const size = parseByteSize(number, unit)
  if ('bytes' in size && (measure !== 'layers' || unit === '')) return size.bytes
  const what = measure === 'layers' ? 'a number of layers, such as 1' : 'a size, such as 500kB or 1MB'
  throw new FootprintError('USAGE', `--creep must be ${what}, not "${creep}"`)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function writeBadge(path: string, trend: Trend): Promise<void> {
  await writeFile(path, renderBadge(trend)).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `the badge cannot be written to ${path}: ${reasonOf(cause)}`, {
      cause,
    })
  })
}
