/** Writes annotations on lines of the Dockerfile. */
import type { AnnotationProperties } from '@actions/core'
import type { Annotation } from '../report/budget-annotations.ts'
import { escapeTerminal } from '../report/escape.ts'
import { counted } from '../text.ts'

/** `error` and `warning` of `@actions/core`, which escape everything that could end a workflow command. */
export interface AnnotationWriter {
  readonly error: (message: string, properties?: AnnotationProperties) => void
  readonly warning: (message: string, properties?: AnnotationProperties) => void
}

/** GitHub shows ten annotations of each level per step and silently drops the rest. */
const maxPerLevel = 10

/**
 * Writes as many annotations as GitHub shows.
 *
 * @param used how many annotations of each level this step writes otherwise
 * @returns how many were not written
 */
export function writeAnnotations(
  annotations: readonly Annotation[],
  writer: AnnotationWriter,
  used = { error: 0, warning: 0 },
): number {
  let left = 0
  for (const level of ['error', 'warning'] as const) {
    const ofLevel = annotations.filter((annotation) => annotation.level === level)
    const room = Math.max(0, maxPerLevel - used[level])
    // The last one is used to say that there are more.
    const shown = ofLevel.length <= room ? ofLevel : ofLevel.slice(0, Math.max(0, room - 1))
    for (const { message, title, file, line } of shown)
      writer[level](message.split('\n').map(escapeTerminal).join('\n'), {
        title: escapeTerminal(title),
        ...(file === null ? {} : { file }),
        ...(line === null ? {} : { startLine: line }),
      })
    const more = ofLevel.length - shown.length
    if (more > 0 && room > 0) writer[level](`The job summary has ${counted(more, `more ${level}`)}.`)
    left += more
  }
  return left
}
