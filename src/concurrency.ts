/** Runs tasks at the same time: with a limit, for each item of a list, or until one of them fails. */

/** Returns a function that runs at most `maxRunning` tasks at a time. */
export function limitConcurrency(maxRunning: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (task) => {
    if (running < maxRunning) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      // A waiting task takes this place at once. Otherwise another call could take it before that task continues.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/**
 * Runs a task for each item, at most `maxRunning` at a time, and returns the results in the order of the items. If one
 * fails, no other is started, those that run are waited for, and the error is thrown.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  maxRunning: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const rest = entriesOf(items)
  const lane = async (): Promise<void> => {
    // All lanes take their items from one generator. An error leaves the loop, which ends the generator for all of them.
    // An array's own iterator would go on.
    for (const [position, item] of rest) results[position] = await task(item)
  }
  const lanes = Array.from({ length: Math.min(maxRunning, items.length) }, lane)
  await Promise.allSettled(lanes)
  await Promise.all(lanes)
  return results
}

function* entriesOf<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries()
}

/**
 * Runs tasks like Promise.all. If one fails, the others are stopped and waited for. The error of the first failure is
 * thrown, not the cancellation of the others.
 */
export async function runConcurrently<T, R>(
  signal: AbortSignal,
  items: readonly T[],
  task: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const failed = new AbortController()
  const within = AbortSignal.any([signal, failed.signal])
  const tasks = items.map((item) => task(item, within))
  for (const each of tasks) each.catch((error: unknown) => failed.abort(error))
  await Promise.allSettled(tasks)
  if (failed.signal.aborted) throw failed.signal.reason
  return Promise.all(tasks)
}
