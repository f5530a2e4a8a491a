/** What could be saved, folded. Pure. */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import { shortenPath } from '../escape.ts'
import { otherWords, savingsOf, savingsSentence, type SavingsRow } from '../savings-rows.ts'
import { formatBytes } from '../units.ts'
import { folded, instruction, name, table } from './parts.ts'

/** @param dockerfile its path in the repository, if it is known */
export function savingsBlocks(final: Stage, dockerfile: string | undefined): string[] {
  const savings = savingsOf(final)
  if (!savings) return []
  const rowsOf = (rows: readonly SavingsRow[]): string[][] => rows.map((row) => cells(row, dockerfile))
  const other = otherWords(savings)
  return [
    folded(
      'What could be saved',
      [
        savingsSentence(savings),
        ...(savings.waste.length === 0 ? [] : [table(['files in it:', 'hidden', 'by'], rowsOf(savings.waste))]),
        ...(other === null ? [] : [`And ${other}.`]),
        ...(savings.caches.length === 0 ? [] : [table(['files in it:', 'cache', 'from'], rowsOf(savings.caches))]),
      ].join('\n\n'),
    ),
  ]
}

function cells({ fileBytes, path, words, layer }: SavingsRow, dockerfile: string | undefined): string[] {
  return [formatBytes(fileBytes), `${name(shortenPath(path, 100))}, ${words}`, whereOf(layer, dockerfile)]
}

function whereOf(layer: SavingsRow['layer'], dockerfile: string | undefined): string {
  if (layer?.origin === 'base') return 'the base image'
  if (!layer?.instruction) return 'line not known'
  const { text, line } = layer.instruction
  const place = line === null ? '' : dockerfile === undefined ? `line ${line}: ` : `${name(`${dockerfile}:${line}`)} `
  return `${place}${instruction(joinLines(text))}`
}
