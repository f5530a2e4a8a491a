/** What grew, why, and what shrank, for a terminal. Pure. */
import type { ImageComparison } from '../../compare/comparison.ts'
import { causeWords, mostCauses, wordsOfCauses } from '../cause-words.ts'
import { buildersToExplain, codecSentence } from '../change-sentences.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import {
  changeRows,
  grownAndShrunk,
  rowFiles,
  rowPlace,
  smallWords,
  type GrowthRow,
  type GrowthRows,
  type RowFiles,
} from '../growth-rows.ts'
import { formatCount, formatGrowth } from '../units.ts'
import { growthStyle, name, paintStart, wrap, type Paint } from './styled-text.ts'

/** Limit for the rows of what grew and of what shrank. The tables below contain all of them. */
const maxRows = 8
/** The same limit for a builder stage that grew more than the final stage. */
const maxBuilderRows = 3

/** Returns what grew and what shrank, as blocks of lines. */
export function growthBlocks(comparison: ImageComparison, width: number, paint: Paint): string[][] {
  const { final } = comparison
  const { grew, shrank, notKnown, driftNoise } = grownAndShrunk(final)
  const codec = codecSentence(final)
  const finalCauses = wordsOfCauses(changeRows(final), name)
  const rows = (title: string, pull: string, most: number, found: GrowthRows, shownCauses?: Shape['final']): string[] =>
    rowsBlock({ title, pull, most, final: shownCauses, files: rowFiles(comparison), width, paint }, found)
  return [
    rows('What grew', 'to pull', maxRows, grew),
    rows('What shrank', 'to pull', maxRows, shrank),
    codec === null ? [] : wrap(codec, width),
    notKnown.length === 0
      ? []
      : wrap(`Not known how much grew or shrank: ${formatCount(notKnown.length, 'layer')}.`, width),
    driftNoise.length === 0
      ? []
      : wrap(`Rebuild drift of less than 1 kB to pull: ${formatCount(driftNoise.length, 'layer')}.`, width),
    ...buildersToExplain(comparison).map((stage) =>
      rows(
        `What grew in builder stage ${name(stage.after?.name ?? '')}`,
        'compressed',
        maxBuilderRows,
        grownAndShrunk(stage).grew,
        finalCauses,
      ),
    ),
  ]
}

interface Shape {
  readonly title: string
  /** Title of the column with compressed sizes. */
  readonly pull: string
  readonly most: number
  /** Words of causes that the rows of the final stage contain. */
  readonly final: ReadonlySet<string> | undefined
  readonly files: RowFiles
  readonly width: number
  readonly paint: Paint
}

function rowsBlock({ title, pull, most, final, files, width, paint }: Shape, { rows, small }: GrowthRows): string[] {
  if (rows.length === 0) return []
  const shown = rows.slice(0, most)
  const figuresOf = ({ growth, codec }: GrowthRow): readonly [string, string] => [
    codec === null ? formatGrowth(growth.compressedSize) : 'not counted',
    formatGrowth(growth.uncompressedSize),
  ]
  const titles = [pull, 'unpacked'] as const
  const [pullWidth, unpackedWidth] = titles.map((title, column) =>
    Math.max(...shown.map((row) => figuresOf(row)[column]?.length ?? 0), title.length),
  )
  const text = (pull: string, unpacked: string, what: string): string =>
    fit(`  ${pull.padStart(pullWidth ?? 0)}  ${unpacked.padStart(unpackedWidth ?? 0)}  ${what}`, width).trimEnd()
  const figures = 4 + (pullWidth ?? 0) + (unpackedWidth ?? 0)
  const causes = (words: string): string[] =>
    wrap(words, Math.max(20, width - figures - 4)).map((line, nth) =>
      text('', '', `${nth === 0 ? '  ' : '    '}${line}`),
    )
  return [
    paint('bold', fit(title, width)),
    paint('dim', text(...titles, '')),
    ...shown.flatMap((row) => {
      const style = growthStyle(row.growth.compressedSize ?? row.growth.uncompressedSize)
      const first = text(...figuresOf(row), whereOf(row, files))
      return [
        style ? paintStart(first, figures, style, paint) : first,
        ...causeWords(row, name, mostCauses, final).flatMap(causes),
      ]
    }),
    ...(rows.length > shown.length ? [text('', '', `and ${rows.length - shown.length} more`)] : []),
    ...(small.length === 0 ? [] : [text('', '', smallWords(small))]),
  ]
}

function whereOf(row: GrowthRow, files: RowFiles): string {
  if (row.kind === 'base') return `base image ${name(row.foreign)}`
  return `${rowPlace(row, files, name)} ${escapeTerminal(row.foreign)}`
}
