/**
 * Notices that nothing happens any more in a call that weighs: a registry does not answer, or an export to the client
 * hangs, which BuildKit does not end by itself (moby/buildkit 2950, 6209).
 */
import { FootprintError } from '../errors.ts'
import type { Progress } from './progress-message.ts'

/** Time without any progress after which a call is given up, in milliseconds. Compressing a large layer shows none. */
const patience = 5 * 60_000

/** Limit for the parts of a call whose progress is remembered. */
const maxParts = 10_000

/** Watches for a stall until it is disposed of. */
export interface StallWatch extends Disposable {
  /** Aborts when nothing has happened for too long. */
  readonly signal: AbortSignal
  /** Receives each message of the progress. */
  readonly heard: (message: Progress) => void
}

/** Starts to watch. The limit is in milliseconds. */
export function watchForStall(limit: number = patience): StallWatch {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), limit)
  const isNews = newsReader()
  return {
    signal: stalled.signal,
    heard(message) {
      if (isNews(message)) timer.refresh()
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/**
 * Returns a function that tells whether a message of the progress says something new. BuildKit repeats the state of a
 * transfer several times a second, even if no bytes arrive.
 */
export function newsReader(): (message: Progress) => boolean {
  const known = new Map<string, string>()
  const isNew = (part: string, state: string): boolean => {
    if (known.get(part) === state) return false
    if (known.size >= maxParts) known.clear()
    known.set(part, state)
    return true
  }
  return ({ vertexes, statuses }) => {
    const found = [
      ...vertexes.map(({ digest, started, completed }) => isNew(digest, `${started} ${completed}`)),
      ...statuses.map(({ id, vertex, current, completed }) => isNew(`${vertex} ${id}`, `${current} ${completed}`)),
    ]
    return found.includes(true)
  }
}

/** Returns the error for a call that was given up. `clause` says what was not done. */
export function stalledError(clause: string): FootprintError {
  return new FootprintError(
    'WEIGHING_FAILED',
    `${clause}: the builder made no progress for ${patience / 60_000} minutes; a registry may not answer: check that the builder can reach those of the base images and of the cache`,
  )
}
