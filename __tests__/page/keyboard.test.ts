import { expect, test } from '@jest/globals'
import { nextBox } from '../../src/page/client/keyboard.ts'
import type { Box } from '../../src/page/treemap.ts'

const box = (depth: number, x: number, y: number): Box => ({
  ...{ depth, x, y, width: 10, height: 10 },
  ...{ node: null, parent: null, isOpen: false, small: [], value: 1 },
})

/** Two boxes side by side in the picture. The first one contains two others. */
const boxes = [box(0, 0, 0), box(1, 0, 0), box(1, 50, 0), box(2, 2, 17), box(2, 20, 17)] as const

const from = (at: number, key: string): number | null => nextBox(boxes, boxes[at]!, key)

test('an arrow leads to the nearest box in its direction, and nowhere at the edge', () => {
  expect([from(1, 'ArrowRight'), from(1, 'ArrowDown'), from(3, 'ArrowRight')]).toEqual([2, 3, 4])
  expect([from(1, 'ArrowLeft'), from(1, 'ArrowUp'), from(4, 'ArrowDown')]).toEqual([null, null, null])
})

test('Home and End lead to the first and the last one of the outermost boxes', () => {
  expect([from(4, 'Home'), from(4, 'End'), from(1, 'Home'), from(2, 'End')]).toEqual([1, 2, 1, 2])
  expect(nextBox([boxes[0]], boxes[0], 'End')).toBeNull()
})

test('another key leads nowhere', () => {
  expect([from(1, 'a'), from(1, 'Tab'), from(1, 'PageDown')]).toEqual([null, null, null])
})
