/** Waits while another build on the same builder runs a step that one of our calls also needs. */
import { setTimeout } from 'node:timers/promises'

/** The pauses before calls are repeated, in milliseconds. */
const pausesMs = [500, 1_000, 2_000, 4_000, 4_000]

/** Pauses before a call is repeated. Returns false if it should not be repeated any more. */
export type Patience = (signal: AbortSignal) => Promise<boolean>

/** Returns the patience of one weighing. All its calls share it, so a busy builder delays the report only once. */
export function newPatience(): Patience {
  const left = [...pausesMs]
  return async (signal) => {
    const ms = left.shift()
    if (ms === undefined) return false
    await setTimeout(ms, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }
}
