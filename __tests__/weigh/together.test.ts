import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { together } from '../../src/weigh/together.ts'

const never = new AbortController().signal

/** Ends with `stopped` as soon as its signal says so. */
const long = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => void setTimeout(20).then(() => reject(new Error('stopped'))))
  })

test('gives what each task gives, in order', async () => {
  expect(await together(never, [30, 1], (ms) => setTimeout(ms, ms))).toEqual([30, 1])
})

test('the error is that of the task that failed, not of one before it that was stopped for it; all have ended', async () => {
  let ended = 0
  const ran = together(never, ['long', 'short'], async (item, signal) => {
    try {
      if (item === 'long') return await long(signal)
      await setTimeout(5)
      throw new Error('broken')
    } finally {
      ended += 1
    }
  })
  await expect(ran).rejects.toThrow('broken')
  expect(ended).toBe(2)
})

test('the signal of the caller stops all', async () => {
  const stop = new AbortController()
  const ran = together(stop.signal, [1, 2], (_, signal) => long(signal))
  stop.abort()
  await expect(ran).rejects.toThrow('stopped')
})
