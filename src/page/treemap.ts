/** Where the boxes of a treemap are, with no more detail than can be seen. Used in a browser too. Pure. */
import { treemapSquarify } from 'd3-hierarchy'
import { valueOf, type MapNode } from './map-node.ts'
import type { Mode } from './model.ts'

export interface Box {
  /** Null for small children of `parent` together. */
  readonly node: MapNode | null
  readonly parent: MapNode | null
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly depth: number
  /** Whether its parts are boxes of their own, below a line with its name. */
  readonly isOpen: boolean
  /** Of small ones together. */
  readonly count: number
  /** What its area stands for. Bytes. */
  readonly value: number
}

/** Of the line with the name of an opened box. Pixels. */
export const headHeight = 17
/** Space between the boxes in one. */
const gap = 2
/** A box smaller than this is folded with its neighbours. Square pixels. */
const leastArea = 48
/** A box is opened if its parts have at least this much room. Pixels. */
const leastWidth = 40
const leastHeight = 26
/** So that a picture of a huge tree is drawn at once. */
const mostBoxes = 1_000

interface Tile {
  readonly node: MapNode | null
  readonly count: number
  readonly value: number
  x0: number
  y0: number
  x1: number
  y1: number
}

/** Boxes of a node and what is in it, parents before their parts. */
export function treemap(root: MapNode, mode: Mode, width: number, height: number): readonly Box[] {
  const boxes: Box[] = []
  const queue: Box[] = [
    {
      node: root,
      parent: null,
      x: 0,
      y: 0,
      width,
      height,
      depth: 0,
      isOpen: root.children.length > 0,
      count: 0,
      value: valueOf(root, mode),
    },
  ]
  // Breadth first: where there are too many boxes, the deepest are missing.
  for (let next = 0; next < queue.length; next += 1) {
    const box = queue[next]
    if (box === undefined) break
    const opens = box.node !== null && opensAt(box, queue.length)
    boxes.push({ ...box, isOpen: opens })
    if (opens) queue.push(...parts(box, box.node, mode))
  }
  return boxes
}

function opensAt({ node, width, height, depth, value }: Box, boxes: number): boolean {
  if (node === null || node.children.length === 0 || value === 0 || boxes > mostBoxes) return false
  return depth === 0 || (width >= leastWidth && height >= leastHeight + headHeight)
}

function parts(box: Box, node: MapNode, mode: Mode): Box[] {
  const head = box.depth === 0 ? 0 : headHeight
  const [x0, y0] = [box.x + (box.depth === 0 ? 0 : gap), box.y + head]
  const [x1, y1] = [box.x + box.width - (box.depth === 0 ? 0 : gap), box.y + box.height - (box.depth === 0 ? 0 : gap)]
  if (x1 - x0 < 4 || y1 - y0 < 4) return []
  const tiles = tilesOf(node, mode, ((x1 - x0) * (y1 - y0)) / box.value)
  const parent = { children: tiles, value: tiles.reduce((sum, { value }) => sum + value, 0) }
  // It reads and writes these properties alone, whatever its type says.
  const squarify = treemapSquarify as unknown as (
    parent: { readonly children: readonly Tile[]; readonly value: number },
    ...box: readonly [x0: number, y0: number, x1: number, y1: number]
  ) => void
  squarify(parent, x0, y0, x1, y1)
  return tiles.map((tile) => ({
    node: tile.node,
    parent: node,
    x: tile.x0,
    y: tile.y0,
    width: Math.max(0, tile.x1 - tile.x0 - 1),
    height: Math.max(0, tile.y1 - tile.y0 - 1),
    depth: box.depth + 1,
    isOpen: false,
    count: tile.count,
    value: tile.value,
  }))
}

/** The heaviest first; those too small to be seen are one. */
function tilesOf(node: MapNode, mode: Mode, pixelsPerByte: number): Tile[] {
  const children = node.children
    .map((child) => ({ child, value: valueOf(child, mode) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
  const large = children.filter(({ value }) => value * pixelsPerByte >= leastArea)
  const small = children.slice(large.length)
  const tiles = large.map(({ child, value }) => tile(child, 0, value))
  const [only] = small
  if (small.length === 1 && only !== undefined) tiles.push(tile(only.child, 0, only.value))
  if (small.length > 1)
    tiles.push(
      tile(
        null,
        small.length,
        small.reduce((sum, { value }) => sum + value, 0),
      ),
    )
  return tiles
}

const tile = (node: MapNode | null, count: number, value: number): Tile => ({
  node,
  count,
  value,
  x0: 0,
  y0: 0,
  x1: 0,
  y1: 0,
})
