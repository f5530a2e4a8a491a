import { expect, test } from '@jest/globals'
import { progressPrinter, type ProgressOutput } from '../../src/run/progress.ts'

type Step = readonly [time: number, readBytes: number, totalBytes: number]

function printed(steps: readonly Step[], terminal: Omit<ProgressOutput, 'write'> = {}): readonly string[] {
  const texts: string[] = []
  let now = 0
  const print = progressPrinter({ ...terminal, write: (text: string) => texts.push(text) }, () => now)
  for (const [time, readBytes, totalBytes] of steps) {
    now = time
    print({ readBytes, totalBytes })
  }
  return texts
}

test('writes a line each second, once reading takes longer than one', () => {
  const steps: readonly Step[] = [
    [0, 0, 9_000_000],
    [900, 1_000_000, 9_000_000],
    [1_100, 2_200_000, 9_000_000],
    [1_200, 3_000_000, 9_000_000],
    [2_200, 8_800_000, 9_000_000],
  ]
  expect(printed(steps)).toEqual([
    'Weighing: 2.20 MB of 9.00 MB of new layers read, 2.00 MB/s, 4 s left\n',
    'Weighing: 8.80 MB of 9.00 MB of new layers read, 4.00 MB/s, 1 s left\n',
  ])
})

test('gives the time that is left in minutes if it is long', () => {
  expect(
    printed([
      [0, 0, 1e9],
      [2_000, 20_000_000, 1e9],
    ]),
  ).toEqual(['Weighing: 20.0 MB of 1.00 GB of new layers read, 10.0 MB/s, 1 min 38 s left\n'])
})

test('says nothing if less than half a megabyte is read', () => {
  expect(
    printed([
      [0, 0, 0],
      [1_500, 100, 400_000],
      [9_000, 400_000, 400_000],
    ]),
  ).toEqual([])
})

test('gives no speed before anything was read', () => {
  expect(
    printed([
      [0, 0, 9_400_000],
      [9_000, 0, 9_400_000],
    ]),
  ).toEqual(['Weighing: 0 B of 9.40 MB of new layers read\n'])
})

test('draws one line again and again in a terminal, cut at its width, and removes it at the end', () => {
  const texts = printed(
    [
      [0, 0, 9_000_000],
      [1_000, 1_000_000, 9_000_000],
      [1_050, 1_500_000, 9_000_000],
      [1_100, 2_200_000, 9_000_000],
      [3_000, 9_000_000, 9_000_000],
      [3_001, 9_000_000, 9_000_000],
    ],
    { isTTY: true, columns: 40 },
  )
  const clear = '\r\u001b[2K'
  expect(texts).toEqual([
    `${clear}Weighing: 1.00 MB of 9.00 MB of new lay\r`,
    `${clear}Weighing: 2.20 MB of 9.00 MB of new lay\r`,
    clear,
  ])
})
