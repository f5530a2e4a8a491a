/** Makes tables sortable by a click on a title, and adds a filter by a word. */
import { formatCount } from '../../report/units.ts'
import { element, namerOfRegion } from './dom.ts'

/** Adds a button for sorting to each title of a table. */
export function makeSortable(table: HTMLTableElement): void {
  const heads = [...table.querySelectorAll<HTMLTableCellElement>('thead th')]
  heads.forEach((head, column) => {
    const button = element('button', { type: 'button' }, head.textContent)
    head.replaceChildren(button)
    button.addEventListener('click', () => {
      const first = head.classList.contains('n') ? 'descending' : 'ascending'
      const other = first === 'ascending' ? 'descending' : 'ascending'
      const order = head.getAttribute('aria-sort') === first ? other : first
      for (const one of heads) one.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', order)
      sort(table, column, order === 'ascending' ? 1 : -1)
    })
  })
}

function sort(table: HTMLTableElement, column: number, sign: number): void {
  const [body] = table.tBodies
  if (body === undefined) return
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column]
    const value = cell?.dataset['v']
    return { row, number: value === undefined || value === '' ? null : Number(value), text: cell?.textContent ?? '' }
  })
  const collator = new Intl.Collator('en', { numeric: true })
  keyed.sort((a, b) => {
    // Unknown values come last in either order.
    if (a.number !== null && b.number !== null) return sign * (a.number - b.number)
    if (a.number !== null || b.number !== null) return a.number === null ? 1 : -1
    return sign * collator.compare(a.text, b.text)
  })
  body.append(...keyed.map(({ row }) => row))
}

/** Shows only those packages of a table whose name, kind or version contains the text of an input, and says how many. */
export function makeFilter(input: HTMLInputElement, status: HTMLElement, table: HTMLTableElement): void {
  const rows = [...(table.tBodies[0]?.rows ?? [])].map((row) => ({
    row,
    texts: [...row.querySelectorAll('[data-findable]')].map((cell) => cell.textContent.trim().toLowerCase()),
  }))
  const { caption } = table
  const whole = caption?.textContent.trim() ?? ''
  const nameRegion = namerOfRegion(table)
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase()
    for (const { row, texts } of rows) row.hidden = wanted !== '' && !texts.some((text) => text.includes(wanted))
    const found = rows.filter(({ row }) => !row.hidden).length
    const title = wanted === '' ? whole : `${found} of ${formatCount(rows.length, 'package')} in this table`
    if (caption !== null) caption.textContent = title
    nameRegion(title)
    status.textContent = wanted === '' ? '' : `${found} found`
  })
}
