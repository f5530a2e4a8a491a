import { describe, expect, test } from '@jest/globals'
import { progressPrinter, type Clock, type ProgressOutput } from '../../src/run/progress.ts'

type Step = readonly [time: number, readBytes: number, totalBytes: number]

function printed(
  steps: readonly Step[],
  terminal: Omit<ProgressOutput, 'write'> = {},
  stageName: string | null = null,
): readonly string[] {
  const texts: string[] = []
  let now = 0
  const { onProgress: print } = progressPrinter(
    { ...terminal, write: (text: string) => texts.push(text) },
    { now: () => now, repeat: () => () => undefined },
  )
  for (const [time, readBytes, totalBytes] of steps) {
    now = time
    print({ readBytes, totalBytes, readLayers: 1, totalLayers: 3, stageName })
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
    'Weighing: 2.20 MB of 9.00 MB, 1 of 3 new layers done, 2.00 MB/s, 4 s left\n',
    'Weighing: 8.80 MB of 9.00 MB, 1 of 3 new layers done, 4.00 MB/s, 1 s left\n',
  ])
})

test('names the stage or image, on one line and shortened', () => {
  const steps: readonly Step[] = [
    [0, 0, 9_000_000],
    [1_100, 2_200_000, 9_000_000],
  ]
  const rest = '2.20 MB of 9.00 MB, 1 of 3 new layers done, 2.00 MB/s, 4 s left'
  expect(printed(steps, {}, 'build')).toEqual([`Weighing build: ${rest}\n`])
  expect(printed(steps, {}, 'ghcr.io/owner/app linux/amd64')).toEqual([
    `Weighing ghcr.io/owner/app linux/amd64: ${rest}\n`,
  ])
  expect(printed(steps, {}, '0')).toEqual([`Weighing stage 0: ${rest}\n`])
  const [hostile] = printed(steps, {}, `\u001b[2J\n${'x'.repeat(99)}`)
  expect(hostile).toBe(`Weighing \\u{1b}[2J ${'x'.repeat(29)}…: ${rest}\n`)
})

test('cuts the name in a narrow terminal, so that speed and time stay visible', () => {
  const steps: readonly Step[] = [
    [0, 0, 9_000_000],
    [1_100, 2_200_000, 9_000_000],
  ]
  const [line] = printed(steps, { isTTY: true, columns: 80 }, 'ghcr.io/owner/app linux/amd64')
  expect(line).toContain('Weighing ghcr.io/owner…: 2.20 MB of 9.00 MB, 1 of 3 layers, 2.00 MB/s, 4 s left\r')
})

test.each([
  [65, 'Weighing web: 2.20 MB of 9.00 MB, 1 of 3 layers, 2.00 MB/s, 4 s left'],
  [62, 'Weighing: 2.20 MB of 9.00 MB, 1 of 3 layers, 2.00 MB/s, 4 s left'],
  [55, 'Weighing: 2.20 MB of 9.00 MB, 2.00 MB/s, 4 s left'],
  [40, 'Weighing: 2.20 MB of 9.00 MB, 4 s left'],
  [30, 'Weighing: 2.20 MB of 9.00 MB'],
  [20, '2.20 MB of 9.00 MB'],
])('leaves out whole parts in a terminal of %d columns', (columns, expected) => {
  const [line] = printed(
    [
      [0, 0, 9_000_000],
      [1_100, 2_200_000, 9_000_000],
    ],
    { isTTY: true, columns: columns + 5 },
    'web',
  )
  expect(line).toContain(`${expected}\r`)
})

test('gives the time that is left in minutes if it is long', () => {
  expect(
    printed([
      [0, 0, 1e9],
      [2_000, 20_000_000, 1e9],
    ]),
  ).toEqual(['Weighing: 20.0 MB of 1.00 GB, 1 of 3 new layers done, 10.0 MB/s, 1 min 38 s left\n'])
})

test('gives no speed as long as almost nothing was read, since connecting takes time', () => {
  const begin: readonly Step[] = [
    [0, 0, 1e9],
    [2_000, 1_000, 1e9],
  ]
  expect(printed(begin)).toEqual(['Weighing: 1.00 kB of 1.00 GB, 1 of 3 new layers done\n'])
  expect(printed([...begin, [4_000, 3_000, 1e9], [8_000, 8_000, 1e9]]).at(-1)).toContain(' 1.17 kB/s, ')
})

test('measures the speed of the last seconds, and anew after a pause in which the base revision was built', () => {
  const slowBegin: readonly Step[] = [0, 1, 2, 3, 4, 5, 6].map((second) => [
    second * 1_000,
    second === 0 ? 0 : 1_000_000 + (second - 1) * 50_000_000,
    900_000_000,
  ])
  expect(printed(slowBegin).at(-1)).toBe('Weighing: 251 MB of 900 MB, 1 of 3 new layers done, 50.0 MB/s, 13 s left\n')
  const head: readonly Step[] = [
    [0, 0, 10_000_000],
    [1_000, 10_000_000, 10_000_000],
  ]
  const base: readonly Step[] = [
    [61_000, 12_000_000, 110_000_000],
    [62_000, 20_000_000, 110_000_000],
  ]
  // 10 MB in this second.
  expect(printed([...head, ...base]).at(-1)).toBe(
    'Weighing: 20.0 MB of 110 MB, 1 of 3 new layers done, 10.0 MB/s, 9 s left\n',
  )
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
  ).toEqual(['Weighing: 0 B of 9.40 MB, 1 of 3 new layers done\n'])
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
    `${clear}Weighing: 1.00 MB of 9.00 MB, 8 s left\r`,
    `${clear}Weighing: 2.20 MB of 9.00 MB, 4 s left\r`,
    clear,
  ])
})

describe('while the builder is waited for', () => {
  const waited = async (terminal: Omit<ProgressOutput, 'write'>, readAt: number | null = null) => {
    const texts: string[] = []
    let [now, calls] = [0, [] as readonly (() => void)[]]
    const clock: Clock = {
      now: () => now,
      repeat: (call) => {
        calls = [call]
        return () => (calls = [])
      },
    }
    const printer = progressPrinter({ ...terminal, write: (text: string) => texts.push(text) }, clock)
    const waiting = printer.onWaiting()
    for (now = 1_000; now <= 12_000; now += 1_000) {
      if (now === readAt)
        printer.onProgress({ readBytes: 1, totalBytes: 9, readLayers: 0, totalLayers: 1, stageName: null })
      for (const call of calls) call()
    }
    await waiting.close()
    expect(calls).toEqual([])
    return texts
  }

  test('a terminal says so each second, and the line is removed at the end', async () => {
    const texts = await waited({ isTTY: true, columns: 80 })
    expect(texts).toHaveLength(13)
    expect(texts[2]).toBe('\r\u001b[2KWeighing: waiting for the builder, 3 s\r')
    expect(texts[12]).toBe('\r\u001b[2K')
  })

  test('a terminal does not say so in a second in which something is read', async () => {
    expect(await waited({ isTTY: true }, 3_000)).toHaveLength(12)
  })

  test('a log says so once, after five seconds', async () => {
    expect(await waited({})).toEqual(['Weighing: waiting for the builder\n'])
  })
})
