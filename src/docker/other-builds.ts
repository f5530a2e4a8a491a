/** Waits for other builds that run steps of the user's build again on the same builder. */
import { setTimeout } from 'node:timers/promises'

/** How long a run waits for other builds, and the pause before a call is repeated, in milliseconds. */
const maxWaitMs = 12_000
const pauseMs = 1_000

/** The other builds on the builder of a run. */
export interface OtherBuilds {
  /** Notes that a call begins. */
  readonly begin: () => void
  /** Notes that a call was stopped for a step of another build, and has started none itself. */
  readonly withdraw: () => void
  /** Returns whether the run has made no other call that may have started a step. */
  readonly isOnlyCall: () => boolean
  /** Pauses before a call is repeated. Returns false if the run has waited long enough, or is cancelled. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>
}

/** Returns the other builds of a run, of which nothing is known yet. */
export function newOtherBuilds(): OtherBuilds {
  let calls = 0
  let until: number | null = null
  return {
    begin: () => void (calls += 1),
    withdraw: () => void (calls -= 1),
    isOnlyCall: () => calls <= 1,
    async wait(signal) {
      until ??= Date.now() + maxWaitMs
      if (Date.now() >= until) return false
      await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
      return !signal.aborted
    },
  }
}
