/** Annotations on lines of the Dockerfile. */
import type { AnnotationProperties } from '@actions/core'
import { escapeTerminal } from '../report/escape.ts'

export interface Annotation {
  readonly kind: 'error' | 'warning'
  /** Lines of plain text; may hold foreign words. */
  readonly message: string
  readonly title: string
  /** Path in the repository; null for the whole run. */
  readonly file: string | null
  readonly line: number | null
}

/** `error` and `warning` of `@actions/core`, which escape what would end a workflow command. */
export interface AnnotationWriter {
  readonly error: (message: string, properties?: AnnotationProperties) => void
  readonly warning: (message: string, properties?: AnnotationProperties) => void
}

/** GitHub shows ten of each kind for a step and drops the others without a word. */
const mostOfAKind = 10

/**
 * @param used how many of each kind this step writes besides
 * @returns how many did not find room
 */
export function writeAnnotations(
  annotations: readonly Annotation[],
  writer: AnnotationWriter,
  used = { error: 0, warning: 0 },
): number {
  let left = 0
  for (const kind of ['error', 'warning'] as const) {
    const ofKind = annotations.filter((annotation) => annotation.kind === kind)
    const room = Math.max(0, mostOfAKind - used[kind])
    // The last place says that there are more.
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
