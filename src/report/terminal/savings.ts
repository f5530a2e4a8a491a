/** What could be saved, in a terminal. Pure. */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import { fit } from '../display-width.ts'
import { shortenPath } from '../escape.ts'
import { otherWords, savingsOf, savingsSentence, type SavingsRow } from '../savings-rows.ts'
import { formatBytes } from '../units.ts'
import { name, wrap, type Paint } from './styled-text.ts'

/** Most rows of each kind; the record has more. */
const mostRows = 8

export function savingsBlock(final: Stage, dockerfile: string | undefined, width: number, paint: Paint): string[] {
  const savings = savingsOf(final)
  if (!savings) return []
  const [waste, caches] = [savings.waste.slice(0, mostRows), savings.caches.slice(0, mostRows)]
  const left = savings.waste.length - waste.length
  const rows = [...waste, ...caches]
  const figures = Math.max(0, ...rows.map(({ fileBytes }) => formatBytes(fileBytes).length))
  const other = left > 0 ? null : otherWords(savings)
  return [
    paint('bold', 'What could be saved'),
    ...wrap(savingsSentence(savings), width),
    ...rows.flatMap((row) => linesOf(row, dockerfile, figures, width)),
    ...(left > 0 ? [`  and more hidden in ${left} other ${left === 1 ? 'place' : 'places'}`] : []),
    ...(other === null ? [] : [`  and ${other}`]),
  ]
}

function linesOf(
  { fileBytes, path, words, layer }: SavingsRow,
  dockerfile: string | undefined,
  figures: number,
  width: number,
): string[] {
  const room = Math.max(10, width - figures - 4)
  const pad = ' '.repeat(figures + 4)
  return [
    fit(`  ${formatBytes(fileBytes).padStart(figures)}  ${name(shortenPath(path, room))}`, width),
    ...wrap(words, room - 2).map((line) => fit(`${pad}  ${line}`, width)),
    fit(`${pad}  ${whereOf(layer, dockerfile)}`, width),
  ]
}

function whereOf(layer: SavingsRow['layer'], dockerfile: string | undefined): string {
  if (layer?.origin === 'base') return 'the base image'
  if (!layer?.instruction) return 'line not known'
  const { text, line } = layer.instruction
  return `${line === null ? '' : `${name(dockerfile ?? 'Dockerfile')}:${line} `}${name(joinLines(text))}`
}
