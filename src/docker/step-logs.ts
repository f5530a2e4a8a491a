/** Keeps the last output of each step of a call, so that the output of a step that failed can be shown. */
import { OutputTail } from '../output-tail.ts'
import type { Progress } from './progress-message.ts'
import { isStep } from './step-guard.ts'

/** How much output of a step is kept, in bytes, and of how many steps. */
const keptBytes = 16_384
const keptSteps = 64
/** How many lines of it are shown, and how much of a line, in characters. */
const shownLines = 20
const shownLength = 300

/** A step that failed. */
export interface FailedStep {
  /** As the builder names it, such as `[build 2/5] RUN make`. Untrusted text. */
  readonly step: string
  /** The last lines that it printed. Untrusted text that may contain secrets. */
  readonly lines: readonly string[]
}

/** The output of steps. */
export class StepLogs {
  /** By digest of the step. The ones that said something most recently are at the end. */
  readonly #logs = new Map<string, { readonly tail: OutputTail; bytes: number }>()
  #failed: { readonly digest: string; readonly name: string } | null = null

  /** Adds a message of the progress. */
  add({ vertexes, logs }: Progress): void {
    for (const { vertex, data } of logs) this.#keep(vertex, Buffer.from(data ?? '', 'base64'))
    for (const { digest, name, error } of vertexes)
      // A cache that does not exist is an error of its import, and the build goes on. Steps that were stopped because
      // another one failed have an error too.
      if (error && isStep(name) && !error.endsWith('context canceled')) this.#failed ??= { digest, name }
  }

  /**
   * Returns the step that failed, or null if none did. There are no lines of a step that can read secrets, since we may
   * not know their values.
   */
  failed(): FailedStep | null {
    if (this.#failed === null) return null
    const { digest, name } = this.#failed
    const log = this.#logs.get(digest)
    if (log === undefined || mayReadSecret(name)) return { step: name, lines: [] }
    const lines = log.tail
      .text()
      .split(/\r\n|\r|\n/)
      .slice(log.bytes > keptBytes ? 1 : 0)
      .filter((line) => line.trim() !== '')
    return { step: name, lines }
  }

  #keep(vertex: string, more: Buffer): void {
    const log = this.#logs.get(vertex) ?? { tail: new OutputTail(keptBytes), bytes: 0 }
    log.tail.write(more)
    log.bytes += more.length
    this.#logs.delete(vertex)
    this.#logs.set(vertex, log)
    const [oldest] = this.#logs.keys()
    if (this.#logs.size > keptSteps && oldest !== undefined) this.#logs.delete(oldest)
  }
}

/** Returns whether a step may mount a secret. Flags may be quoted or in capitals, and come from variables. */
const mayReadSecret = (name: string): boolean => /--mount/i.test(name) && /secret|\$/i.test(name)

/** Returns the last lines, each shortened. They are masked already, because a cut secret could not be recognised. */
export function shownOf(lines: readonly string[]): readonly string[] {
  return lines
    .slice(-shownLines)
    .map((line) =>
      line.length > shownLength ? `${line.slice(0, shownLength).replace(/[\uD800-\uDBFF]$/, '')}…` : line,
    )
}
