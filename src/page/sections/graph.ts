/** The stages and what they copy from each other. The width of an arrow shows its bytes. Pure. */
import type { Image, Stage, UnbuiltStage } from '../../record/footprint.ts'
import { sumOf } from '../../record/layer-sums.ts'
import { recordedWords } from '../../report/sentences.ts'
import { formatBytes } from '../../report/units.ts'
import { code, foreign, html, nothing, type Html } from '../html.ts'
import { section } from './parts.ts'

const boxWidth = 200
const boxHeight = 46
const columnGap = 110
const rowGap = 18
const maxStroke = 26
const laneHeight = maxStroke + 4
const minStroke = 1.5
/** Limit for the characters of a title in a box. */
const maxTitleLength = 22

interface Box {
  readonly key: string
  readonly kind: 'image' | 'stage' | 'final'
  readonly title: string
  readonly detail: string
  column: number
  row: number
}

interface Arrow {
  readonly from: string
  readonly to: string
  readonly via: 'from' | 'copy' | 'mount'
  /** Null if they are not known. */
  readonly bytes: number | null
}

type AnyStage = Stage | UnbuiltStage

/** Returns the section with the graph of the stages. */
export function graphOf(image: Image, at: number): Html {
  const stages: readonly AnyStage[] = [...image.stages, ...(image.unbuiltStages ?? [])].toSorted(
    (a, b) => a.index - b.index,
  )
  const { boxes, arrows } = flowOf(stages)
  if (arrows.length === 0) return nothing
  placeBoxes(boxes, arrows)
  const lanes = lanesOf(boxes, arrows)
  return section(
    `stages-${at}`,
    'Stages',
    html`<div class="scroll" tabindex="0" role="region" aria-label="Graph of the stages">
        ${drawing(boxes, arrows, lanes)}
      </div>
      ${listOf(boxes, arrows)}`,
    html`<p class="hint">
      What stages take from images and from each other. An arrow is as wide as the file bytes that it carries. A dashed
      one carries none, or it is not known how many: what a RUN copies from a mount cannot be told apart.
    </p>`,
  )
}

/** @param stages sorted by position */
function flowOf(stages: readonly AnyStage[]): { readonly boxes: Map<string, Box>; readonly arrows: readonly Arrow[] } {
  const boxes = new Map<string, Box>()
  const arrows: Arrow[] = []
  /** The boxes of the stages so far. A name refers to the nearest earlier stage that has it. */
  const earlier = new Map<string, string>()
  const imageBox = (reference: string): string => {
    const key = `image ${reference}`
    if (!boxes.has(key)) boxes.set(key, { key, kind: 'image', title: reference, detail: 'image', column: 0, row: 0 })
    return key
  }
  for (const stage of stages) {
    const key = `stage ${stage.index}`
    const source = (name: string): string => earlier.get(name.toLowerCase()) ?? imageBox(name)
    const isFrom = stage.uses.some(({ via }) => via === 'from')
    const base = 'built' in stage ? stage.baseReference : stage.base?.reference
    if (!isFrom && base !== undefined && base !== 'scratch') {
      const layers = stage.layers.filter(({ origin }) => origin === 'base')
      const bytes = 'built' in stage ? null : sumOf(layers.map(({ fileBytes }) => fileBytes))
      arrows.push({ from: imageBox(base), to: key, via: 'from', bytes })
    }
    for (const { stage: name, via, carriedBytes } of stage.uses)
      arrows.push({ from: source(name), to: key, via, bytes: carriedBytes })
    earlier.set(stage.name.toLowerCase(), key)
    boxes.set(key, {
      key,
      kind: stage.role === 'final' ? 'final' : 'stage',
      title: stage.name,
      detail: detailOf(stage),
      column: 0,
      row: 0,
    })
  }
  return { boxes, arrows }
}

function detailOf(stage: AnyStage): string {
  if (!('built' in stage)) return `${formatBytes(stage.totals.uncompressedSize)} unpacked`
  const { recorded } = stage
  return recorded
    ? `${formatBytes(recorded.totals.uncompressedSize)}, ${recordedWords(recorded, (text) => foreign(text, 40))}`
    : 'not built in this run'
}

/**
 * Places each box to the right of all boxes that it takes from. Arrows are in the order of stages, so one pass is
 * enough.
 */
function placeBoxes(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[]): void {
  for (const { from, to } of arrows) {
    const [source, target] = [boxes.get(from), boxes.get(to)]
    if (source && target) target.column = Math.max(target.column, source.column + 1)
  }
  // An image is placed right before the first stage that takes from it.
  const nearest = new Map<string, number>()
  for (const { from, to } of arrows)
    nearest.set(from, Math.min(nearest.get(from) ?? Infinity, boxes.get(to)?.column ?? 1))
  for (const box of boxes.values()) if (box.kind === 'image') box.column = Math.max(0, (nearest.get(box.key) ?? 1) - 1)
  const rows = new Map<number, number>()
  for (const box of boxes.values()) {
    box.row = rows.get(box.column) ?? 0
    rows.set(box.column, box.row + 1)
  }
}

/** For each source with arrows that pass columns: the height at which these pass, below all boxes. */
type Lanes = ReadonlyMap<string, number>

/** Finds a place below the boxes for arrows that pass columns, so that no arrow is drawn through a box. */
function lanesOf(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[]): Lanes {
  const rows = 1 + [...boxes.values()].reduce((last, { row }) => Math.max(last, row), 0)
  const furthest = new Map<string, number>()
  for (const { from, to } of arrows) furthest.set(from, Math.max(furthest.get(from) ?? 0, boxes.get(to)?.column ?? 0))
  const passing = [...boxes.values()]
    .map(({ key, column }) => ({ key, first: column + 1, end: furthest.get(key) ?? 0 }))
    .filter(({ first, end }) => end > first)
    .toSorted((a, b) => a.first - b.first)
  /** For each lane, the first column in which it is free again. */
  const free: number[] = []
  return new Map(
    passing.map(({ key, first, end }) => {
      const found = free.findIndex((column) => column <= first)
      const lane = found === -1 ? free.length : found
      free[lane] = end
      return [key, top({ row: rows }) + (lane + 0.5) * laneHeight]
    }),
  )
}

function drawing(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[], lanes: Lanes): Html {
  const all = [...boxes.values()]
  const columns = 1 + all.reduce((last, { column }) => Math.max(last, column), 0)
  const rows = 1 + all.reduce((last, { row }) => Math.max(last, row), 0)
  const width = columns * (boxWidth + columnGap) - columnGap
  const lowest = [...lanes.values()].reduce((most, lane) => Math.max(most, lane + laneHeight / 2), 0)
  const height = Math.max(rows * (boxHeight + rowGap) + 14, lowest)
  const maxBytes = arrows.reduce((most, { bytes }) => Math.max(most, bytes ?? 0), 1)
  const drawn = arrows
    .toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
    .map((arrow) => arrowOf(arrow, boxes, lanes, maxBytes))
  return html`<svg
    class="graph ${columns === 3 ? 'fits' : ''}"
    aria-hidden="true"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
  >
    ${drawn}${all.map(boxOf)}
  </svg>`
}

const left = ({ column }: Pick<Box, 'column'>): number => column * (boxWidth + columnGap)
const top = ({ row }: Pick<Box, 'row'>): number => row * (boxHeight + rowGap) + 7

function boxOf(box: Box): Html {
  const [x, y] = [left(box), top(box)]
  return html`<g class="box ${box.kind}"
    ><title>${foreign(box.title, 300)}</title
    ><rect x="${x + 0.5}" y="${y + 0.5}" width="${boxWidth - 1}" height="${boxHeight - 1}" rx="4" /><text
      x="${x + 11}"
      y="${y + 20}"
      class="name"
      >${shortened(box.title)}</text
    ><text x="${x + 11}" y="${y + 36}">${box.detail}</text></g
  >`
}

/** Shortens a title to fit into a box. The end of an image's reference says most. */
function shortened(title: string): string {
  const shown = foreign(title, 200)
  const characters = Array.from(shown)
  return characters.length <= maxTitleLength ? shown : `…${characters.slice(1 - maxTitleLength).join('')}`
}

function arrowOf(
  { from, to, via, bytes }: Arrow,
  boxes: ReadonlyMap<string, Box>,
  lanes: Lanes,
  maxBytes: number,
): Html {
  const [source, target] = [boxes.get(from), boxes.get(to)]
  if (!source || !target) return nothing
  const stroke = bytes === null || bytes === 0 ? minStroke : Math.max(minStroke, (bytes / maxBytes) * maxStroke)
  return html`<path
    class="arrow ${via} ${bytes === null || bytes === 0 ? 'empty' : ''}"
    data-bytes="${bytes ?? ''}"
    stroke-width="${stroke.toFixed(1)}"
    d="${pathOf(source, target, lanes.get(from))}"
    ><title>${foreign(source.title, 100)} to ${foreign(target.title, 100)}: ${words(via, bytes)}</title></path
  >`
}

/** @param lane the height at which the arrow passes the columns between the two boxes. Not used if there are none */
function pathOf(source: Box, target: Box, lane: number | undefined): string {
  const middle = (box: Box): number => top(box) + boxHeight / 2
  const curve = (x: number, y: number, toX: number, toY: number): string => {
    const bend = (toX - x) / 2
    return `C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`
  }
  const [x0, y0, x1, y1] = [left(source) + boxWidth, middle(source), left(target), middle(target)]
  if (lane === undefined || target.column - source.column < 2) return `M${x0} ${y0}${curve(x0, y0, x1, y1)}`
  const [first, last] = [left({ column: source.column + 1 }), left({ column: target.column - 1 }) + boxWidth]
  return `M${x0} ${y0}${curve(x0, y0, first, lane)}H${last}${curve(last, lane, x1, y1)}`
}

const viaWords = { from: 'FROM', copy: 'COPY --from', mount: 'RUN --mount' } as const

function words(via: Arrow['via'], bytes: number | null): string {
  const carried = via === 'mount' && bytes === null ? 'bytes not known' : formatBytes(bytes)
  return `${viaWords[via]}, ${carried}`
}

/** Returns the same as a list, for readers who cannot see the picture or want the figures. */
function listOf(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[]): Html {
  return html`<details>
    <summary>The same as a list</summary>
    <ul class="plain">
      ${arrows.map(
        ({ from, to, via, bytes }) =>
          html`<li>
            ${code(foreign(boxes.get(from)?.title ?? '', 100))} → ${code(foreign(boxes.get(to)?.title ?? '', 100))}
            ${words(via, bytes)}
          </li>`,
      )}
    </ul>
  </details>`
}
