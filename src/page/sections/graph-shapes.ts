/** Draws the boxes and the arrows of the graph of the stages. Pure. */
import { formatBytes } from '../../report/units.ts'
import { html, nothing, type Html } from '../html.ts'
import { shortNames } from '../short-names.ts'

export const boxWidth = 200
export const boxHeight = 46
export const columnGap = 110
export const rowGap = 18
const maxStroke = 26
export const laneHeight = maxStroke + 4
const minStroke = 1.5
/** Space for the name in a box. Its letters are larger and bolder than those that `textWidth` measures. */
const nameWidth = (boxWidth - 22) / 1.33

/** A stage or an image in the graph. */
export interface Box {
  readonly key: string
  readonly kind: 'image' | 'stage' | 'final'
  /** The whole name, as it is shown in a tooltip and in the list. */
  readonly title: string
  readonly detail: string
  column: number
  row: number
}

/** What a box takes from another one. */
export interface Arrow {
  readonly from: string
  readonly to: string
  readonly via: 'from' | 'copy' | 'mount'
  /** Null if they are not known. */
  readonly bytes: number | null
}

/**
 * The height at which arrows pass columns, below all boxes, and the columns that they pass. All arrows of a lane have the
 * same source, or all have the same target.
 */
export interface Lane {
  readonly y: number
  readonly first: number
  readonly end: number
}
/** The lanes of those arrows that pass columns. */
export type Lanes = ReadonlyMap<Arrow, Lane>

/** A graph whose boxes have their places. */
export interface Graph {
  readonly boxes: ReadonlyMap<string, Box>
  /** What is shown of each title. */
  readonly names: ReadonlyMap<string, string>
  /** Those that carry most come first, so that the others are drawn over them. */
  readonly arrows: readonly Arrow[]
  readonly lanes: Lanes
  /** Bytes of the widest arrow. */
  readonly maxBytes: number
}

/** The columns from `first` to before `end`. */
export interface Columns {
  readonly first: number
  readonly end: number
}

/** Returns the left edge of a column, in pixels. */
export const left = ({ column }: Pick<Box, 'column'>): number => column * (boxWidth + columnGap)
/** Returns the upper edge of a row, in pixels. */
export const top = ({ row }: Pick<Box, 'row'>): number => row * (boxHeight + rowGap) + 7

/** Returns what is shown of each title. The end of an image's reference says most. */
export function namesIn(boxes: ReadonlyMap<string, Box>): ReadonlyMap<string, string> {
  const titles = [...boxes.values()].map(({ title, kind }) => ({
    name: title,
    startShare: kind === 'image' ? 0.2 : 0.4,
  }))
  return shortNames(titles, nameWidth)
}

/** Draws a box. */
export function boxOf(box: Box, { names }: Pick<Graph, 'names'>): Html {
  const [x, y] = [left(box), top(box)]
  return html`<g class="box ${box.kind}"
    ><title>${box.title}</title
    ><rect x="${x + 0.5}" y="${y + 0.5}" width="${boxWidth - 1}" height="${boxHeight - 1}" rx="4" /><text
      x="${x + 11}"
      y="${y + 20}"
      class="name"
      >${names.get(box.title) ?? ''}</text
    ><text x="${x + 11}" y="${y + 36}">${box.detail}</text></g
  >`
}

/**
 * Draws an arrow.
 *
 * @param columns the columns that are shown. A lane is not drawn outside of them
 */
export function arrowOf(arrow: Arrow, { boxes, lanes, maxBytes }: Graph, columns?: Columns): Html {
  const { from, to, via, bytes } = arrow
  const [source, target] = [boxes.get(from), boxes.get(to)]
  if (!source || !target) return nothing
  const stroke = bytes === null || bytes === 0 ? minStroke : Math.max(minStroke, (bytes / maxBytes) * maxStroke)
  return html`<path
    class="arrow ${via} ${bytes === null || bytes === 0 ? 'empty' : ''}"
    data-bytes="${bytes ?? ''}"
    stroke-width="${stroke.toFixed(1)}"
    d="${pathOf(source, target, lanes.get(arrow)?.y, columns)}"
    ><title>${source.title} to ${target.title}: ${words(via, bytes)}</title></path
  >`
}

/**
 * @param lane the height at which the arrow passes the columns between the two boxes, if there are any
 * @param columns the columns outside of which no lane is drawn
 */
function pathOf(source: Box, target: Box, lane: number | undefined, columns: Columns | undefined): string {
  const middle = (box: Box): number => top(box) + boxHeight / 2
  const curve = (x: number, y: number, toX: number, toY: number): string => {
    const bend = (toX - x) / 2
    return `C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`
  }
  const [x0, y0, x1, y1] = [left(source) + boxWidth, middle(source), left(target), middle(target)]
  if (lane === undefined) return `M${x0} ${y0}${curve(x0, y0, x1, y1)}`
  const [first, last] = [left({ column: source.column + 1 }), left({ column: target.column - 1 }) + boxWidth]
  const from = Math.max(first, columns === undefined ? first : left({ column: columns.first }))
  const to = Math.min(last, columns === undefined ? last : left({ column: columns.end }))
  const begin = from === first ? `M${x0} ${y0}${curve(x0, y0, first, lane)}` : `M${from} ${lane}`
  return `${begin}H${to}${to === last ? curve(last, lane, x1, y1) : ''}`
}

const viaWords = { from: 'FROM', copy: 'COPY --from', mount: 'RUN --mount' } as const

/** Returns how many bytes an arrow carries, in words. */
export function words(via: Arrow['via'], bytes: number | null): string {
  const carried = via === 'mount' && bytes === null ? 'bytes not known' : formatBytes(bytes)
  return `${viaWords[via]}, ${carried}`
}
