/** Writes annotations on lines of the Dockerfile. */
import type { AnnotationProperties } from '@actions/core'
import { escapeTerminal } from '../report/escape.ts'

/** An error or warning that GitHub shows on a line of a file. */
export interface Annotation {
  readonly kind: 'error' | 'warning'
  /** Lines of plain text. They may contain untrusted text. */
  readonly message: string
  readonly title: string
  /** Path in the repository. Null for the whole run. */
  readonly file: string | null
  readonly line: number | null
}

/** `error` and `warning` of `@actions/core`, which escape everything that could end a workflow command. */
export interface AnnotationWriter {
  readonly error: (message: string, properties?: AnnotationProperties) => void
  readonly warning: (message: string, properties?: AnnotationProperties) => void
}

/** GitHub shows ten annotations of each kind per step and silently drops the rest. */
const maxPerKind = 10

/**
 * Writes as many annotations as GitHub shows.
 *
 * @param used how many annotations of each kind this step writes otherwise
 * @returns how many were not written
 */
export function writeAnnotations(
  annotations: readonly Annotation[],
  writer: AnnotationWriter,
  used = { error: 0, warning: 0 },
): number {
  let left = 0
  for (const kind of ['error', 'warning'] as const) {
    const ofKind = annotations.filter((annotation) => annotation.kind === kind)
    const room = Math.max(0, maxPerKind - used[kind])
    // The last one is used to say that there are more.
    const shown = ofKind.length <= room ? ofKind : ofKind.slice(0, Math.max(0, room - 1))
    for (const { message, title, file, line } of shown)
      writer[kind](message.split('\n').map(escapeTerminal).join('\n'), {
        title: escapeTerminal(title),
        ...(file === null ? {} : { file }),
        ...(line === null ? {} : { startLine: line }),
      })
    const more = ofKind.length - shown.length
    if (more > 0 && room > 0) writer[kind](`${more} more of these are in the job summary.`)
    left += more
  }
  return left
}
