/** Why a needed stage has no figures of its own. Records store this as flags. Pure. */
import * as v from 'valibot'
import { text } from './fields.ts'

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

/** The fields of a record that say so. None says that the builder does not hold the stage. */
export const absenceFields = {
  /** Set if another build on the same builder was running its steps, so that it could not be weighed. */
  busy: v.optional(v.literal(true)),
  /** Set if the builder could not read a cache or an image that may hold it. */
  unread: v.optional(v.literal(true)),
  /** Set if no result of its steps that the builder returned fits the image. */
  otherResult: v.optional(v.literal(true)),
  /** Set if the run itself changed a context that it reads: what the run writes there, relative to the context. */
  changedContext: v.optional(v.array(text)),
  /** Names of the named contexts of these places. Absent if all of them are in the main one. */
  changedContextNames: v.exactOptional(v.array(text)),
  /** Set if the builder did not offer it, and several caches are imported. */
  severalCaches: v.optional(v.literal(true)),
}

type Flags = v.InferOutput<v.ObjectSchema<typeof absenceFields, undefined>>

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
 * @param written what the run writes into a context that the stage reads
 */
export function flagsOf(absence: Absence | undefined, written: readonly WrittenPlace[] = []): Flags {
  switch (absence) {
    case 'caches':
      return { severalCaches: true }
    case 'changed': {
      const names = [...new Set(written.flatMap(({ context }) => context ?? []))]
      return {
        changedContext: [...new Set(written.map(({ shown }) => shown))],
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
      return {}
  }
}

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
