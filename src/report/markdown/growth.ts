/** What grew, why, and what shrank, in Markdown. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import { restWords, rowCauses, wordsOfCauses } from '../cause-words.ts'
import { codecSentence } from '../change-sentences.ts'
import {
  changeRows,
  grownAndShrunk,
  rowPlace,
  smallWords,
  sumOfGrowth,
  type GrowthRow,
  type GrowthRows,
  type RowFiles,
} from '../growth-rows.ts'
import type { Name } from '../sentences.ts'
import { formatCount, formatGrowth } from '../units.ts'
import { folded, instruction, name, strong, summaryName, table } from './parts.ts'
import type { Tier } from './tiers.ts'

/** Returns the blocks for the final stage. Empty if nothing grew, shrank or changed its compression. */
export function growthBlocks(change: StageChange, files: RowFiles, tier: Tier): string[] {
  const { grew, shrank, notKnown, level, driftNoise } = grownAndShrunk(change)
  const codec = codecSentence(change)
  return [
    ...rowsBlock({ title: () => 'What grew', pull: 'to pull:', most: tier.rows }, grew, files, tier),
    ...rowsBlock({ title: () => 'What shrank', pull: 'to pull:', most: tier.rows }, shrank, files, tier),
    ...(codec === null ? [] : [codec]),
    ...(notKnown.length === 0 || tier.rows === 0
      ? []
      : [rowsSentence('Not known how much grew or shrank', notKnown, files)]),
    ...(level.length === 0 || tier.rows === 0 ? [] : [rowsSentence('Other contents of the same size', level, files)]),
    ...(driftNoise.length === 0 || tier.rows === 0
      ? []
      : [rowsSentence('Rebuild drift of less than 1 kB to pull', driftNoise, files)]),
  ]
}

/** Returns the blocks for a builder stage, whose layers are never pulled. */
export function builderGrowthBlocks(change: StageChange, final: StageChange, files: RowFiles, tier: Tier): string[] {
  const title: Shape['title'] = (nameOf) => `What grew in builder stage ${nameOf(change.after?.name ?? '')}`
  const finalCauses = wordsOfCauses(changeRows(final), name)
  const shape = { title, pull: 'compressed:', most: tier.builderRows, final: finalCauses }
  return rowsBlock(shape, grownAndShrunk(change).grew, files, tier)
}

interface Shape {
  readonly title: (nameOf: Name) => string
  readonly pull: string
  /** Limit for the visible rows. */
  readonly most: number
  /** Words of causes that the table of the final stage contains. */
  readonly final?: ReadonlySet<string>
}

function rowsBlock(
  { title, pull, most, final }: Shape,
  { rows, small }: GrowthRows,
  files: RowFiles,
  tier: Tier,
): string[] {
  if (rows.length === 0 || most === 0) return []
  // A single row is shown rather than folded.
  const count = rows.length === most + 1 ? rows.length : most
  const [shown, rest] = [rows.slice(0, count), rows.slice(count)]
  const lines = (some: readonly GrowthRow[]): string[][] => some.map((row) => tableRow(row, files, tier, final))
  const titles = [pull, 'unpacked:', 'where and why']
  const sum = rest.length === 0 ? [] : [sumRow(rest, `${rest.length} more`)]
  return [
    `${strong(title(name))}\n\n${table(titles, [...lines(shown), ...sum])}`,
    ...(small.length === 0 ? [] : [`${smallWords(small)}.`]),
    ...(rest.length > 0 && tier.folded
      ? [folded(`${title(summaryName)}: ${rest.length} more`, table(titles, lines(rest)))]
      : []),
    ...(tier.folded ? shown.flatMap((row) => otherCauses(row, files, tier, final)) : []),
  ]
}

/** Limit for the packages and paths of a folded list. */
const maxOthers = 100

/** Returns the differences of a layer that do not fit into its row. */
function otherCauses(row: GrowthRow, files: RowFiles, tier: Tier, final: Shape['final']): string[] {
  const { rest, parts } = rowCauses(row, name, tier.causes, final)
  const place = row.kind === 'base' ? 'the base image' : rowPlace(row, files, summaryName)
  return [
    ...foldedList(`${row.packages.length > 0 ? 'Packages' : 'Paths'} of ${place}`, rest),
    ...foldedList(`Parts of packages of ${place}`, parts),
  ]
}

function foldedList(title: string, all: readonly string[]): string[] {
  if (all.length === 0) return []
  const items = all.slice(0, maxOthers).map((words) => `- ${words}`)
  const left = all.length - items.length
  return [
    folded(
      `${title}: ${all.length} more`,
      [...items, ...(left > 0 ? [`- ${left} more are in the record`] : [])].join('\n'),
    ),
  ]
}

function sumRow(rows: readonly GrowthRow[], words: string): string[] {
  const { compressedSize, uncompressedSize } = sumOfGrowth(rows.map(({ growth }) => growth))
  return [formatGrowth(compressedSize), formatGrowth(uncompressedSize), words]
}

function tableRow(row: GrowthRow, files: RowFiles, tier: Tier, final: Shape['final']): string[] {
  const { told, rest } = rowCauses(row, name, tier.causes, final)
  const more = rest.length > 0 && tier.causes.paths > 0 ? [restWords(rest)] : []
  return [
    row.codec === null ? formatGrowth(row.growth.compressedSize) : 'not counted',
    formatGrowth(row.growth.uncompressedSize),
    [whereOf(row, files), ...told, ...more].join('<br>'),
  ]
}

/** Returns `Dockerfile:14` and the instruction, or the base image. */
function whereOf(row: GrowthRow, files: RowFiles): string {
  if (row.kind === 'base') return `base image ${name(row.foreign)}`
  return [rowPlace(row, files, name), instruction(row.foreign)].filter((part) => part !== '').join(' ')
}

function rowsSentence(what: string, rows: readonly GrowthRow[], files: RowFiles): string {
  const shown = rows.slice(0, 3).map((row) => (row.kind === 'base' ? 'the base image' : rowPlace(row, files, name)))
  const rest = rows.length - shown.length
  return `${what}: ${formatCount(rows.length, 'layer')} (${shown.join(', ')}${rest === 0 ? '' : `, and ${rest} more`}).`
}
