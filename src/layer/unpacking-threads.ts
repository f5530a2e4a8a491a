import type { Digest } from '../oci/digest.ts'
import type { BombLimits, Unpacking, Wanted } from './unpacker.ts'
import { UnpackingThread } from './unpacking-thread.ts'

/** How long an idle thread is kept, in milliseconds. The next layer may come at any moment. */
const idleTime = 500

/** A pool of threads that unpack blobs. They are started on demand, reused, and stopped when idle. */
export class UnpackingThreads {
  readonly #maxThreads: number
  #busy = 0
  readonly #idle: { readonly thread: UnpackingThread; readonly end: NodeJS.Timeout }[] = []

  /** @param maxThreads how many threads may run at the same time. May be 0 */
  constructor(maxThreads: number) {
    this.#maxThreads = maxThreads
  }

  /** Begins a blob on a thread. Returns null if all threads are busy. The caller must close the result. */
  take(digest: Digest, limits: BombLimits, wanted: Wanted): Unpacking | null {
    if (this.#busy === this.#maxThreads) return null
    const thread = this.#reused() ?? this.#started()
    this.#busy += 1
    thread.begin(digest, limits, wanted)
    return thread
  }

  #reused(): UnpackingThread | null {
    const idle = this.#idle.pop()
    if (idle === undefined) return null
    clearTimeout(idle.end)
    return idle.thread
  }

  #started(): UnpackingThread {
    const thread = new UnpackingThread((isReusable) => {
      this.#busy -= 1
      if (isReusable) this.#keep(thread)
    })
    return thread
  }

  #keep(thread: UnpackingThread): void {
    const end = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.thread === thread),
        1,
      )
      thread.stop()
    }, idleTime)
    end.unref()
    this.#idle.push({ thread, end })
  }
}
