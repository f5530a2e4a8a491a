/**
 * Knows which steps on a builder cannot have been started by calls of this run, so that another build runs them, and
 * waits for such builds.
 */
import { setTimeout } from 'node:timers/promises'

/** How long a run waits for other builds, and the pause before a call is repeated, in milliseconds. */
const maxWaitMs = 12_000
const pauseMs = 1_000

/** The other builds on the builder of a run. */
export interface OtherBuilds {
  /** Notes that a call begins. */
  readonly begin: () => void
  /** Notes when a call began, by the builder's clock, in milliseconds since 1970. */
  readonly beganAt: (time: number) => void
  /** Notes that a call was stopped for a step of another build, before it started any step. */
  readonly withdraw: () => void
  /**
   * Returns whether a step that a call has not started itself must be one of another build: because no other call of
   * this run can have started it.
   *
   * @param started by the builder's clock, in milliseconds since 1970
   */
  readonly mustHave: (started: number) => boolean
  /** Pauses before a call is repeated. Returns false if the run has waited long enough, or is cancelled. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>
}

/** Returns the other builds of a run, of which nothing is known yet. */
export function newOtherBuilds(): OtherBuilds {
  let calls = 0
  let firstBegan = Infinity
  let until: number | null = null
  return {
    begin: () => void (calls += 1),
    beganAt: (time) => void (firstBegan = Math.min(firstBegan, time)),
    withdraw: () => void (calls -= 1),
    mustHave: (started) => calls <= 1 || started < firstBegan,
    async wait(signal) {
      until ??= Date.now() + maxWaitMs
      if (Date.now() >= until) return false
      await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
      return !signal.aborted
    },
  }
}
