/** What could be saved in the final stage. The one place of the page that knows how savings are told. Pure. */
import { joinLines } from '../../dockerfile/instructions.ts'
import type { Stage } from '../../record/footprint.ts'
import { otherWords, savingsOf as findSavings, savingsSentence, type SavingsRow } from '../../report/savings-rows.ts'
import { foreign, html, nothing, type Html } from '../html.ts'
import { bytesCell, section, table, type Column } from './parts.ts'

export function savingsOf(stage: Stage | null, at: number): Html {
  const savings = stage && findSavings(stage)
  if (savings === null) return nothing
  const columns: readonly Column[] = [
    { title: 'Path' },
    { title: 'What' },
    { title: 'Line', isNumber: true },
    { title: 'Instruction' },
    { title: 'Files', isNumber: true },
  ]
  const other = otherWords(savings)
  return section(
    `savings-${at}`,
    'What could be saved',
    html`${table(columns, [...savings.waste, ...savings.caches].map(rowOf), { sortable: true, caption: 'Bytes that are shipped and not needed' })}${other === null ? null : html`<p class="hint">${other}.</p>`}`,
    html`<p>${savingsSentence(savings)}</p>`,
  )
}

function rowOf({ fileBytes, path, words, layer }: SavingsRow): Html {
  const text = layer?.instruction == null ? null : html`<code>${foreign(joinLines(layer.instruction.text), 200)}</code>`
  return html`<tr>
    <td class="wide"><code>${foreign(path, 200)}</code></td>
    <td>${words}</td>
    <td class="n" data-v="${layer?.instruction?.line ?? ''}">${layer?.instruction?.line ?? null}</td>
    <td class="wide">${text}</td>
    ${bytesCell(fileBytes, 'saving')}
  </tr> `
}
