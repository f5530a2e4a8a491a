/**
 * Ctrl-C and the runner's cancellation as an AbortSignal, so that everything gets cleaned up on the way out. Who sends a
 * second one wants no more of that: it ends the process at once.
 */

export interface StopSignal {
  readonly signal: AbortSignal
  /** The exit status of a process that the signal ended; null while none came. */
  readonly exitStatus: () => number | null
  /** Stops as SIGTERM does, unless a signal came before. */
  readonly stop: () => void
  readonly dispose: () => void
}

/** 128 and the signal's number, as shells have it. */
const statusOf = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

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
