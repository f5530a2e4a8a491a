/** Keeps the last output of each step of a call, so that the output of a step that failed can be shown. */
import * as v from 'valibot'

/** The part of a progress message with the output of steps, and with their errors. */
export const StepLogSchema = v.object({
  vertexes: v.nullish(
    v.array(v.object({ digest: v.string(), name: v.optional(v.string(), ''), error: v.nullish(v.string()) })),
    [],
  ),
  logs: v.nullish(v.array(v.object({ vertex: v.string(), data: v.nullish(v.string()) })), []),
})

/** How much output of a step is kept, in bytes, and of how many steps. */
const keptBytes = 16_384
const keptSteps = 64
/** How many lines of it are shown, and how much of a line, in characters. */
const shownLines = 20
const shownLength = 300

/** The output of steps. */
export class StepLogs {
  /** By digest of the step. The ones that said something most recently are at the end. */
  readonly #logs = new Map<string, { bytes: Buffer; isCut: boolean }>()
  #failed: { readonly digest: string; readonly name: string } | null = null

  /** Adds a progress message. Anything else is ignored. */
  add(message: unknown): void {
    const progress = v.safeParse(StepLogSchema, message)
    if (!progress.success) return
    const { vertexes, logs } = progress.output
    for (const { vertex, data } of logs) this.#keep(vertex, Buffer.from(data ?? '', 'base64'))
    for (const { digest, name, error } of vertexes)
      // Steps that were stopped because another one failed have an error too.
      if (error && !error.endsWith('context canceled')) this.#failed ??= { digest, name }
  }

  /**
   * Returns the step that failed, and the last lines that it printed. Untrusted text that may contain secrets. Null if no
   * step failed. There are no lines of a step that can read secrets whose values are not known to us.
   */
  failed(): { readonly step: string; readonly lines: readonly string[] } | null {
    if (this.#failed === null) return null
    const { digest, name } = this.#failed
    const { bytes = Buffer.alloc(0), isCut = false } = this.#logs.get(digest) ?? {}
    const lines = bytes
      .toString('utf8')
      .split(/\r\n|\r|\n/)
      .slice(isCut ? 1 : 0)
      .filter((line) => line.trim() !== '')
    return { step: name, lines: name.includes('type=secret') ? [] : lines }
  }

  #keep(vertex: string, more: Buffer): void {
    const { bytes, isCut } = this.#logs.get(vertex) ?? { bytes: Buffer.alloc(0), isCut: false }
    const all = Buffer.concat([bytes, more])
    this.#logs.delete(vertex)
    this.#logs.set(vertex, { bytes: all.subarray(-keptBytes), isCut: isCut || all.length > keptBytes })
    const [oldest] = this.#logs.keys()
    if (this.#logs.size > keptSteps && oldest !== undefined) this.#logs.delete(oldest)
  }
}

/** Returns the last lines, each shortened. They are masked already, because a cut secret could not be recognised. */
export function shownOf(lines: readonly string[]): readonly string[] {
  return lines
    .slice(-shownLines)
    .map((line) =>
      line.length > shownLength ? `${line.slice(0, shownLength).replace(/[\uD800-\uDBFF]$/, '')}…` : line,
    )
}
