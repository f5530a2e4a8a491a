/** The picture of a treemap as SVG: written by the process, and drawn again in the browser. Pure. */
import { formatBytes } from '../report/units.ts'
import { escapeHtml } from './escape-html.ts'
import { deltaOf, type MapNode } from './map-node.ts'
import type { Mode } from './model.ts'
import { headHeight, treemap, type Box } from './treemap.ts'
import { figureOf, labelOf } from './words.ts'

/** Of a letter, about. Pixels. */
const letter = 6.1
/** A box has room for a name from here on, and for a figure below it. Pixels. */
const nameWidth = 30
const nameHeight = 15
const figureHeight = 30

export interface DrawnMap {
  readonly svg: string
  /** What is drawn, by the `data-n` of its box. */
  readonly boxes: readonly Box[]
}

export interface DrawOptions {
  readonly mode: Mode
  readonly width: number
  readonly height: number
  readonly isCompared: boolean
  /** Address of a box; null where there are no scripts, so that nothing can be opened. */
  readonly hrefOf: (node: MapNode) => string | null
}

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
  const label = escapeHtml(
    node === null ? `${box.count} more, ${formatBytes(box.value)}` : labelOf(node, options.isCompared),
  )
  const inside = node !== null && box.isOpen ? group(box, node, options) : leaf(box, options)
  return href === null
    ? `<g data-n="${at}">${inside}<title>${label}</title></g>`
    : `<a data-n="${at}" tabindex="-1" href="${escapeHtml(href)}" aria-label="${label}">${inside}</a>`
}

function rect(box: Pick<Box, 'x' | 'y' | 'width' | 'height'>, kind: string): string {
  return `<rect class="${kind}" x="${at(box.x)}" y="${at(box.y)}" width="${at(box.width)}" height="${at(box.height)}"/>`
}

const at = (pixels: number): string => String(Math.round(pixels * 10) / 10)

function group(box: Box, node: MapNode, { mode }: DrawOptions): string {
  const figure = figureOf(node, mode)
  const name = fitted(node.name, box.width - 10)
  const rest = box.width - 10 - name.length * letter - 8
  const shown = figure.length * letter <= rest ? `<tspan class="f" dx="7">${escapeHtml(figure)}</tspan>` : ''
  return `${rect(box, `group ${originOf(node)}`)}<text x="${at(box.x + 5)}" y="${at(box.y + headHeight - 5)}">${escapeHtml(name)}${shown}</text>`
}

function leaf(box: Box, options: DrawOptions): string {
  const { node, width, height } = box
  return `${options.mode === 'changed' ? changed(box) : content(box, options)}${
    width < nameWidth || height < nameHeight ? '' : words(box, node, options)
  }`
}

function words(box: Box, node: MapNode | null, { mode }: DrawOptions): string {
  const name = node === null ? `${box.count} more` : node.kind === 'file' ? lastOf(node.name) : node.name
  const figure = node === null ? formatBytes(box.value) : figureOf(node, mode)
  const below =
    box.height >= figureHeight && figure.length * letter <= box.width - 8
      ? `<tspan class="f" x="${at(box.x + 4)}" dy="13">${escapeHtml(figure)}</tspan>`
      : ''
  return `<text x="${at(box.x + 4)}" y="${at(box.y + 12)}">${escapeHtml(fitted(name, box.width - 8))}${below}</text>`
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function fitted(text: string, width: number): string {
  const most = Math.max(1, Math.floor(width / letter))
  const characters = Array.from(text)
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

const originOf = ({ kind, layer }: MapNode): string => (kind === 'base' || layer?.origin === 'base' ? 'base' : 'own')

/** Colour: grew or shrank. Pattern: the cause. Outline: new or gone. Of parts that did both each has its share. */
function changed({ node, parent, x, y, width, height }: Box): string {
  const box = { x, y, width, height }
  const both = node ?? parent
  if (both === null) return ''
  const share = both.grew / Math.max(1, both.grew + both.shrank)
  const fill =
    node !== null && (share === 1 || share === 0)
      ? rect(box, `tile ${share === 1 ? 'grew' : 'shrank'}`)
      : rect({ x, y, width: width * share, height }, 'tile grew') +
        rect({ x: x + width * share, y, width: width * (1 - share), height }, 'tile shrank')
  const cause = both.cause
  const pattern = cause === null || cause === 'change' ? '' : rect(box, `hatch ${cause}`)
  const inner = { x: x + 2, y: y + 2, width: Math.max(0, width - 4), height: Math.max(0, height - 4) }
  const outline =
    node?.before === null
      ? rect(inner, 'outline new')
      : node?.after === null
        ? rect({ x: x + 1, y: y + 1, width: Math.max(0, width - 2), height: Math.max(0, height - 2) }, 'outline gone')
        : ''
  return fill + pattern + outline
}

/** The larger of both sizes is the box, the smaller one the part of it that stays. */
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
    (node.after === null ? rect(box, 'outline gone') : '')
  )
}
