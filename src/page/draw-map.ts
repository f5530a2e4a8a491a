/** Draws a treemap as SVG. The process writes it, and the browser draws it again. Pure. */
import { formatBytes, formatCount, formatGrowth } from '../report/units.ts'
import { isolated } from '../text.ts'
import { escapeHtml } from './escape-html.ts'
import { causeOf, deltaOf, type MapNode } from './map-node.ts'
import type { Mode } from './model.ts'
import { headHeight, treemap, type Box } from './treemap.ts'
import { fitted, textWidth } from './text-width.ts'
import { changeOf, detailsOf, figureOf, labelOf } from './words.ts'

/** Smallest box that shows a name, and smallest height that also shows a figure, in pixels. */
const nameWidth = 30
const nameHeight = 15
const figureHeight = 30
/** Space for the start of a name that gives way to a figure, in pixels. */
const leastName = 27

/** The picture of a treemap. */
export interface DrawnMap {
  readonly svg: string
  /** The boxes that are drawn, by their `data-n`. */
  readonly boxes: readonly Box[]
}

/** How a treemap is drawn. Width and height are in pixels. */
export interface DrawOptions {
  readonly mode: Mode
  readonly width: number
  readonly height: number
  readonly isCompared: boolean
  /** Returns the address of a box. Null without scripts, because then nothing can be opened. */
  readonly hrefOf: (node: MapNode) => string | null
}

/** Returns the picture of a node and of everything in it. */
export function drawMap(root: MapNode, options: DrawOptions): DrawnMap {
  const { mode, width, height } = options
  const boxes = treemap(root, mode, width, height)
  const drawn = boxes.map((box, at) => (box.depth === 0 ? '' : boxOf(box, at, options))).join('')
  return {
    boxes,
    svg: `<svg class="treemap" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${escapeHtml(`Treemap of ${labelOf(root, options.isCompared)}`)}">${drawn}</svg>`,
  }
}

function boxOf(box: Box, at: number, options: DrawOptions): string {
  const { node } = box
  const target = node ?? box.parent
  const href = target && options.hrefOf(target)
  const words = wordsIn(box, options)
  const label = escapeHtml(labelWith(box, words, options))
  const inside = `${shapes(box, options)}${text(box, words)}`
  return href === null
    ? `<g data-n="${at}">${inside}<title>${label}</title></g>`
    : `<a data-n="${at}" tabindex="-1" href="${escapeHtml(href)}" aria-label="${label}">${inside}</a>`
}

/** Returns a label that begins with the visible words, so that users of speech input can say what they see. */
function labelWith(box: Box, { name, figure }: Words, { mode, isCompared }: DrawOptions): string {
  const { node, small } = box
  const seen = [name, figure].filter((word) => word !== '').join(' ')
  if (node === null) {
    const full = `${formatCount(small.length, 'more part')}: ${figureIn(box, mode)}`
    return seen === '' || full.startsWith(seen) ? full : `${seen}, ${full}`
  }
  // What is seen in full is not repeated.
  if (figure !== '' && name === node.name) {
    const details = detailsOf(node, isCompared).map((detail) =>
      detail.startsWith(`${figure}, `) ? detail.slice(figure.length + 2) : detail,
    )
    return [seen, ...details.filter((detail) => detail !== figure)].join(', ')
  }
  const full = labelOf(node, isCompared)
  return seen === '' || full.startsWith(seen) ? full : `${seen}, ${full}`
}

/** A rectangle of the picture, in pixels. */
type Area = Pick<Box, 'x' | 'y' | 'width' | 'height'>

function rect(box: Area, kind: string): string {
  return `<rect class="${kind}" x="${at(box.x)}" y="${at(box.y)}" width="${at(box.width)}" height="${at(box.height)}"/>`
}

const at = (pixels: number): string => String(Math.round(pixels * 10) / 10)

/** The words that fit into a box. Empty if there is no space. */
interface Words {
  readonly name: string
  readonly figure: string
}

/** Returns the size or the growth of a box. */
function figureIn({ node, small }: Box, mode: Mode): string {
  if (node !== null) return figureOf(node, mode)
  return mode === 'in' ? formatBytes(sumsOf(small).after) : changeOf(sumsOf(small))
}

/** Returns the figure of a box as it fits into a width: with both sums, the difference alone, or none. */
function figureWithin(box: Box, mode: Mode, room: number): string {
  const figures = [figureIn(box, mode), ...(mode === 'in' ? [] : [formatGrowth(netOf(box.node ?? sumsOf(box.small)))])]
  return figures.find((figure) => textWidth(figure) <= room) ?? ''
}

const netOf = ({ grew, shrank }: Pick<MapNode, 'grew' | 'shrank'>): number => grew - shrank

function sumsOf(nodes: readonly MapNode[]): Pick<MapNode, 'grew' | 'shrank'> & { readonly after: number } {
  let [grew, shrank]: [number, number] = [0, 0]
  let after = 0
  for (const node of nodes) {
    grew += node.grew
    shrank += node.shrank
    after += node.after ?? 0
  }
  return { grew, shrank, after }
}

function wordsIn(box: Box, { mode }: DrawOptions): Words {
  const { node, isOpen, width, height, small } = box
  if (width < nameWidth || height < nameHeight) return { name: '', figure: '' }
  const whole =
    node === null ? formatCount(small.length, 'more part') : node.kind === 'file' ? lastOf(node.name) : node.name
  if (!isOpen)
    return {
      name: fitted(whole, width - 8),
      figure: height < figureHeight ? '' : figureWithin(box, mode, width - 8),
    }
  // The area of an open box is not its growth, so the name gives way to the figure.
  const figure = figureWithin(box, mode, width - 18 - Math.min(textWidth(whole), leastName))
  const alone = figure === '' && mode === 'changed' ? figureWithin(box, mode, width - 10) : ''
  if (alone !== '') return { name: '', figure: alone }
  return { name: fitted(whole, width - (figure === '' ? 10 : 18 + textWidth(figure))), figure }
}

function text({ x, y, isOpen }: Box, { name, figure }: Words): string {
  if (name === '' && figure === '') return ''
  const place = !isOpen ? ` x="${at(x + 4)}" dy="13"` : name === '' ? '' : ' dx="4"'
  const second = figure === '' ? '' : ` <tspan class="f"${place}>${escapeHtml(figure)}</tspan>`
  const [left, top] = isOpen ? [x + 5, y + headHeight - 5] : [x + 4, y + 12]
  return `<text x="${at(left)}" y="${at(top)}">${escapeHtml(isolated(name))}${second}</text>`
}

function shapes(box: Box, options: DrawOptions): string {
  const { node, isOpen } = box
  if (node !== null && isOpen) return rect(box, `group ${originOf(node)}`)
  return options.mode === 'changed' ? changed(box) : content(box, options)
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const originOf = ({ kind, layer }: MapNode): string => (kind === 'base' || layer?.origin === 'base' ? 'base' : 'own')

/**
 * Returns the mark of what shrank: a filled corner, which is also seen without colours and in a tile without words. It
 * is at the end that no name reaches.
 */
export function shrankMark({ x, y, width, height }: Area): string {
  const side = Math.min(8, 2 + 0.3 * Math.min(width, height), width, height)
  const [right, bottom] = [x + width, y + height]
  return `<path class="down" d="M${at(right)} ${at(bottom - side)}V${at(bottom)}H${at(right - side)}z"/>`
}

/** Returns the mark of what grew, where areas stand for sizes: a bar at the end that no name reaches. */
export function grewMark({ x, y, width, height }: Area): string {
  const wide = Math.min(2.5, width / 3)
  const [right, bottom] = [x + width - 1, y + height - 1]
  return `<path class="up" d="M${at(right - wide)} ${at(y + 1)}H${at(right)}V${at(Math.max(y + 1, bottom))}H${at(right - wide)}z"/>`
}

/**
 * Colour shows growth or reduction, and a mark shows reduction without it. The pattern shows the cause, and the outline
 * shows new or removed parts. If a part contains growth and reduction, each has its share of the box.
 */
function changed({ node, small, x, y, width, height }: Box): string {
  const box = { x, y, width, height }
  const { grew, shrank } = node ?? sumsOf(small)
  const share = grew / Math.max(1, grew + shrank)
  const fill =
    share === 1 || share === 0
      ? rect(box, `tile ${share === 1 ? 'grew' : 'shrank'}`)
      : // The first one has the size of the box, because it gets the outline of focus.
        rect(box, 'tile shrank') + rect({ ...box, width: width * share }, 'tile grew')
  const cause = node === null ? causeOf(small) : node.cause
  const pattern = cause === null || cause === 'change' ? '' : rect(box, `hatch ${cause}`)
  const outline =
    node?.before === null ? newOutline(box) : node?.after === null ? rect(inside(box, 1), 'outline gone') : ''
  const mark = share === 1 ? '' : shrankMark({ ...box, x: x + width * share, width: width * (1 - share) })
  return fill + pattern + outline + mark
}

/**
 * The box stands for the larger of both sizes. The smaller size is the part of it that stays, and the other part has
 * the colour of growth or reduction. Both also have a mark, and a new part has an outline, so that all are seen without
 * colours.
 */
function content({ node, parent, x, y, width, height }: Box, { isCompared }: DrawOptions): string {
  const box = { x, y, width, height }
  const shown = node ?? parent
  const origin = shown === null ? 'own' : originOf(shown)
  if (node === null || !isCompared || node.size === 0) return rect(box, `tile ${origin}`)
  const delta = deltaOf(node)
  const [before, after] = [node.before ?? 0, node.after ?? 0]
  const share = Math.min(1, Math.min(before, after) / node.size)
  if (delta === 0) return rect(box, `tile ${origin}`)
  const kind = delta > 0 ? 'grew' : 'shrank'
  return (
    rect(box, `tile ${kind}`) +
    (share > 0 ? rect({ x, y: y + height * (1 - share), width, height: height * share }, `tile ${origin}`) : '') +
    (node.before === null ? newOutline(box) : delta > 0 ? grewMark({ ...box, height: height * (1 - share) }) : '') +
    (delta < 0 ? shrankMark(box) : '')
  )
}

/** Below this height, the outline is closer to the edge, because it would touch the name. In pixels. */
const lowHeight = 20

const newOutline = (box: Area): string => rect(inside(box, box.height < lowHeight ? 1 : 2), 'outline new')

/** Returns the area inside of another one, at least one pixel wide and high. */
function inside({ x, y, width, height }: Area, margin: number): Area {
  return {
    ...{ x: x + margin, y: y + Math.min(margin, height / 2) },
    ...{ width: Math.max(1, width - 2 * margin), height: Math.max(1, height - 2 * margin) },
  }
}

/** Returns the height of the picture for the available width, in pixels. */
export const heightFor = (width: number): number => Math.round(Math.max(300, Math.min(540, width * 0.52)))
