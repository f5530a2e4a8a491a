/**
 * Converts Ctrl-C and the runner's cancellation into an AbortSignal, so that everything is cleaned up before the end. A
 * second signal ends the process at once.
 */

/** The wish to stop, from a user or a runner. */
export interface StopSignal {
  readonly signal: AbortSignal
  /** Returns the exit status of a process that a signal ended. Null if there was no signal. */
  readonly exitStatus: () => number | null
  /** Stops as SIGTERM does, unless there was a signal before. */
  readonly stop: () => void
  readonly dispose: () => void
}

/** 128 plus the number of the signal, as in shells. */
const statusOf = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Starts listening to signals. */
export function stopSignal(): StopSignal {
  const controller = new AbortController()
  let status: number | null = null
  const handlers = Object.entries(statusOf).map(([name, code]) => {
    const handler = (): void => {
      // eslint-disable-next-line no-restricted-syntax -- nothing is waited for any more
      if (status !== null) process.exit(code)
      status = code
      controller.abort()
    }
    process.on(name, handler)
    return [name, handler] as const
  })
  return {
    signal: controller.signal,
    exitStatus: () => status,
    stop: () => {
      status ??= statusOf.SIGTERM
      controller.abort()
    },
    dispose: () => {
      for (const [name, handler] of handlers) process.off(name, handler)
    },
  }
}
