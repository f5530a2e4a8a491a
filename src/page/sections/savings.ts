/**
 * What edits of the Dockerfile would save, and the edits to make. The only section that knows how savings are shown.
 * Pure.
 */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import { savingsOf as findSavings, savingsSentence, type SavingsRow } from '../../report/savings-rows.ts'
import type { Words } from '../../savings/rule.ts'
import { code, foreign, html, nothing, type Html } from '../html.ts'
import type { ImagePart } from '../image-part.ts'
import { bytesCell, section, table, type Column } from './parts.ts'

/** Returns the section on savings. Empty if there are none. */
export function savingsOf(stage: Stage | null, part: ImagePart): Html {
  const savings = stage && findSavings(stage)
  if (savings === null) return nothing
  const all = [...savings.rows, ...savings.more]
  const hasPull = all.some(({ leastPullBytes }) => leastPullBytes !== null)
  const columns: readonly Column[] = [
    { title: 'Line', isNumber: true },
    { title: 'Instruction' },
    { title: 'What to type' },
    ...(hasPull ? [{ title: 'To pull, at least', isNumber: true }] : []),
    { title: 'Files', isNumber: true },
  ]
  const rows = all.map((row) => rowOf(row, hasPull))
  return section(
    `savings-${part.at}`,
    'What can be saved',
    html`${
      rows.length === 0
        ? null
        : table(columns, rows, {
            part,
            sortable: true,
            stacks: true,
            caption: 'Edits of this Dockerfile, and what each saves',
          })
    }${savings.nothingSaved.map((sentence) => html`<p class="hint">${htmlOf(sentence)}.</p>`)}`,
    html`<p>${savingsSentence(savings)}.</p>`,
  )
}

function rowOf({ fileBytes, leastPullBytes, line, instruction, edit, about }: SavingsRow, hasPull: boolean): Html {
  const text = instruction === '' ? null : code(foreign(joinLines(instruction), 200))
  return html`<tr>
    <td class="n" data-v="${line ?? ''}">${line}</td>
    <td class="wide">${text}</td>
    <td class="wide">${htmlOf(edit)}<br /><small>${htmlOf(about)}</small></td>
    ${hasPull ? bytesCell(leastPullBytes, 'saving-pull') : null}${bytesCell(fileBytes, 'saving')}
  </tr> `
}

const htmlOf = (words: Words): readonly Html[] =>
  words.map((part) => (typeof part === 'string' ? html`${part}` : code(foreign(part.code, 300))))
