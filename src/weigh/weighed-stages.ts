/** The weighed stages of a platform. */
import type { Written } from '../plan/written-in-context.ts'
import type { Absence } from '../record/absence.ts'
import type { WeighedImage } from './weighed-image.ts'

/** The weighed stages of a platform, and those that could not be weighed. */
export interface WeighedStages {
  /** By the stage's position. */
  readonly images: ReadonlyMap<number, WeighedImage>
  /** Needed stages that were not weighed, by position. */
  readonly notBuilt: ReadonlyMap<number, Absence>
  /** Stages that may not be the result that the build used, by position (`usedResults`). */
  readonly unconfirmed: ReadonlyMap<number, Unconfirmed>
  /** Whether the final stage is what was shipped. Null if nothing was, or this cannot be determined. */
  readonly matchesShipped: boolean | null
  /** What the run writes into a context that a stage reads, by the stage's position. The default is nothing. */
  readonly written?: ReadonlyMap<number, readonly Written[]>
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/** What is known of a weighed stage that may not be the result that the build used. */
export interface Unconfirmed {
  /** Whether the builder's caches are known to hold several results. */
  readonly oneOfSeveral?: boolean
  /** Returns other results of its steps, each of which is read when it is requested. */
  readonly others?: () => AsyncIterable<WeighedImage>
}
