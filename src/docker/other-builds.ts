/** Waits for other builds that run steps of the user's build again on the same builder. */
import { setTimeout } from 'node:timers/promises'

/** How long a run waits for other builds, and the pause before a call is repeated, in milliseconds. */
const maxWaitMs = 12_000
const pauseMs = 1_000

/** The other builds on the builder of a run. */
export interface OtherBuilds {
  /** Pauses before a call is repeated. Returns false if the run has waited long enough, or is cancelled. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>
}

/** Returns the other builds of a run, for which it has not waited yet. */
export function newOtherBuilds(): OtherBuilds {
  let until: number | null = null
  return {
    async wait(signal) {
      until ??= Date.now() + maxWaitMs
      if (Date.now() >= until) return false
      await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
      return !signal.aborted
    },
  }
}
