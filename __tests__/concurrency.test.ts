import { setTimeout } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { limitConcurrency, mapConcurrently, runConcurrently } from '../src/concurrency.ts'

const never = new AbortController().signal

/** Rejects with `stopped` once its signal is aborted. */
const long = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => void setTimeout(20).then(() => reject(new Error('stopped'))))
  })

test('tasks that run together return their results in order', async () => {
  expect(await runConcurrently(never, [30, 1], (ms) => setTimeout(ms, ms))).toEqual([30, 1])
})

test('tasks that run together fail with the first error, after all of them have ended', async () => {
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

test("tasks that run together stop on the caller's signal", async () => {
  const stop = new AbortController()
  const ran = runConcurrently(stop.signal, [1, 2], (_, signal) => long(signal))
  stop.abort()
  await expect(ran).rejects.toThrow('stopped')
})

test('a limit is kept even if a task is added at the moment when another ends', async () => {
  const inTurn = limitConcurrency(1)
  let running = 0
  let most = 0
  const task = async (): Promise<void> => {
    most = Math.max(most, (running += 1))
    await Promise.resolve()
    running -= 1
  }
  const isDone = (async () => {
    // Calls arrive at every moment, so some arrive between the end of a task and the start of the next one.
    for (let moment = 0; moment < 20; moment += 1) {
      void inTurn(task)
      await Promise.resolve()
    }
  })()
  await Promise.all([inTurn(task), inTurn(task), isDone])
  await inTurn(task)
  expect(most).toBe(1)
})

test('a list is worked through with at most so many tasks at a time, and the results are in its order', async () => {
  let running = 0
  const seen: number[] = []
  const results = await mapConcurrently([30, 1, 20, 1, 1], 2, async (ms) => {
    seen.push((running += 1))
    await setTimeout(ms)
    running -= 1
    return ms * 10
  })
  expect(results).toEqual([300, 10, 200, 10, 10])
  expect(Math.max(...seen)).toBe(2)
})

test('a list ends at its first failure: no other task is started, and those that run are waited for', async () => {
  const begun: string[] = []
  let ended = 0
  const ran = mapConcurrently(['long', 'broken', 'next', 'last'], 2, async (item) => {
    begun.push(item)
    await setTimeout(item === 'broken' ? 1 : 20)
    ended += 1
    if (item === 'broken') throw new Error('broken')
  })
  await expect(ran).rejects.toThrow('broken')
  expect([begun, ended]).toEqual([['long', 'broken'], 2])
})

test('an empty list has no results', async () => {
  expect(await mapConcurrently([], 4, () => Promise.reject(new Error('no item')))).toEqual([])
})
