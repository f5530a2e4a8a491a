/** Pieces that the sections of the page are made of. Pure. */
import type { Cause } from '../../compare/comparison.ts'
import { formatBytes, formatGrowth, formatGrowthShare } from '../../report/units.ts'
import { html, nothing, type Html } from '../html.ts'

/** A section with its heading, and an address of its own. */
export function section(id: string, title: string, body: Html, lead: Html = nothing): Html {
  return html`<section id="${id}" class="part">
    <h2>${title}</h2>
    ${lead}${body}
  </section> `
}

/** A cell with a figure; its exact value is for sorting, and for whoever reads the page by a program. */
export function bytesCell(bytes: number | null, key: string): Html {
  return html`<td class="n" data-k="${key}" data-v="${bytes ?? ''}">
    ${bytes === null ? 'not known' : formatBytes(bytes)}
  </td>`
}

export function growthCell(bytes: number | null, key: string): Html {
  return html`<td class="n ${directionOf(bytes)}" data-k="${key}" data-v="${bytes ?? ''}">
    ${bytes === 0 ? '' : formatGrowth(bytes)}
  </td>`
}

export function countCell(count: number | null, key: string): Html {
  return html`<td class="n" data-k="${key}" data-v="${count ?? ''}">${count ?? 'not known'}</td>`
}

/** The class of what grew or shrank; its sign says the same. */
export function directionOf(bytes: number | null): string {
  return bytes === null || bytes === 0 ? '' : bytes > 0 ? 'grew' : 'shrank'
}

export interface Column {
  readonly title: string
  /** Of figures: sorted by value, and set flush right. */
  readonly isNumber?: boolean
  /** In this order at first. */
  readonly sorted?: 'ascending' | 'descending'
}

/** @param rows each a `tr`; sortable tables have a script that makes buttons of their titles */
export function table(
  columns: readonly Column[],
  rows: readonly Html[],
  options: { sortable?: boolean; caption: string },
): Html {
  const heads = columns.map(
    ({ title, isNumber, sorted }) =>
      html`<th
        scope="col"
        ${isNumber === true ? html` class="n"` : null}${sorted === undefined ? null : html` aria-sort="${sorted}"`}
      >
        ${title}
      </th>`,
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${options.caption}"><table${options.sortable === true ? html` class="sortable"` : null}><caption>${options.caption}</caption><thead><tr>${heads}</tr></thead><tbody>
${rows}</tbody></table></div>`
}

export const causeNames: Readonly<Record<Cause, string>> = {
  change: 'this change',
  'base-image': 'moved base image',
  drift: 'rebuild drift',
  unknown: 'change or drift',
}

/** `+3.20 MB` and `+4.1 %`. */
export function growthText(growth: number | null, before: number | null): Html {
  const share = formatGrowthShare(growth, before)
  return html`${formatGrowth(growth)}${share === null || growth === 0 ? null : html` <small>${share}</small>`}`
}
