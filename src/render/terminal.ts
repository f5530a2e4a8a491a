/** The report for a terminal. Pure. */
import type { Footprint, Image, Stage } from '../inspect/footprint.ts'
import { displayWidth, fit } from './display-width.ts'
import { escapeTerminal } from './escape.ts'
import { headlineOf, type Headline } from './headline.ts'
import { addedSentence, shippedWarning, smallerSentence } from './sentences.ts'
import { stageRows, type StageRow } from './stage-table.ts'
import { formatBytes, formatCount } from './units.ts'

export interface TerminalOptions {
  /** Columns. */
  readonly width: number
  readonly color: boolean
}

/** Select Graphic Rendition parameters (ECMA-48): on and off. */
const styles = { bold: [1, 22], dim: [2, 22], green: [32, 39], yellow: [33, 39] } as const

type Paint = (style: keyof typeof styles, text: string) => string

export function renderTerminal(footprint: Footprint, { width, color }: TerminalOptions): string {
  const paint: Paint = (style, text) => (color ? `\u001b[${styles[style][0]}m${text}\u001b[${styles[style][1]}m` : text)
  const columns = Math.max(width, narrowest)
  const parts = footprint.images.map((image) => renderImage(image, columns, paint))
  const notes = (footprint.notes ?? []).flatMap((note) => wrap(`Note: ${escapeTerminal(note)}`, columns))
  return `${[...parts, ...(notes.length > 0 ? [notes.join('\n')] : [])].join('\n\n')}\n`
}

/** Below this a table says nothing, so lines run over. Columns. */
const narrowest = 40

function renderImage(image: Image, width: number, paint: Paint): string {
  const { os, architecture, variant } = image.platform
  const platform = [os, architecture, ...(variant === undefined ? [] : [variant])].map(escapeTerminal).join('/')
  const headline = headlineOf(image)
  const warning = shippedWarning(image)
  const notBuilt = image.stagesNotBuilt ?? []
  const blocks = [
    [paint('bold', fit(`${escapeTerminal(image.name)} · ${platform}`, width))],
    ...(headline ? [renderHeadline(headline, width, paint)] : []),
    ...(warning === null ? [] : [wrap(`Warning: ${warning}`, width).map((line) => paint('yellow', line))]),
    ...[...image.stages].sort((a, b) => a.index - b.index).map((stage) => renderStage(stage, width, paint)),
    ...(notBuilt.length === 0
      ? []
      : [wrap(`Not needed, not built: ${notBuilt.map((stage) => `stage ${escapeTerminal(stage.name)}`).join(', ')}`, width)]),
  ]
  return blocks.map((block) => block.join('\n')).join('\n\n')
}

function renderHeadline(headline: Headline, width: number, paint: Paint): string[] {
  const { totals } = headline.final
  const smaller = smallerSentence(headline, escapeTerminal)
  const good = headline.smaller !== null && headline.smaller > 0
  return [
    ...wrap(`To pull: ${formatBytes(totals.compressedSize)}; unpacked: ${formatBytes(totals.uncompressedSize)}, in ${formatCount(totals.layers, 'layer')}.`, width).map((line) => paint('bold', line)),
    ...(smaller === null ? [] : wrap(smaller, width).map((line) => (good ? paint('green', line) : line))),
    ...wrap(addedSentence(headline, escapeTerminal), width),
  ]
}

function renderStage(stage: Stage, width: number, paint: Paint): string[] {
  const final = stage.role === 'final'
  const base = stage.base ? ` on ${escapeTerminal(stage.base.reference)}` : ''
  const rows = stageRows(stage)
  const numbers = rows.map((row) => [formatBytes(row.compressedSize), formatBytes(row.uncompressedSize)])
  const titles = [final ? 'to pull' : 'compressed', 'unpacked']
  const widths = titles.map((title, column) => Math.max(title.length, ...numbers.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => (row.line === null ? '' : String(row.line)))
  const lineWidth = Math.max('line'.length, ...lines.map((line) => line.length))
  const layOut = (cells: readonly string[], line: string, what: string): string =>
    fit(
      `  ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}  ${line.padStart(lineWidth)}  ${what}`,
      width,
    ).trimEnd()
  const styled = (row: StageRow, text: string): string =>
    row.kind === 'layer' ? text : paint(row.kind === 'base' ? 'dim' : 'bold', text)
  return [
    paint('bold', fit(`${final ? 'Final stage' : 'Stage'} ${escapeTerminal(stage.name)}${base}`, width)),
    paint('dim', layOut(titles, 'line', '')),
    ...rows.map((row, position) => styled(row, layOut(numbers[position] ?? [], lines[position] ?? '', what(row)))),
  ]
}

function what({ kind, foreign, words }: StageRow): string {
  const text = escapeTerminal(foreign)
  if (kind === 'layer') return [text, words === '' ? '' : `(${words})`].filter((part) => part !== '').join(' ')
  return [words, text].filter((part) => part !== '').join(' ')
}

/** Lines of at most so many columns, broken between words where that can be. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
