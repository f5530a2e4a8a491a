/**
 * Runs a program with `@actions/exec`, with limits. The package itself supports neither cancellation nor limits: it
 * hides the process that it starts, and its promise settles only when that process ends. Node reports each process that
 * is started, and in which async context. So the process can be found, stopped, and left behind.
 */
import type { ChildProcess } from 'node:child_process'
import type { AsyncLocalStorage } from 'node:async_hooks'
import { atExit } from '../at-exit.ts'
import { stopWith } from '../programs.ts'

/** Limits for a program. */
export interface Bounds {
  readonly signal: AbortSignal
  /** Size limit for standard output and standard error together, in bytes. */
  readonly maxOutput: number
}

/**
 * Runs a program without a shell, and shows none of its output.
 *
 * @returns null if it was stopped because of one of the limits
 * @throws Error if it cannot be started
 */
export async function boundedExec(
  program: string,
  args: readonly string[],
  place: { readonly cwd: string; readonly env: Record<string, string> },
  { signal, maxOutput }: Bounds,
): Promise<{ readonly exitCode: number; readonly stdout: string } | null> {
  // Loaded with the first program, like everything that starts programs (`programs.ts`).
  const { exec } = await import('@actions/exec')
  if (signal.aborted) return null
  const chunks: Buffer[] = []
  let bytes = 0
  const stopped = Promise.withResolvers<null>()
  const stop = (): void => stopped.resolve(null)
  const counted = (chunk: Buffer): boolean => {
    bytes += chunk.length
    if (bytes > maxOutput) stop()
    return bytes <= maxOutput
  }
  signal.addEventListener('abort', stop, { once: true })
  const { result, leave } = watched(() =>
    exec(program, [...args], {
      ...place,
      silent: true,
      ignoreReturnCode: true,
      listeners: {
        stdout: (chunk) => {
          if (counted(chunk)) chunks.push(chunk)
        },
        stderr: counted,
      },
    }),
  )
  try {
    const exitCode = await Promise.race([result, stopped.promise])
    if (exitCode !== null) return { exitCode, stdout: Buffer.concat(chunks).toString('utf8') }
    leave()
    return null
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Runs a task that starts one program. The task can be abandoned, and the program is then stopped. */
function watched<T>(task: () => Promise<T>): { readonly result: Promise<T>; readonly leave: () => void } {
  const channels = process.getBuiltinModule('node:diagnostics_channel')
  const ours: AsyncLocalStorage<true> = new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)()
  let child: ChildProcess | null = null
  let left = false
  let forget = (): void => undefined
  const made = (message: unknown): void => {
    if (ours.getStore() !== true) return
    const started = (message as { readonly process: ChildProcess }).process
    child = started
    forget = atExit(() => started.kill('SIGKILL'))
    // The process is not running yet.
    if (left) started.once('spawn', () => abandon(started))
  }
  channels.subscribe('child_process', made)
  const result = ours.run(true, task).finally(() => {
    channels.unsubscribe('child_process', made)
    forget()
  })
  result.catch(() => undefined)
  return {
    result,
    leave: () => {
      left = true
      if (child !== null) abandon(child)
    },
  }
}

/** Stops a process without waiting for it. It is killed at the latest when this process ends. */
function abandon(child: ChildProcess): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  child.unref()
  stopWith((name) => child.kill(name))
}
