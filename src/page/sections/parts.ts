/** The elements that all sections of the page use. Pure. */
import { formatBytes, formatGrowth, formatGrowthShare } from '../../report/units.ts'
import { escapeHtml } from '../escape-html.ts'
import { html, Html, nothing } from '../html.ts'
import { landmark, type ImagePart } from '../image-part.ts'

/** Returns a section with a heading and its own address. */
export function section(id: string, title: string, body: Html, lead: Html = nothing): Html {
  return html`<section id="${id}" class="part">
    <h2>${title}</h2>
    ${lead}${body}
  </section> `
}

/** Returns a cell with a figure. Its exact value is used for sorting and by programs that read the page. */
export function bytesCell(bytes: number | null, key: string): Html {
  return html`<td class="n" data-k="${key}" data-v="${bytes ?? ''}">
    ${bytes === null ? 'not known' : formatBytes(bytes)}
  </td>`
}

/** Returns a cell with a growth in bytes. */
export function growthCell(bytes: number | null, key: string): Html {
  return html`<td class="n ${directionOf(bytes)}" data-k="${key}" data-v="${bytes ?? ''}">
    ${bytes === 0 ? '' : formatGrowth(bytes)}
  </td>`
}

/** Returns the class of a cell whose text has a word that is too long for a column, so that it may be broken anywhere. */
export function breakOf(text: string | null): string {
  return /\S{25}/.test(text ?? '') ? 'text' : ''
}

/** Returns a cell with a count. */
export function countCell(count: number | null, key: string): Html {
  return html`<td class="n" data-k="${key}" data-v="${count ?? ''}">${count ?? 'not known'}</td>`
}

/** Returns the class for growth or reduction. The sign of the figure says the same. */
export function directionOf(bytes: number | null): string {
  return bytes === null || bytes === 0 ? '' : bytes > 0 ? 'grew' : 'shrank'
}

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Whether the column has figures. They are sorted by value and aligned to the right. */
  readonly isNumber?: boolean
  /** The initial order. */
  readonly sorted?: 'ascending' | 'descending'
}

/** How a table is shown. */
export interface TableOptions {
  readonly caption: string
  /** The part of the page that has the table. Absent if it is about no single image. */
  readonly part?: ImagePart
  /** Whether a script turns the titles into buttons. */
  readonly sortable?: boolean
  /**
   * Whether each row is a block of its own in a narrow window, in which its cells have their titles. Otherwise columns
   * that do not fit are reached by scrolling.
   */
  readonly stacks?: boolean
  /** A row with sums. */
  readonly foot?: Html | null
}

/**
 * Returns a table.
 *
 * @param rows each a `tr`
 */
export function table(
  columns: readonly Column[],
  rows: readonly Html[],
  { caption, part, sortable = false, stacks = false, foot = null }: TableOptions,
): Html {
  const heads = columns.map(({ title, isNumber, sorted }) => {
    const kind = isNumber === true ? ' class="n"' : ''
    const order = sorted === undefined ? '' : ` aria-sort="${sorted}"`
    return new Html(`<th scope="col"${kind}${order}>${escapeHtml(title)}</th>`)
  })
  const kinds = [...(sortable ? ['sortable'] : []), ...(stacks ? ['stacks'] : [])].join(' ')
  const shown = (row: Html): Html => (stacks ? withTitles(row, columns) : row)
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${part ? landmark(caption, part) : caption}">
    <table class="${kinds}">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rows.map(shown)}
      </tbody>
      ${
        foot === null
          ? null
          : html`<tfoot>
              ${shown(foot)}
            </tfoot>`
      }
    </table>
  </div>`
}

/** Gives each cell the title of its column. An empty cell becomes really empty, so that a style can leave it out. */
function withTitles({ text }: Html, columns: readonly Column[]): Html {
  // A row of sums begins with a title.
  let at = text.includes('<th') ? 1 : 0
  // All inserted text is escaped, so each `<td` begins a cell.
  const titled = text.replace(/<td\b/g, (cell) => `${cell} data-title="${escapeHtml(columns[at++]?.title ?? '')}"`)
  return new Html(titled.replace(/>\s+<\/td>/g, '></td>'))
}

/** Returns `+3.20 MB` and `+4.1 %`. */
export function growthText(growth: number | null, before: number | null): Html {
  const share = formatGrowthShare(growth, before)
  return html`${formatGrowth(growth)}${share === null || growth === 0 ? null : html` <small>${share}</small>`}`
}
