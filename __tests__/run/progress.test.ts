import { expect, test } from '@jest/globals'
import { progressPrinter } from '../../src/run/progress.ts'

function printed(
  ...steps: readonly (readonly [time: number, readBytes: number, totalBytes: number])[]
): readonly string[] {
  const lines: string[] = []
  let now = 0
  const print = progressPrinter({ write: (text: string) => lines.push(text) }, () => now)
  for (const [time, readBytes, totalBytes] of steps) {
    now = time
    print({ readBytes, totalBytes })
  }
  return lines
}

test('a word each second, once it takes longer than one', () => {
  expect(
    printed(
      [0, 0, 9_000_000],
      [900, 1_000_000, 9_000_000],
      [1_100, 2_000_000, 9_000_000],
      [1_200, 3_000_000, 9_000_000],
      [2_200, 8_600_000, 9_000_000],
    ),
  ).toEqual(['Weighing: 2 of 9 MB of new layers read\n', 'Weighing: 9 of 9 MB of new layers read\n'])
})

test('of less than a megabyte, nothing', () => {
  expect(printed([0, 0, 0], [1_500, 100, 400_000], [9_000, 400_000, 400_000])).toEqual([])
  expect(printed([0, 0, 400_000], [9_000, 400_000, 9_400_000])).toEqual(['Weighing: 0 of 9 MB of new layers read\n'])
})
