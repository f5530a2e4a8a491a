/** Exports several stages of a build by separate calls. */
import { setTimeout } from 'node:timers/promises'
import { ExportRefused } from '../docker/stage-export.ts'
import { CallStopped } from '../docker/watch-call.ts'
import { runConcurrently } from '../concurrency.ts'
import type { Absence } from '../record/absence.ts'

/** Pause before calls are repeated, in milliseconds. */
const pauseMs = 500

/** Limit for a sentence with a builder's reason, in characters. */
const maxReason = 400

/** What became of stages that were to be exported. */
export interface Exported<T> {
  readonly notExported: ReadonlyMap<T, Absence>
  /** For each stage that the builder refused to export: a sentence with its reason. */
  readonly notes: readonly string[]
}

/**
 * Exports stages at the same time. Returns those that were not exported.
 *
 * The builder reports a step to each call that includes it. So a call may be stopped for a step of another stage that
 * only another of these calls has started. It is then repeated alone.
 *
 * @param isOptional whether a stage may be left out if the builder refuses to export it
 * @throws whatever else an export throws
 */
export async function exportEach<T>(
  signal: AbortSignal,
  stages: readonly T[],
  exportStage: (stage: T, signal: AbortSignal) => Promise<void>,
  isOptional: (stage: T) => boolean,
): Promise<Exported<T>> {
  const notExported = new Map<T, Absence>()
  const notes: string[] = []
  const again: T[] = []
  const exportInto = (isAlone: boolean, stage: T, within: AbortSignal): Promise<void> =>
    exportStage(stage, within).catch((error: unknown) => {
      if (error instanceof ExportRefused && isOptional(stage)) {
        notExported.set(stage, 'unread')
        notes.push(sentenceOf(error))
        return
      }
      if (!(error instanceof CallStopped)) throw error
      if (error.reason === 'other-stage' && !isAlone) again.push(stage)
      else notExported.set(stage, error.reason === 'other-build' ? 'busy' : error.isCacheUnread ? 'unread' : 'absent')
    })
  await runConcurrently(signal, stages, (stage, within) => exportInto(stages.length === 1, stage, within))
  // A step that was stopped takes a moment to end.
  if (again.length > 0) await setTimeout(pauseMs, undefined, { signal }).catch(() => undefined)
  for (const stage of again) await exportInto(true, stage, signal)
  return { notExported, notes }
}

function sentenceOf({ message }: ExportRefused): string {
  const said = message.length > maxReason ? `${message.slice(0, maxReason).toWellFormed()}…` : message
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`
}
