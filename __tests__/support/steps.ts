/** How much a call does, in counts that are the same on every machine: a clock tells what else the machine does. */
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const sources = fileURLToPath(new URL('../../src', import.meta.url))

/**
 * How often V8 enters a function of `src/` or a block of one (a branch, a turn of a loop) while something runs. What a
 * regular expression or another built-in does inside counts as nothing: see `thread.ts`.
 */
export type CountSteps = (task: () => unknown) => Promise<number>

/**
 * Call this at the top of a test file: blocks are counted only in functions that are compiled after it. These are many
 * times slower from then on, so tests that count steps have files of their own (measured on Node 24: 30 times).
 */
export async function stepCounter(): Promise<CountSteps> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  // It slows down the test files that come after this one in the same process.
  afterAll(async () => {
    await session.post('Profiler.stopPreciseCoverage')
    session.disconnect()
  })
  // Asking sets all counts back.
  const take = async (): Promise<number> => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const functions = result.filter(({ url }) => url.includes(sources)).flatMap((script) => script.functions)
    return functions.flatMap(({ ranges }) => ranges).reduce((sum, { count }) => sum + count, 0)
  }
  return async (task) => {
    await take()
    await task()
    return take()
  }
}
