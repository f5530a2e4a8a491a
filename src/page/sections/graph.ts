/** The stages and what they copy from each other. The width of an arrow shows its bytes. Pure. */
import type { Image, Stage, UnbuiltStage } from '../../record/footprint.ts'
import { sumOf } from '../../record/layer-sums.ts'
import { recordedWords } from '../../report/sentences.ts'
import { absenceWords, stageTitle } from '../../report/stage-words.ts'
import { formatBytes } from '../../report/units.ts'
import { code, foreign, html, maxNameLength, nothing, type Html } from '../html.ts'
import { landmark, type ImagePart } from '../image-part.ts'
import { piecesOf } from './graph-pieces.ts'
import {
  arrowOf,
  boxOf,
  boxWidth,
  columnGap,
  laneHeight,
  namesIn,
  top,
  words,
  type Arrow,
  type Box,
  type Graph,
  type Lanes,
} from './graph-shapes.ts'
import { section } from './parts.ts'

type AnyStage = Stage | UnbuiltStage

/** Returns the section with the graph of the stages. */
export function graphOf(image: Image, part: ImagePart): Html {
  const stages: readonly AnyStage[] = [...image.stages, ...(image.unbuiltStages ?? [])].toSorted(
    (a, b) => a.index - b.index,
  )
  const { boxes, arrows } = flowOf(stages)
  if (arrows.length === 0) return nothing
  placeBoxes(boxes, arrows)
  const graph = {
    boxes,
    names: namesIn(boxes),
    arrows: arrows.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0)),
    lanes: lanesOf(boxes, arrows),
    maxBytes: arrows.reduce((most, { bytes }) => Math.max(most, bytes ?? 0), 1),
  }
  return section(
    `stages-${part.at}`,
    'Stages',
    html`<div class="flow scroll" tabindex="0" role="region" aria-label="${landmark('Graph of the stages', part)}">
        ${drawing(graph)}
      </div>
      ${listOf(boxes, arrows)}`,
    html`<p class="hint">
      What stages take from images and from each other. An arrow is as wide as the file bytes that it carries. A dashed
      one carries none, or it is not known how many, as for what a RUN copies from a mount.
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
    if (!boxes.has(key))
      boxes.set(key, {
        key,
        kind: 'image',
        title: foreign(reference, maxNameLength),
        detail: 'image',
        column: 0,
        row: 0,
      })
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
      arrows.push({
        from: source(name),
        to: key,
        via,
        bytes: via === 'from' ? broughtBy(stage, carriedBytes) : carriedBytes,
      })
    earlier.set(stage.name.toLowerCase(), key)
    boxes.set(key, {
      key,
      kind: stage.role === 'final' ? 'final' : 'stage',
      title: stageTitle(stage, (text) => foreign(text, maxNameLength)),
      detail: detailOf(stage),
      column: 0,
      row: 0,
    })
  }
  return { boxes, arrows }
}

/**
 * Returns the file bytes that FROM another stage brings, with those of its base image. A record's `carriedBytes` are those
 * of the other stage's own layers.
 */
function broughtBy(stage: AnyStage, carriedBytes: number | null): number | null {
  if ('built' in stage) return null
  if (stage.base === null) return carriedBytes
  return sumOf(stage.layers.filter(({ origin }) => origin !== 'own').map(({ fileBytes }) => fileBytes))
}

function detailOf(stage: AnyStage): string {
  if (!('built' in stage)) return `${formatBytes(stage.totals.uncompressedSize)} unpacked`
  const { recorded } = stage
  return recorded
    ? `${formatBytes(recorded.totals.uncompressedSize)}, ${recordedWords(recorded, (text) => foreign(text, 40))}`
    : absenceWords(stage)
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

/**
 * Finds a place below the boxes for arrows that pass columns, so that no arrow is drawn through a box. Arrows share a
 * lane with those of the same source or, if these are more, with those of the same target.
 */
function lanesOf(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[]): Lanes {
  const rows = 1 + [...boxes.values()].reduce((last, { row }) => Math.max(last, row), 0)
  const columnOf = (key: string): number => boxes.get(key)?.column ?? 0
  const passing = arrows.filter(({ from, to }) => columnOf(to) - columnOf(from) > 1)
  const bySource = Map.groupBy(passing, ({ from }) => from)
  const byTarget = Map.groupBy(passing, ({ to }) => to)
  const countOf = (groups: ReadonlyMap<string, readonly Arrow[]>, key: string): number => groups.get(key)?.length ?? 0
  const shared = Map.groupBy(passing, ({ from, to }) =>
    countOf(byTarget, to) > countOf(bySource, from) ? `to ${to}` : `from ${from}`,
  )
  const spans = [...shared.values()]
    .map((some) => ({
      some,
      first: 1 + some.reduce((least, { from }) => Math.min(least, columnOf(from)), Infinity),
      end: some.reduce((most, { to }) => Math.max(most, columnOf(to)), 0),
    }))
    .toSorted((a, b) => a.first - b.first)
  /** The lanes that are in use, by the first column in which they are free again. */
  const inUse = new Map<number, number[]>()
  const free: number[] = []
  let [column, lanes] = [0, 0]
  return new Map(
    spans.flatMap(({ some, first, end }) => {
      for (; column <= first; column += 1) for (const nth of inUse.get(column) ?? []) free.push(nth)
      const nth = free.pop() ?? lanes++
      const others = inUse.get(end)
      if (others === undefined) inUse.set(end, [nth])
      else others.push(nth)
      const lane = { y: top({ row: rows }) + (nth + 0.5) * laneHeight, first, end }
      return some.map((arrow) => [arrow, lane] as const)
    }),
  )
}

/** Returns the lowest lane in each column that has one: its height in the picture. */
function lowestIn(lanes: Lanes): ReadonlyMap<number, number> {
  const lowest = new Map<number, number>()
  /** For columns that have one: a later column, on the way to the next one that has none. */
  const next = new Map<number, number>()
  const open = (column: number): number => {
    let at = column
    for (let to = next.get(at); to !== undefined; to = next.get(at)) {
      next.set(at, next.get(to) ?? to)
      at = to
    }
    return at
  }
  // The lowest lanes first, so that each column is set only once.
  for (const { y, first, end } of [...new Set(lanes.values())].toSorted((a, b) => b.y - a.y))
    for (let column = open(first); column < end; column = open(column)) {
      lowest.set(column, y)
      next.set(column, column + 1)
    }
  return lowest
}

function drawing(graph: Graph): Html {
  const { boxes, arrows, lanes } = graph
  const all = [...boxes.values()]
  /** Where the drawing ends in each column. */
  const ends = Array.from({ length: 1 + all.reduce((last, { column }) => Math.max(last, column), 0) }, () => 0)
  const endAt = (column: number, y: number): void => {
    ends[column] = Math.max(ends[column] ?? 0, y)
  }
  for (const { column, row } of all) endAt(column, top({ row: row + 1 }) + 7)
  lowestIn(lanes).forEach((y, column) => endAt(column, y + laneHeight / 2))
  const width = ends.length * (boxWidth + columnGap) - columnGap
  const height = ends.reduce((most, end) => Math.max(most, end), 0)
  const pieces = piecesOf(graph, ends)
  return html`<svg
      class="graph${ends.length === 3 ? ' fits' : ''}${pieces === null ? '' : ' wide'}"
      aria-hidden="true"
      width="${width}"
      height="${height}"
      viewBox="0 0 ${width} ${height}"
    >
      ${arrows.map((arrow) => arrowOf(arrow, graph))}${all.map((box) => boxOf(box, graph))}
    </svg>
    ${pieces}`
}

/** Returns the same as a list, for readers who cannot see the picture or want the figures. */
function listOf(boxes: ReadonlyMap<string, Box>, arrows: readonly Arrow[]): Html {
  return html`<details>
    <summary>The same as a list</summary>
    <ul class="plain">
      ${arrows.map(
        ({ from, to, via, bytes }) =>
          html`<li>
            ${code(boxes.get(from)?.title ?? '')} → ${code(boxes.get(to)?.title ?? '')} ${words(via, bytes)}
          </li>`,
      )}
    </ul>
  </details>`
}
