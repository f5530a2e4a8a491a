/** The table beside a treemap. It shows the same parts with exact sizes. */
import { formatBytes, formatCount, formatGrowth, formatShare } from '../../report/units.ts'
import { sumWords } from '../words.ts'
import { deltaOf, pathTo, valueOf, type MapNode } from '../map-node.ts'
import type { Mode } from '../model.ts'
import { element, whenIdle } from './dom.ts'
import { firstOf } from './first-of.ts'
import { joinedNames } from './names.ts'

/** Limit for the rows of a table. */
const maxRows = 100
/** The rows that can be seen without scrolling, and a few more. The others are added when the browser is idle. */
const firstRows = 30

const comparedTitles = ['Part', 'Before', 'After', 'Change'] as const
const sizeTitles = ['Part', 'Size', 'Share', 'Files'] as const

/** What the table shows. */
export interface PartsTable {
  readonly caption: string
  readonly nodes: readonly MapNode[]
  readonly whole: MapNode
  readonly mode: Mode
  readonly isCompared: boolean
  /** Whether names show the whole path, as in search results. */
  readonly withPaths: boolean
  readonly hrefOf: (node: MapNode) => string
}

/** Fills the table and returns its rows by their parts. Rows that are added later are added to the result, too. */
export function fillTable(table: HTMLTableElement, parts: PartsTable): ReadonlyMap<MapNode, HTMLTableRowElement> {
  const { mode, isCompared, whole } = parts
  const largest = firstOf(
    parts.nodes,
    maxRows,
    (a, b) => valueOf(b, mode) - valueOf(a, mode) || b.size - a.size || (a.name < b.name ? -1 : 1),
  )
  const titles = isCompared ? comparedTitles : sizeTitles
  const heads = titles.map((title, at) => element('th', { scope: 'col', class: at > 0 ? 'n' : null }, title))
  const rows = new Map(largest.slice(0, firstRows).map((node) => [node, rowOf(node, parts)]))
  const body = element('tbody', {}, ...rows.values())
  const more = [...(largest.length < parts.nodes.length ? [moreRow(parts, largest)] : []), ...goneRows(parts)]
  body.append(...more)
  if (largest.length > firstRows)
    whenIdle(() => {
      // The table may show something else by then.
      if (body.parentNode !== table) return
      const others = largest.slice(firstRows).map((node) => [node, rowOf(node, parts)] as const)
      for (const [node, row] of others) rows.set(node, row)
      body.append(...others.map(([, row]) => row), ...more)
    })
  const foot = isCompared && whole.isBeforeKnown && whole.grew > 0 && whole.shrank > 0 && !parts.withPaths
  table.replaceChildren(
    element('caption', {}, parts.caption),
    element('thead', {}, element('tr', {}, ...heads)),
    body,
    ...(foot ? [element('tfoot', {}, totalOf(whole))] : []),
  )
  return rows
}

function moreRow({ nodes, mode }: PartsTable, shown: readonly MapNode[]): HTMLTableRowElement {
  // In "What is in it", an area stands for the larger of both sizes, and the figure is the one in the head.
  const bytesOf = (some: readonly MapNode[]): number =>
    some.reduce((sum, node) => sum + (mode === 'in' ? (node.after ?? 0) : valueOf(node, mode)), 0)
  const words = `${formatCount(nodes.length - shown.length, 'more part')}, ${formatBytes(bytesOf(nodes) - bytesOf(shown))}`
  return element('tr', {}, element('td', { colspan: 4 }, words))
}

/** Returns a row for what "What is in it" does not draw, because only the baseline has it. Empty if there is nothing. */
function goneRows({ nodes, whole, mode, isCompared, withPaths }: PartsTable): readonly HTMLTableRowElement[] {
  const isKnown = whole.isBeforeKnown && nodes.every(({ isBeforeKnown }) => isBeforeKnown)
  if (mode !== 'in' || !isCompared || withPaths || !isKnown) return []
  const bytes = nodes.reduce((rest, { before }) => rest - (before ?? 0), whole.before ?? 0)
  const files = nodes.reduce((rest, { goneFiles }) => rest - goneFiles, whole.goneFiles)
  if (bytes <= 0) return []
  const row = element(
    'tr',
    {},
    element('td', { class: 'wide' }, files > 0 ? formatCount(files, 'more file') : 'more parts'),
    figure(bytes, formatBytes(bytes)),
    figure(null, 'gone'),
    figure(-bytes, formatGrowth(-bytes), 'shrank'),
  )
  return [titled(row, true)]
}

function rowOf(node: MapNode, { isCompared, whole, withPaths, hrefOf }: PartsTable): HTMLTableRowElement {
  const names = withPaths ? joinedNames(pathTo(node).slice(1)) : [node.name]
  const link = element('a', { href: hrefOf(node) }, ...names)
  const note = node.note === '' ? [] : [element('small', {}, ` ${node.note}`)]
  const delta = deltaOf(node)
  const cells = isCompared
    ? [
        node.isBeforeKnown
          ? figure(node.before, node.before === null ? 'new' : formatBytes(node.before))
          : figure(null, 'not known'),
        figure(node.after, node.after === null ? 'gone' : formatBytes(node.after)),
        figure(
          delta,
          node.grew + node.shrank === 0 ? '' : formatGrowth(delta),
          delta > 0 ? 'grew' : delta < 0 ? 'shrank' : '',
        ),
      ]
    : [
        figure(node.after, formatBytes(node.after)),
        figure(node.size, whole.size === 0 ? '' : formatShare(node.size / whole.size)),
        figure(node.files, node.files === 0 || node.files === null ? '' : String(node.files)),
      ]
  return titled(element('tr', {}, element('td', { class: 'wide' }, link, ...note), ...cells), isCompared)
}

/** Gives each cell the title of its column, which is shown in a narrow window. */
function titled(row: HTMLTableRowElement, isCompared: boolean): HTMLTableRowElement {
  const titles = isCompared ? comparedTitles : sizeTitles
  for (const [at, cell] of [...row.cells].entries()) cell.dataset['title'] = titles[at] ?? ''
  return row
}

function totalOf({ grew, shrank, before, after }: MapNode): HTMLTableRowElement {
  const net = grew - shrank
  const row = element(
    'tr',
    {},
    element('th', { scope: 'row' }, sumWords(grew, shrank)),
    figure(before, formatBytes(before ?? 0)),
    figure(after, formatBytes(after ?? 0)),
    figure(net, formatGrowth(net)),
  )
  return titled(row, true)
}

function figure(value: number | null, text: string, kind = ''): HTMLTableCellElement {
  return element('td', { class: `n ${kind}`.trim(), 'data-v': value ?? '' }, text)
}
