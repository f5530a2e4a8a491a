/** Programs that a run starts, and what is left to do where the process ends without waiting for them. */
import type { ChildProcess, spawn as nodeSpawn } from 'node:child_process'

/**
 * `spawn` of `node:child_process`, which is loaded with the first program: it brings all of Node's sockets along. A
 * program that is still running when this process ends is killed, and with `detached` those that it has started.
 */
export const spawn = ((...call: Parameters<typeof nodeSpawn>) => {
  const child = process.getBuiltinModule('node:child_process').spawn(...call)
  const ended = atExit(() => kill(child, call[2].detached === true))
  child.once('exit', ended)
  child.once('error', ended)
  return child
}) as typeof nodeSpawn

function kill(child: ChildProcess, withGroup: boolean): void {
  try {
    if (withGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

let lastThings: Set<() => void> | null = null

/**
 * Something to be done should the process end before it is taken back. It cannot wait for anything.
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
