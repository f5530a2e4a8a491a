/** Counts the work of a call in numbers that are the same on every machine, unlike times. */
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'

const sources = fileURLToPath(new URL('../../src', import.meta.url))

/**
 * Returns how often V8 enters a function of `src/` or a block of one (a branch, a loop iteration) while something runs.
 * The work inside a regular expression or another built-in is not counted: see `thread.ts`.
 */
export type CountSteps = (task: () => unknown) => Promise<number>

/**
 * Call this at the top of a test file, because blocks are counted only in functions that are compiled afterwards. These
 * are then about 30 times slower (measured on Node 24), so tests that count steps have files of their own.
 */
export async function stepCounter(): Promise<CountSteps> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  // Counting slows down the test files that come later in the same process.
  afterAll(async () => {
    await session.post('Profiler.stopPreciseCoverage')
    session.disconnect()
  })
  // Reading the counts resets them.
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
