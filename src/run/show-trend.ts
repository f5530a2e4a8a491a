/** The command `trend`: makes a trend from records and points, and writes the requested files. */
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseByteSize } from '../budget/byte-size.ts'
import { FootprintError } from '../errors.ts'
import { exists, isFolder, reasonOf, writeNamedFile } from '../files.ts'
import { openBranches } from '../git/branch-order.ts'
import type { CheckoutRequest } from '../git/checkout.ts'
import type { TrendOptions } from '../inputs/own-flags.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'
import { renderBadge, renderTrendJson } from '../report/trend/json.ts'
import { renderTrendMarkdown } from '../report/trend/markdown.ts'
import { renderTrendTerminal } from '../report/trend/terminal.ts'
import type { TerminalOptions } from '../report/terminal/report.ts'
import { counted } from '../text.ts'
import { appendPoints } from '../trend/append-points.ts'
import { readTrend } from '../trend/read-trend.ts'
import type { Point } from '../trend/point.ts'
import { trendOf, type Trend } from '../trend/trend.ts'
import { findBranchOrder } from './find-branch-order.ts'
import { requireOwnFiles } from './output-files.ts'

/** The command `trend`, parsed, with what it needs of this machine. */
export interface TrendRequest {
  readonly sources: readonly string[]
  readonly options: TrendOptions
  readonly terminal: TerminalOptions
  readonly readStdin: (maxBytes: number) => Promise<Buffer>
  /** Where the order of commits is looked up. */
  readonly checkout: CheckoutRequest
  /** Reports a sentence without a full stop. */
  readonly warn: (sentence: string) => void
}

/**
 * Runs the command.
 *
 * @returns the text for standard output, in parts
 * @throws FootprintError USAGE if an option is invalid, UNREADABLE_INPUT if a file cannot be read or written
 */
export async function showTrend({
  sources,
  options,
  terminal,
  readStdin,
  checkout,
  warn,
}: TrendRequest): Promise<Iterable<string>> {
  const { append, badge, measure, branch, quiet } = options
  const creepLimit = creepLimitOf(options)
  await requireOwnFiles([{ flag: '--badge', path: badge }], [append, ...sources])
  // A link that the user named is followed, as a shell does for `>>`.
  const target = append === null ? null : await realpath(append).catch(() => append)
  if (target !== null) await requireFolderOf(target)
  // Existing points belong to the trend and are not added again.
  const there = target !== null && (await exists(target)) ? [target] : []
  const { points, added, orderOf, notes } = await readTrend([...there, ...sources], {
    readStdin,
    findOrder: async (branches) => findBranchOrder(await openBranches(checkout), branches),
  })
  if (!quiet) notes.forEach(warn)
  if (target !== null) await appendPoints(target, added)
  const shown = pointsOf(points, branch)
  const trend = trendOf(shown, { measure, creepLimit }, orderOf)
  const hint = branchHint(trend, branch, points, points.length - shown.length)
  if (hint !== null && !quiet) warn(hint)
  if (badge !== null) await writeBadge(badge, trend)
  return formatted(trend, options, terminal)
}

/** A typing error in a path would otherwise begin another trend, in a new folder. */
async function requireFolderOf(path: string): Promise<void> {
  const folder = dirname(path)
  if (await isFolder(folder)) return
  throw new FootprintError('UNREADABLE_INPUT', `the trend cannot be written to ${path}: there is no folder ${folder}`)
}

/**
 * Returns the points of a branch, or of all. Points without one, as of pull requests, are shown only if there are no
 * others of that image and platform.
 */
function pointsOf(points: readonly Point[], branch: string | null): readonly Point[] {
  if (branch !== null) return points.filter((point) => point.branch === branch)
  const withBranch = new Set(points.filter((point) => point.branch !== null).map(imageOf))
  return points.filter((point) => point.branch !== null || !withBranch.has(imageOf(point)))
}

const imageOf = ({ name, platform }: Point): string => JSON.stringify([name, platform])

/**
 * Returns a sentence without a full stop if there are no points, if those of several branches are shown, or none of the
 * branch that was asked for. Each branch has a trend of its own, so a history that changed its branch looks shorter than it is.
 */
function branchHint({ series }: Trend, asked: string | null, points: readonly Point[], hidden: number): string | null {
  const branches = [...new Set(points.flatMap(({ branch }) => branch ?? []))]
  const without = points.filter(({ branch }) => branch === null).length
  const names = [...branches.map((name) => escapeTerminal(shorten(name, 60))), ...(without > 0 ? ['no branch'] : [])]
  const listed = (some: readonly string[]): string =>
    `${some.slice(0, 5).join(', ')}${some.length > 5 ? ` and ${some.length - 5} more ${some.length === 6 ? 'branch' : 'branches'}` : ''}`
  if (points.length === 0) return 'each record is a point: `build --json FILE` writes one'
  if (asked !== null)
    return series.length > 0 ? null : `the trend has no points of the branch ${asked}, only of ${listed(names)}`
  const hints = [
    ...(branches.length > 1
      ? [
          `the points belong to ${listed(names.slice(0, branches.length))}, and each of these has a trend of its own: --branch NAME shows only one`,
        ]
      : []),
    ...(hidden > 0
      ? [
          `${counted(hidden, 'point')} of no branch ${hidden === 1 ? 'is' : 'are'} not shown, since the same image has points of a branch: a pull request, a tag or a commit was checked out`,
        ]
      : []),
  ]
  return hints.length === 0 ? null : hints.join('. ')
}

function formatted(trend: Trend, { format }: TrendOptions, terminal: TerminalOptions): Iterable<string> {
  switch (format) {
    case 'json':
      return renderTrendJson(trend)
    case 'markdown':
      return [renderTrendMarkdown(trend)]
    case 'terminal':
      return [renderTrendTerminal(trend, terminal)]
  }
}

/** Returns the limit: a size as in budgets, or a number of layers. */
function creepLimitOf({ creep, measure }: TrendOptions): number | null {
  if (creep === null) return null
  const [, number = '', unit = ''] = /^([\d._]+) ?([a-z]*)$/i.exec(creep) ?? []
  const size = parseByteSize(number, unit)
  if ('bytes' in size && (measure !== 'layers' || unit === '')) return size.bytes
  const what = measure === 'layers' ? 'a number of layers, such as 1' : 'a size, such as 500kB or 1MB'
  const why = 'isInBits' in size && size.isInBits ? `: ${size.problem}` : ''
  throw new FootprintError('USAGE', `--creep must be ${what}, not "${creep}"${why}`)
}

async function writeBadge(path: string, trend: Trend): Promise<void> {
  const folder = dirname(path)
  if (!(await isFolder(folder)))
    throw new FootprintError('UNREADABLE_INPUT', `the badge cannot be written to ${path}: there is no folder ${folder}`)
  await writeNamedFile(path, renderBadge(trend)).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `the badge cannot be written to ${path}: ${reasonOf(cause)}`, {
      cause,
    })
  })
}
