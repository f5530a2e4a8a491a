/** What grew, why, and what shrank, for a terminal. Pure. */
import type { ImageComparison, StageChange } from '../../compare/comparison.ts'
import { causeLimits, noLimits, rowCauses, wordsOfCauses } from '../cause-words.ts'
import { growthInBuilders, sharedSentence } from '../builder-growth.ts'
import { notCounted } from '../cause-phrases.ts'
import { codecSentence } from '../cause-sentences.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import type { GrowthRow } from '../growth-rows.ts'
import { grownAndShrunk, rowsIn, smallWords, tableTitle, type GrowthTable } from '../growth-tables.ts'
import { baseName, rowFiles, rowPlace, type RowFiles } from '../row-names.ts'
import { growthSentences, sameContentsSentences } from '../growth-sentences.ts'
import { formatGrowth } from '../units.ts'
import { growthStyle, leftWords, name, paintStart, seeAll, wrap, type Paint } from './styled-text.ts'

/** Limit for the rows of what grew and of what shrank, unless all are shown. */
const maxRows = 8
/** The same limit for a builder stage that grew more than the final stage. */
const maxBuilderRows = 3

/** Returns what grew and what shrank, as blocks of lines. */
export function growthBlocks(comparison: ImageComparison, all: boolean, width: number, paint: Paint): string[][] {
  const { final } = comparison
  const found = grownAndShrunk(final)
  const codec = codecSentence(final)
  const finalCauses = wordsOfCauses(rowsIn(found.tables), name)
  const shape = { files: rowFiles(comparison), all, width, paint }
  return [
    ...found.tables.map((one) => rowsBlock({ ...shape, pull: 'to pull', maxRows }, one)),
    codec === null ? [] : wrap(codec, width),
    ...[...growthSentences(found, shape.files, name), ...sameContentsSentences(final, shape.files, name)].map(
      (sentence) => wrap(sentence, width),
    ),
    ...growthInBuilders(comparison).flatMap((grown) => {
      const shared = sharedSentence(grown, name)
      return [
        ...grown.tables.map((one) => rowsBlock({ ...shape, ...builderShape(grown.stage), final: finalCauses }, one)),
        ...(shared === null ? [] : [wrap(shared, width)]),
      ]
    }),
  ]
}

function builderShape({ after }: StageChange): Pick<Shape, 'where' | 'pull' | 'maxRows'> {
  return { where: `in builder stage ${name(after?.name ?? '')}`, pull: 'compressed', maxRows: maxBuilderRows }
}

interface Shape {
  /** The stage, as a part of the title. Absent for the final stage. */
  readonly where?: string
  /** Title of the column with compressed sizes. */
  readonly pull: string
  readonly maxRows: number
  /** Words of causes that the rows of the final stage contain. */
  readonly final?: ReadonlySet<string>
  readonly files: RowFiles
  readonly all: boolean
  readonly width: number
  readonly paint: Paint
}

/** Columns that words need beside the figures. With fewer, they stand below them. */
const minRoom = 20

function rowsBlock({ where, pull, maxRows, final, files, all, width, paint }: Shape, table: GrowthTable): string[] {
  const rows = all ? [...table.rows, ...table.small] : table.rows
  const title = tableTitle(table, where)
  const small = all ? null : smallWords(table, title)
  if (rows.length === 0) return small === null ? [] : wrap(`${small} ${seeAll(table.small.length)}`, width)
  const shown = all ? rows : rows.slice(0, maxRows)
  const figuresOf = ({ growth, codec }: GrowthRow): readonly [string, string] => [
    codec === null ? formatGrowth(growth.compressedSize) : notCounted,
    formatGrowth(growth.uncompressedSize),
  ]
  const titles = [pull, 'unpacked'] as const
  const [pullWidth, unpackedWidth] = titles.map((title, column) =>
    Math.max(...shown.map((row) => figuresOf(row)[column]?.length ?? 0), title.length),
  )
  const text = (pull: string, unpacked: string, what: string): string =>
    fit(`  ${pull.padStart(pullWidth ?? 0)}  ${unpacked.padStart(unpackedWidth ?? 0)}  ${what}`, width).trimEnd()
  const figures = 4 + (pullWidth ?? 0) + (unpackedWidth ?? 0)
  const room = width - figures - 6
  const isNarrow = room < minRoom
  const causes = (words: string): string[] =>
    // Two spaces before the text, and four before a continued line.
    wrap(words, isNarrow ? width - 8 : room).map((line, nth) =>
      isNarrow ? `    ${nth === 0 ? '' : '  '}${line}` : text('', '', `${nth === 0 ? '  ' : '    '}${line}`),
    )
  return [
    paint('bold', fit(title, width)),
    paint('dim', text(...titles, '')),
    ...shown.flatMap((row) => {
      const style = growthStyle(row.growth.compressedSize ?? row.growth.uncompressedSize)
      const first = text(...figuresOf(row), isNarrow ? '' : whereOf(row, files))
      return [
        style ? paintStart(first, figures, style, paint) : first,
        ...(isNarrow ? [fit(`  ${whereOf(row, files)}`, width)] : []),
        ...(all ? allCauses(row, final) : shownCauses(row, final)).flatMap(causes),
      ]
    }),
    ...(rows.length > shown.length ? [text('', '', leftWords(rows.length - shown.length, 'row'))] : []),
    ...(small === null ? [] : [text('', '', `${small} ${seeAll(table.small.length)}`)]),
  ]
}

function shownCauses(row: GrowthRow, final: Shape['final']): readonly string[] {
  return rowCauses(row, name, { limits: causeLimits, final, left: (words, count) => `${words} ${seeAll(count)}` }).lines
}

function allCauses(row: GrowthRow, final: Shape['final']): readonly string[] {
  const { lines, parts } = rowCauses(row, name, { limits: noLimits, final, left: null })
  return [...lines, ...parts]
}

function whereOf(row: GrowthRow, files: RowFiles): string {
  if (row.kind === 'base') return baseName(row, files, name)
  const place = row.line === null && row.foreign !== '' ? '' : rowPlace(row, files, name)
  return `${place} ${escapeTerminal(row.foreign)}`.trim()
}
