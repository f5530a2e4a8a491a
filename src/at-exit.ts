/** What is left to do where the process ends without waiting for anything. */

let lastThings: Set<() => void> | null = null

/**
 * Does something should the process end before it is taken back. It cannot wait for anything.
 *
 * @returns takes it back
 */
export function atExit(task: () => void): () => void {
  if (lastThings === null) {
    const tasks = (lastThings = new Set())
    process.once('exit', () => tasks.forEach(attempt))
  }
  const tasks = lastThings
  tasks.add(task)
  return () => tasks.delete(task)
}

function attempt(task: () => void): void {
  try {
    task()
  } catch {
    // Nobody is left to be told.
  }
}
