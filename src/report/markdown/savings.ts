/** What edits of the Dockerfile would save, as a folded part. Pure. */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import type { Words } from '../../savings/rule.ts'
import { markdownCode } from '../escape.ts'
import { pullCells, savingsOf, savingsSentence, shortCode, type SavingsRow } from '../savings-rows.ts'
import { formatBytes, formatCount } from '../units.ts'
import { folded, instruction, name, table } from './parts.ts'

/**
 * Returns the blocks for savings.
 *
 * @param dockerfile its path in the repository, if it is known
 */
export function savingsBlocks(final: Stage, dockerfile: string | undefined): string[] {
  const savings = savingsOf(final)
  if (!savings) return []
  const { rows, more, nothingSaved } = savings
  const pull = pullCells([...rows, ...more])
  const tableOf = (some: readonly SavingsRow[]): string =>
    table(
      [...(pull === null ? [] : ['to pull:']), 'files:', 'line', 'edit'],
      some.map((row) => [...(pull === null ? [] : [pull(row)]), ...cells(row, dockerfile)]),
    )
  return [
    folded(
      `Savings: ${savingsSentence(savings)}`,
      [
        ...(rows.length === 0 ? [] : [tableOf(rows)]),
        ...(more.length === 0 ? [] : [folded(formatCount(more.length, 'more edit'), tableOf(more))]),
        ...nothingSaved.map((sentence) => `${markdown(sentence)}.`),
      ].join('\n\n'),
    ),
  ]
}

function cells(row: SavingsRow, dockerfile: string | undefined): string[] {
  return [`−${formatBytes(row.fileBytes)}`, whereOf(row, dockerfile), `${markdown(row.edit)}<br>${markdown(row.about)}`]
}

function whereOf({ line, instruction: text }: SavingsRow, dockerfile: string | undefined): string {
  if (text === '') return 'not known'
  if (line === null) return instruction(joinLines(text))
  return dockerfile === undefined ? `line ${line}` : name(`${dockerfile}:${line}`)
}

/** Formats words for Markdown. Code stays code, whatever it contains. */
function markdown(words: Words): string {
  return words.map((part) => (typeof part === 'string' ? part : markdownCode(shortCode(part.code)))).join('')
}
