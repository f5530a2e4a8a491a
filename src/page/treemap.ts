/** Computes the boxes of a treemap, with no more detail than is visible. Also used in a browser. Pure. */
import { treemapSquarify } from 'd3-hierarchy'
import { valueOf, type MapNode } from './map-node.ts'
import type { Mode } from './model.ts'

/** A rectangle of the treemap, in pixels. */
export interface Box {
  /** Null for a box that combines small children of `parent`. */
  readonly node: MapNode | null
  readonly parent: MapNode | null
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly depth: number
  /** Whether its parts are separate boxes, below a line with its name. */
  readonly isOpen: boolean
  /** The small children that the box combines. Empty for every other box. */
  readonly small: readonly MapNode[]
  /** Bytes that its area stands for. */
  readonly value: number
}

/** Height of the line with the name of an opened box, in pixels. */
export const headHeight = 17
/** Space between the boxes inside of a box, in pixels. */
const gap = 2
/** Area in square pixels below which a box is combined with its neighbours. */
const minArea = 48
/** Smallest space for its parts, in pixels, at which a box is opened. */
const minWidth = 40
const minHeight = 26
/** Limit for the number of boxes, so that a huge tree is drawn at once. */
const maxBoxes = 1_000

interface Tile {
  readonly node: MapNode | null
  readonly small: readonly MapNode[]
  readonly value: number
  x0: number
  y0: number
  x1: number
  y1: number
}

/** Returns the boxes of a node and of everything in it. Parents come before their parts. */
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
      small: [],
      value: valueOf(root, mode),
    },
  ]
  // Breadth first, so that the deepest boxes are left out if there are too many.
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
  if (node === null || node.children.length === 0 || value === 0 || boxes > maxBoxes) return false
  return depth === 0 || (width >= minWidth && height >= minHeight + headHeight)
}

function parts(box: Box, node: MapNode, mode: Mode): Box[] {
  const head = box.depth === 0 ? 0 : headHeight
  const [x0, y0] = [box.x + (box.depth === 0 ? 0 : gap), box.y + head]
  const [x1, y1] = [box.x + box.width - (box.depth === 0 ? 0 : gap), box.y + box.height - (box.depth === 0 ? 0 : gap)]
  if (x1 - x0 < 4 || y1 - y0 < 4) return []
  const tiles = tilesOf(node, mode, ((x1 - x0) * (y1 - y0)) / box.value)
  const parent = { children: tiles, value: tiles.reduce((sum, { value }) => sum + value, 0) }
  // Whatever its type says, it only reads and writes these properties.
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
    small: tile.small,
    value: tile.value,
  }))
}

/** Returns the tiles of a node, the largest first. Those that are too small to be seen are combined into one. */
function tilesOf(node: MapNode, mode: Mode, pixelsPerByte: number): Tile[] {
  const children = node.children
    .map((child) => ({ child, value: valueOf(child, mode) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
  const large = children.filter(({ value }) => value * pixelsPerByte >= minArea)
  const small = children.slice(large.length)
  const tiles = large.map(({ child, value }) => tile(child, [], value))
  const [only] = small
  if (small.length === 1 && only !== undefined) tiles.push(tile(only.child, [], only.value))
  if (small.length > 1) {
    const bytes = small.reduce((sum, { value }) => sum + value, 0)
    tiles.push(
      tile(
        null,
        small.map(({ child }) => child),
        bytes,
      ),
    )
  }
  return tiles
}

const tile = (node: MapNode | null, small: readonly MapNode[], value: number): Tile => ({
  node,
  small,
  value,
  x0: 0,
  y0: 0,
  x1: 0,
  y1: 0,
})
