/** What edits of the Dockerfile would save, for a terminal. Pure. */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import type { Words } from '../../savings/rule.ts'
import { fit } from '../display-width.ts'
import { escapeTerminal, shortenPath } from '../escape.ts'
import { pullCells, savingsOf, savingsSentence, shortCode, type SavingsRow } from '../savings-rows.ts'
import { formatBytes } from '../units.ts'
import { leftWords, name, wrap, type Paint } from './styled-text.ts'

interface SavingsOptions {
  /** Path of the Dockerfile in the repository, if it is known. */
  readonly dockerfile: string | undefined
  /** Whether all savings are shown, and not only the largest. */
  readonly all: boolean
}

/** Returns the savings as lines of at most `width` columns. */
export function savingsBlock(final: Stage, { dockerfile, all }: SavingsOptions, width: number, paint: Paint): string[] {
  const savings = savingsOf(final)
  if (!savings) return []
  const { nothingSaved } = savings
  const [rows, left] = all ? [[...savings.rows, ...savings.more], 0] : [savings.rows, savings.more.length]
  const pull = pullCells(rows)
  const columns = [
    ...(pull === null ? [] : [{ title: 'to pull', text: pull }]),
    { title: 'files', text: ({ fileBytes }: SavingsRow) => `−${formatBytes(fileBytes)}` },
  ].map((column) => ({
    ...column,
    width: Math.max(column.title.length, ...rows.map((row) => column.text(row).length)),
  }))
  return [
    ...wrap(`Savings: ${savingsSentence(savings)}`, width).map((line) => paint('bold', line)),
    ...(rows.length === 0 ? [] : [paint('dim', figures(columns, ({ title }) => title).trimEnd())]),
    ...rows.flatMap((row) => linesOf(row, dockerfile, columns, width)),
    ...(left === 0 ? [] : [`  ${leftWords(left, 'edit')}`]),
    ...nothingSaved.flatMap((sentence) => wrap(`${plain(sentence, width)}.`, width)),
  ]
}

interface FigureColumn {
  readonly title: string
  readonly text: (row: SavingsRow) => string
  readonly width: number
}

/** Returns the figures of a line, each in its column. */
const figures = (columns: readonly FigureColumn[], text: (column: FigureColumn) => string): string =>
  `  ${columns.map((column) => `${text(column).padStart(column.width)}  `).join('')}`

function linesOf(
  row: SavingsRow,
  dockerfile: string | undefined,
  columns: readonly FigureColumn[],
  width: number,
): string[] {
  const first = figures(columns, ({ text }) => text(row))
  const pad = ' '.repeat(Math.min(first.length, 6))
  const room = Math.max(10, width - pad.length)
  return [
    fit(`${first}${whereOf(row, dockerfile)}`, width),
    ...[row.edit, row.about].flatMap((words) =>
      wrap(plain(words, room), room).map((line) => fit(`${pad}${line}`, width)),
    ),
  ]
}

function whereOf({ line, instruction }: SavingsRow, dockerfile: string | undefined): string {
  if (instruction === '') return 'line not known'
  const place = line === null ? '' : dockerfile === undefined ? `line ${line} ` : `${name(dockerfile)}:${line} `
  return `${place}${name(joinLines(instruction))}`
}

function plain(words: Words, room: number): string {
  return words
    .map((part) => {
      if (typeof part === 'string') return part
      // A command is wrapped at its spaces, and a path is not.
      const code = shortCode(part.code)
      return escapeTerminal(code.startsWith('/') ? shortenPath(code, room) : code)
    })
    .join('')
}
