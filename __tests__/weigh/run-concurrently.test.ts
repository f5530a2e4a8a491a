import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { runConcurrently } from '../../src/weigh/run-concurrently.ts'

const never = new AbortController().signal

/** Rejects with `stopped` once its signal is aborted. */
const long = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => void setTimeout(20).then(() => reject(new Error('stopped'))))
  })

test('returns the results in order', async () => {
  expect(await runConcurrently(never, [30, 1], (ms) => setTimeout(ms, ms))).toEqual([30, 1])
})

test('fails with the error of the task that failed first, after all tasks have ended', async () => {
  let ended = 0
  const ran = runConcurrently(never, ['long', 'short'], async (item, signal) => {
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

test("stops all tasks on the caller's signal", async () => {
  const stop = new AbortController()
  const ran = runConcurrently(stop.signal, [1, 2], (_, signal) => long(signal))
  stop.abort()
  await expect(ran).rejects.toThrow('stopped')
})
