/** Finds the box that a key leads to: an arrow, Home or End. Pure. */
import type { Box } from '../treemap.ts'

/**
 * Returns the position of the nearest box in a direction. Home and End lead to the first and the last one of the
 * outermost boxes. Null if there is none, or for another key.
 */
export function nextBox(boxes: readonly Box[], from: Box, key: string): number | null {
  if (key === 'Home' || key === 'End') {
    const isOutermost = ({ depth }: Box): boolean => depth === 1
    const found = key === 'Home' ? boxes.findIndex(isOutermost) : boxes.findLastIndex(isOutermost)
    return found === -1 ? null : found
  }
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
  const [dx, dy] = direction ?? []
  if (dx === undefined || dy === undefined) return null
  const [x, y] = corner(from)
  let best: number | null = null
  let least = Infinity
  boxes.forEach((box, at) => {
    if (box === from || box.depth === 0) return
    const [toX, toY] = corner(box)
    const along = (toX - x) * dx + (toY - y) * dy
    const across = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx)
    const distance = along + 3 * across
    if (along > 0.5 && distance < least) {
      least = distance
      best = at
    }
  })
  return best
}

/** Returns the corner with a box's name. It distinguishes a box from the first part inside of it. */
function corner({ x, y }: Box): readonly [number, number] {
  return [x, y]
}
