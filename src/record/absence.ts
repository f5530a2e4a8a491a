/** Why a needed stage has no figures of its own. Records store this as flags. Pure. */
import type { Flags } from './absence-fields.ts'

/**
 * Why a stage was not weighed:
 *
 * - `absent`: the builder does not hold it.
 * - `caches`: the builder did not offer it, and several caches are imported, one of which may hold it.
 * - `changed`: the run itself changed a context that the stage reads.
 * - `busy`: another build on the builder is running its steps.
 * - `unread`: the builder could not read a cache or an image that may hold it.
 * - `other`: none of the results that the builder returned fits the image.
 */
export type Absence = (typeof absences)[number]
/** All reasons. */
export const absences = ['absent', 'caches', 'changed', 'busy', 'unread', 'other'] as const

/** A place in a context that a run writes to. */
export interface WrittenPlace {
  /** The name of the context. Null for the main one. */
  readonly context: string | null
  /** The path to name to a user, relative to the context. */
  readonly shown: string
}

/**
 * Returns the fields of a record that say why a stage was not weighed.
 *
 * @param written what the run writes into a context that the stage reads, or may read if that is not known
 */
export function flagsOf(absence: Absence | undefined, written: readonly WrittenPlace[] = []): Flags {
  switch (absence) {
    case 'caches':
      return { severalCaches: true, ...perhaps(written) }
    case 'changed': {
      const names = [...new Set(written.flatMap(({ context }) => context ?? []))]
      return {
        changedContext: shownOf(written),
        ...(names.length === 0 ? {} : { changedContextNames: names }),
      }
    }
    case 'busy':
      return { busy: true }
    case 'unread':
      return { unread: true }
    case 'other':
      return { otherResult: true }
    case 'absent':
    case undefined:
      return perhaps(written)
  }
}

const perhaps = (written: readonly WrittenPlace[]): Flags =>
  written.length === 0 ? {} : { perhapsChangedContext: shownOf(written) }

const shownOf = (written: readonly WrittenPlace[]): string[] => [...new Set(written.map(({ shown }) => shown))]

/** Returns why a stage of a record was not weighed. */
export function absenceOf({ severalCaches, changedContext, busy, unread, otherResult }: Flags): Absence {
  if (busy) return 'busy'
  if (unread) return 'unread'
  if (otherResult) return 'other'
  if (changedContext) return 'changed'
  return severalCaches ? 'caches' : 'absent'
}

/** Returns whether the build needed no result of the stage, as far as is known. Otherwise it was only not weighed. */
export const isNotBuilt = (stage: Flags): boolean => ['absent', 'caches'].includes(absenceOf(stage))
