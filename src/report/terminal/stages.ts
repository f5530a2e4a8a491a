/** A stage layer by layer, for a terminal. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { displayWidth, fit } from '../display-width.ts'
import { escapeTerminal } from '../escape.ts'
import { capital, stageOnBase } from '../sentences.ts'
import {
  changedStageRows,
  levelRows,
  levelWords,
  stageRows,
  type ChangedStageRow,
  type StageRow,
} from '../stage-table.ts'
import { formatBytes, formatGrowth } from '../units.ts'
import { growthStyle, paintStart, type Paint } from './styled-text.ts'

interface Line {
  readonly row: StageRow
  readonly figures: readonly string[]
  /** Growth of the row in bytes, which decides its colour. */
  readonly grown: number | null
}

/** Returns the table of a stage as lines. */
export function renderStage(
  stage: Stage,
  change: StageChange | null,
  added: boolean,
  dockerfile: string | undefined,
  width: number,
  paint: Paint,
): string[] {
  const final = stage.role === 'final'
  const rows = change ? changedStageRows(change) : []
  const changed = rows.some(({ growth }) => growth !== null)
  const state = added ? ', new' : changed || !change ? '' : `, ${levelWords(change)}`
  const pull = final ? 'to pull' : 'compressed'
  const titles = changed ? [pull, 'change', 'unpacked', 'change'] : [pull, 'unpacked']
  const lines = changed ? rows.map(changedLine) : (change ? levelRows(stage, change) : stageRows(stage)).map(plainLine)
  const file = dockerfile === undefined ? '' : ` in ${escapeTerminal(dockerfile)}`
  const title = `${capital(stageOnBase(stage, escapeTerminal))}${file}${state}`
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

/** Columns that an instruction needs beside the figures. With fewer, it stands below them. */
const minRoom = 12

function layOut(titles: readonly string[], lines: readonly Line[], width: number, paint: Paint): string[] {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...lines.map(({ figures }) => figures[column]?.length ?? 0)),
  )
  const lineOf = ({ row: { line } }: Line): string => (line === null ? '' : String(line))
  const lineWidth = Math.max('line'.length, ...lines.map((line) => lineOf(line).length))
  const room = width - figureColumns(widths) - lineWidth - 4
  const isNarrow = room < minRoom
  const figuresOf = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(isNarrow ? ' ' : '  ')
  const text = (cells: readonly string[], line: string, what: string): string =>
    isNarrow
      ? fit(` ${figuresOf(cells)}`.trimEnd(), width)
      : fit(`  ${figuresOf(cells)}  ${line.padStart(lineWidth)}  ${what}`, width).trimEnd()
  const below = (line: Line): readonly string[] => {
    if (!isNarrow) return []
    const start = lineOf(line) === '' ? '    ' : `    ${lineOf(line)}  `
    return [fit(`${start}${what(line.row, width - start.length)}`.trimEnd(), width)]
  }
  return [
    paint('dim', text(titles, 'line', '')),
    ...lines.flatMap((line) => [
      colored(line, text(line.figures, lineOf(line), what(line.row, room)), figureColumns(widths), paint),
      ...below(line),
    ]),
  ]
}

function figureColumns(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, 0)
}

/** Colours the figures of what grew or shrank. The base is dim and the total bold. */
function colored({ row, grown }: Line, text: string, figures: number, paint: Paint): string {
  const style = growthStyle(grown)
  const shown = style === null ? text : paintStart(text, figures, style, paint)
  if (row.kind === 'total') return paint('bold', shown)
  return row.kind === 'base' && style === null ? paint('dim', shown) : shown
}

/** Columns below which our own words about an instruction are left out, because too little of them is readable. */
const minWords = 8

/**
 * Returns the text of a row within a number of columns. The instruction is cut before our own words about it, but it
 * keeps its keyword and first word, or at least half of the room.
 */
function what({ kind, foreign, words }: StageRow, room: number): string {
  const text = escapeTerminal(foreign)
  if (kind !== 'layer') return [text, words].filter((part) => part !== '').join(', ')
  if (words === '') return text
  if (text === '') return `(${fit(words, room - 2)})`
  const start = /^\S+(?: \S+)?(?: |$)/.exec(text)?.[0] ?? ''
  // With one more column for the ellipsis.
  const kept = Math.min(displayWidth(text), displayWidth(start) + 1, Math.floor(room / 2))
  const cut = fit(text, Math.max(room - displayWidth(`(${words})`) - 1, kept))
  const left = room - displayWidth(cut) - 1
  if (left < Math.min(minWords, displayWidth(`(${words})`))) return fit(text, room)
  return `${cut} (${fit(words, left - 2)})`
}
