/** Tells a base that took too long from a run that was stopped. */
import { describe, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { attemptWithin } from '../../src/base/base-tree.ts'
import { Cancelled } from '../../src/errors.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Waits like a task that starts a program: it ends a while after it was told to stop. */
async function runUntilStopped(signal: AbortSignal): Promise<never> {
  const ofTheCall = AbortSignal.any([signal, new AbortController().signal])
  await new Promise((resolve) => ofTheCall.addEventListener('abort', resolve, { once: true }))
  for (let turn = 0; turn < 5; turn += 1) {
    await sleep(5)
    collectGarbage()
  }
  throw new Cancelled('stopped')
}

describe('the time limit of the base', () => {
  test('is named if it has passed, even if garbage is collected before the task has ended', async () => {
    const { signal } = new AbortController()
    await expect(attemptWithin({ timeout: 20, signal }, runUntilStopped)).resolves.toEqual({
      why: 'it took longer than 0 s (baseline-timeout)',
    })
  })

  test('is not named if the user stops the run', async () => {
    const stop = new AbortController()
    const attempt = attemptWithin({ timeout: 60_000, signal: stop.signal }, runUntilStopped)
    stop.abort()
    await expect(attempt).rejects.toThrow(Cancelled)
  })

  test('does not hide another failure', async () => {
    const { signal } = new AbortController()
    const task = (): Promise<never> => Promise.reject(new Error('there is no space left.'))
    await expect(attemptWithin({ timeout: 60_000, signal }, task)).resolves.toEqual({ why: 'there is no space left' })
  })
})
