/** A stage layer by layer in a terminal. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import { changedStageRows, stageRows, type ChangedStageRow, type StageRow } from '../stage-table.ts'
import { formatBytes, formatGrowth } from '../units.ts'
import { growthStyle, paintStart, type Paint } from './styled-text.ts'

interface Line {
  readonly row: StageRow
  readonly figures: readonly string[]
  /** What the row grew, for its colour. Bytes. */
  readonly grown: number | null
}

export function renderStage(
  stage: Stage,
  change: StageChange | null,
  added: boolean,
  width: number,
  paint: Paint,
): string[] {
  const final = stage.role === 'final'
  const base = stage.base ? ` on ${escapeTerminal(stage.base.reference)}` : ''
  const rows = change ? changedStageRows(change) : []
  const changed = rows.some(({ growth }) => growth !== null)
  const state = added ? ', new' : changed || !change ? '' : ', as before'
  const pull = final ? 'to pull' : 'compressed'
  const titles = changed ? [pull, 'change', 'unpacked', 'change'] : [pull, 'unpacked']
  const lines = changed ? rows.map(changedLine) : stageRows(stage).map(plainLine)
  const title = `${final ? 'Final stage' : 'Stage'} ${escapeTerminal(stage.name)}${base}${state}`
  return [paint('bold', fit(title, width)), ...layOut(titles, lines, width, paint)]
}

function plainLine(row: StageRow): Line {
  return { row, figures: [formatBytes(row.compressedSize), formatBytes(row.uncompressedSize)], grown: null }
}

function changedLine(row: ChangedStageRow): Line {
  const { growth, status, recoded } = row
  const gone = status === 'removed'
  const pull =
    growth === null
      ? ''
      : recoded && growth.compressedSize === null
        ? 'not counted'
        : formatGrowth(growth.compressedSize)
  return {
    row: gone ? { ...row, line: null } : row,
    figures: [
      gone ? '' : formatBytes(row.compressedSize),
      pull,
      gone ? '' : formatBytes(row.uncompressedSize),
      growth === null ? '' : formatGrowth(growth.uncompressedSize),
    ],
    grown:
      growth &&
      (growth.compressedSize === null || growth.compressedSize === 0 ? growth.uncompressedSize : growth.compressedSize),
  }
}

function layOut(titles: readonly string[], lines: readonly Line[], width: number, paint: Paint): string[] {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...lines.map(({ figures }) => figures[column]?.length ?? 0)),
  )
  const lineOf = ({ row: { line } }: Line): string => (line === null ? '' : String(line))
  const lineWidth = Math.max('line'.length, ...lines.map((line) => lineOf(line).length))
  const text = (cells: readonly string[], line: string, what: string): string =>
    fit(
      `  ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}  ${line.padStart(lineWidth)}  ${what}`,
      width,
    ).trimEnd()
  return [
    paint('dim', text(titles, 'line', '')),
    ...lines.map((line) =>
      colored(line, text(line.figures, lineOf(line), what(line.row)), figureColumns(widths), paint),
    ),
  ]
}

function figureColumns(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, 0)
}

/** Colour for the figures of what grew or shrank; the base is dim and the total bold. */
function colored({ row, grown }: Line, text: string, figures: number, paint: Paint): string {
  const style = growthStyle(grown)
  const shown = style === null ? text : paintStart(text, figures, style, paint)
  if (row.kind === 'total') return paint('bold', shown)
  return row.kind === 'base' && style === null ? paint('dim', shown) : shown
}

function what({ kind, foreign, words }: StageRow): string {
  const text = escapeTerminal(foreign)
  if (kind === 'layer') return [text, words === '' ? '' : `(${words})`].filter((part) => part !== '').join(' ')
  return [words, text].filter((part) => part !== '').join(' ')
}
