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
