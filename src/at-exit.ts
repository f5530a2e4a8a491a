/** Runs tasks when the process ends, the newest first. Such a task cannot wait for anything. */

let lastThings: Set<() => void> | null = null

/**
 * Registers a task that runs when the process ends. The task must be synchronous.
 *
 * @returns a function that removes the task
 */
export function atExit(task: () => void): () => void {
  if (lastThings === null) {
    const tasks = (lastThings = new Set())
    process.once('exit', () => [...tasks].reverse().forEach(attempt))
  }
  const tasks = lastThings
  tasks.add(task)
  return () => tasks.delete(task)
}

function attempt(task: () => void): void {
  try {
    task()
  } catch {
    // The process ends, so nobody could handle the error.
  }
}
