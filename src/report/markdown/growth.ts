/** What grew and why, what shrank, in Markdown. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import { causeWords } from '../cause-words.ts'
import { codecSentence } from '../change-sentences.ts'
import { grownAndShrunk, smallWords, sumOfGrowth, type GrowthRow, type GrowthRows } from '../growth-rows.ts'
import { formatCount, formatGrowth } from '../units.ts'
import { folded, instruction, name, strong, table } from './parts.ts'
import type { Tier } from './tiers.ts'

/** Of the final stage; empty where nothing grew, shrank or was compressed in another way. */
export function growthBlocks(change: StageChange, dockerfile: string | undefined, tier: Tier): string[] {
  const { grew, shrank, notKnown, level } = grownAndShrunk(change)
  const codec = codecSentence(change)
  return [
    ...rowsBlock('What grew', grew, dockerfile, tier),
    ...rowsBlock('What shrank', shrank, dockerfile, tier),
    ...(codec === null ? [] : [codec]),
    ...(notKnown.length === 0 || tier.rows === 0
      ? []
      : [rowsSentence('Not known how much grew or shrank', notKnown, dockerfile)]),
    ...(level.length === 0 || tier.rows === 0
      ? []
      : [rowsSentence('Other contents of the same size', level, dockerfile)]),
  ]
}

function rowsBlock(title: string, { rows, small }: GrowthRows, dockerfile: string | undefined, tier: Tier): string[] {
  if (rows.length === 0 || tier.rows === 0) return []
  // A fold for a single row hides more than it saves.
  const most = rows.length === tier.rows + 1 ? rows.length : tier.rows
  const [shown, rest] = [rows.slice(0, most), rows.slice(most)]
  const lines = (some: readonly GrowthRow[]): string[][] => some.map((row) => tableRow(row, dockerfile, tier))
  const titles = ['to pull:', 'unpacked:', 'where and why']
  const smallRow = small.length === 0 ? [] : [sumRow(small, smallWords(small))]
  if (rest.length === 0) return [`${strong(title)}\n\n${table(titles, [...lines(shown), ...smallRow])}`]
  return [
    `${strong(title)}\n\n${table(titles, [...lines(shown), sumRow(rest, `${rest.length} more`), ...smallRow])}`,
    ...(tier.folded ? [folded(`${title}: ${rest.length} more`, table(titles, lines(rest)))] : []),
  ]
}

function sumRow(rows: readonly GrowthRow[], words: string): string[] {
  const { compressedSize, uncompressedSize } = sumOfGrowth(rows.map(({ growth }) => growth))
  return [formatGrowth(compressedSize), formatGrowth(uncompressedSize), words]
}

function tableRow(row: GrowthRow, dockerfile: string | undefined, tier: Tier): string[] {
  return [
    row.codec === null ? formatGrowth(row.growth.compressedSize) : 'not counted',
    formatGrowth(row.growth.uncompressedSize),
    [whereOf(row, dockerfile), ...causeWords(row, name, tier.causes)].join('<br>'),
  ]
}

/** `Dockerfile:14` and the instruction, or the base image. */
function whereOf(row: GrowthRow, dockerfile: string | undefined): string {
  if (row.kind === 'base') return `base image ${name(row.foreign)}`
  return [lineOf(row, dockerfile), instruction(row.foreign)].filter((part) => part !== '').join(' ')
}

function lineOf({ line, status }: GrowthRow, dockerfile: string | undefined): string {
  if (line === null) return 'line not known'
  if (status === 'removed') return `was line ${line}`
  return dockerfile === undefined ? `line ${line}` : name(`${dockerfile}:${line}`)
}

function rowsSentence(what: string, rows: readonly GrowthRow[], dockerfile: string | undefined): string {
  const shown = rows.slice(0, 3).map((row) => (row.kind === 'base' ? 'the base image' : lineOf(row, dockerfile)))
  const rest = rows.length - shown.length
  return `${what}: ${formatCount(rows.length, 'layer')} (${shown.join(', ')}${rest === 0 ? '' : `, and ${rest} more`}).`
}
