/** What grew, why, and what shrank, in Markdown. Pure. */
import type { ImageComparison, StageChange } from '../../compare/comparison.ts'
import { growthInBuilders, sharedSentence, type BuilderGrowth } from '../builder-growth.ts'
import { rowCauses, wordsOfCauses, type CauseForm, type RestKind } from '../cause-words.ts'
import { notCounted } from '../cause-phrases.ts'
import { codecSentence } from '../cause-sentences.ts'
import { sumOfGrowth, type GrowthRow } from '../growth-rows.ts'
import {
  grownAndShrunk,
  rowsIn,
  smallWords,
  tableTitle,
  type GrownAndShrunk,
  type GrowthTable,
} from '../growth-tables.ts'
import { baseName, rowName, rowPlace, type RowFiles } from '../row-names.ts'
import { growthSentences, sameContentsSentences } from '../growth-sentences.ts'
import type { Name } from '../sentences.ts'
import { formatCount, formatGrowth } from '../units.ts'
import { folded, instruction, name, strong, summaryName, table } from './parts.ts'
import type { Tier } from './tiers.ts'

/** Returns the blocks for the final stage, and for the builder stages that grew. */
export function growthBlocks(comparison: ImageComparison, files: RowFiles, tier: Tier): string[] {
  const found = grownAndShrunk(comparison.final)
  const causes = wordsOfCauses(rowsIn(found.tables), name)
  return [
    ...finalBlocks(comparison.final, found, files, tier),
    ...growthInBuilders(comparison).flatMap((grown) => builderBlocks(grown, causes, files, tier)),
  ]
}

function finalBlocks(change: StageChange, found: GrownAndShrunk, files: RowFiles, tier: Tier): string[] {
  const codec = codecSentence(change)
  return [
    ...found.tables.flatMap((one) => rowsBlock({ pull: 'to pull:', maxRows: tier.rows }, one, files, tier)),
    ...(codec === null ? [] : [codec]),
    ...(tier.rows === 0 ? [] : [...growthSentences(found, files, name), ...sameContentsSentences(change, files, name)]),
  ]
}

/**
 * Returns the blocks for a builder stage, whose layers are never pulled.
 *
 * @param final words of causes that the table of the final stage contains
 */
function builderBlocks(grown: BuilderGrowth, final: ReadonlySet<string>, files: RowFiles, tier: Tier): string[] {
  if (tier.builderRows === 0) return []
  const shape: Shape = {
    where: (nameOf) => `in builder stage ${nameOf(grown.stage.after?.name ?? '')}`,
    pull: 'compressed:',
    maxRows: tier.builderRows,
    final,
  }
  const shared = sharedSentence(grown, name)
  return [...grown.tables.flatMap((one) => rowsBlock(shape, one, files, tier)), ...(shared === null ? [] : [shared])]
}

interface Shape {
  /** The stage, as a part of the title. Absent for the final stage. */
  readonly where?: (nameOf: Name) => string
  readonly pull: string
  /** Limit for the visible rows. */
  readonly maxRows: number
  /** Words of causes that the table of the final stage contains. */
  readonly final?: ReadonlySet<string>
}

function rowsBlock({ where, pull, maxRows, final }: Shape, grown: GrowthTable, files: RowFiles, tier: Tier): string[] {
  const { rows, small } = grown
  const title = (nameOf: Name): string => tableTitle(grown, where?.(nameOf))
  if (maxRows === 0) return []
  // A single row is shown rather than folded.
  const count = rows.length === maxRows + 1 ? rows.length : maxRows
  const [shown, rest] = [rows.slice(0, count), rows.slice(count)]
  const lines = (some: readonly GrowthRow[]): string[][] => some.map((row) => tableRow(row, files, tier, final))
  const titles = [pull, 'unpacked:', 'where and why']
  const smallSum = smallWords(grown, title(tier.folded ? summaryName : name))
  const smallBlock =
    smallSum === null ? [] : [tier.folded ? folded(smallSum, table(titles, lines(small))) : `${smallSum}.`]
  if (rows.length === 0) return smallBlock
  const sum = rest.length === 0 ? [] : [sumRow(rest, formatCount(rest.length, 'more row'))]
  return [
    `${strong(title(name))}\n\n${table(titles, [...lines(shown), ...sum])}`,
    ...smallBlock,
    ...(rest.length > 0 && tier.folded
      ? [folded(`${title(summaryName)}: ${formatCount(rest.length, 'more row')}`, table(titles, lines(rest)))]
      : []),
    ...(tier.folded ? shown.flatMap((row) => otherCauses(row, files, tier, final)) : []),
  ]
}

/** Limit for the packages and paths of a folded list. */
const maxOthers = 100

const restTitles: Readonly<Record<RestKind, string>> = {
  package: 'Packages',
  path: 'Paths',
  change: 'Packages and paths',
}

/** Returns the differences of a layer that do not fit into its row. */
function otherCauses(row: GrowthRow, files: RowFiles, tier: Tier, final: Shape['final']): string[] {
  const { rest, restCount, restKind, parts } = rowCauses(row, name, causeForm(tier, final))
  const place = rowName(row, files, summaryName)
  return [
    ...foldedList(`${restTitles[restKind]} of ${place}`, rest, restCount),
    ...foldedList(`Parts of packages of ${place}`, parts),
  ]
}

function foldedList(title: string, all: readonly string[], count = all.length): string[] {
  if (all.length === 0) return []
  const items = all.slice(0, maxOthers).map((words) => `- ${words}`)
  const left = all.length - items.length
  return [
    folded(
      `${title}: ${count} more`,
      [...items, ...(left > 0 ? [`- and ${left} more of them, in the record`] : [])].join('\n'),
    ),
  ]
}

function causeForm({ causes }: Tier, final: Shape['final']): CauseForm {
  return { limits: causes, final, left: (words) => words }
}

function sumRow(rows: readonly GrowthRow[], words: string): string[] {
  const { compressedSize, uncompressedSize } = sumOfGrowth(rows.map(({ growth }) => growth))
  return [formatGrowth(compressedSize), formatGrowth(uncompressedSize), words]
}

function tableRow(row: GrowthRow, files: RowFiles, tier: Tier, final: Shape['final']): string[] {
  const { lines } = rowCauses(row, name, causeForm(tier, final))
  return [
    row.codec === null ? formatGrowth(row.growth.compressedSize) : notCounted,
    formatGrowth(row.growth.uncompressedSize),
    [whereOf(row, files), ...lines].join('<br>'),
  ]
}

/** Returns `Dockerfile:14` and the instruction, or the base image. */
function whereOf(row: GrowthRow, files: RowFiles): string {
  if (row.kind === 'base') return baseName(row, files, name)
  const place = row.line === null && row.foreign !== '' ? '' : rowPlace(row, files, name)
  return [place, instruction(row.foreign)].filter((part) => part !== '').join(' ')
}
