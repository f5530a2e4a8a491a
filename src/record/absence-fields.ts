/** The fields of a record that say why a stage was not weighed. */
import * as v from 'valibot'
import { text } from './fields.ts'

/** None of them says that the builder does not hold the stage. */
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
  /**
   * Set if the builder does not offer it, and it may be that the run changed a context that it reads, by a link in the
   * context or a trigger of a base image: what the run writes into contexts.
   */
  perhapsChangedContext: v.exactOptional(v.array(text)),
  /** Set if the builder did not offer it, and several caches are imported. */
  severalCaches: v.optional(v.literal(true)),
}

/** The flags of a stage, by which `absence.ts` tells why it was not weighed. */
export type Flags = v.InferOutput<v.ObjectSchema<typeof absenceFields, undefined>>
