/** What a run that builds is given, and what comes of it, whatever it builds. */
import type { Baseline, BaselineWish } from '../base/find-baseline.ts'
import type { BuilderLog } from '../docker/builder-log.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Footprint } from '../record/footprint.ts'
import type { ReadingProgress } from '../weigh/layer-reader.ts'
import type { StageWishes } from '../weigh/weigh-revision.ts'
import type { BudgetTexts } from './budget-texts.ts'

export interface RunRequest extends StageWishes {
  /** Folder of the index store; null where nothing is kept between runs. */
  readonly indexFolder: string | null
  /** Where the credentials of registries are; null where that is not known. */
  readonly dockerConfigFolder: string | null
  /** Where the run's temporary folder may go. */
  readonly tempFolders: readonly string[]
  readonly terminal: boolean
  /** Prints nothing of the build unless it fails. */
  readonly quiet: boolean
  /** Where the builder's words go. */
  readonly log: BuilderLog
  readonly signal: AbortSignal
  /** Called once the user's build is done, before anything is weighed. */
  readonly onBuilt: (outputs: BuildOutputs) => void
  /** Gets what is missing for the run, a sentence without a full stop. */
  readonly onWarning: (sentence: string) => void
  /** Gets what the report lacks although it is made, a sentence without a full stop. */
  readonly onProblem: (sentence: string) => void
  readonly onProgress: (progress: ReadingProgress) => void
  /** Gets the entries and packages of each layer, for a page; null where none is made. */
  readonly lists: LayerLists | null
  readonly revision: RevisionRequest
  readonly baseline: BaselineWish
  /** Files whose text of both revisions is wanted. */
  readonly budgetFiles: readonly string[]
}

/** What tells which commits a run is about. */
export interface RevisionRequest {
  readonly event: RunEvent
  readonly env: Environment
  /** To fetch missing commits with; empty where there is none. */
  readonly token: string
}

/** The figures of what was built, and what they are compared with and judged by. */
export interface Weighed {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
  /**
   * Each image's Dockerfile by the image's name, from this process's folder; without those that are no file here. Null
   * where there is only the one that was asked for.
   */
  readonly dockerfiles: ReadonlyMap<string, string> | null
}

/** The user's call succeeded; the report may still have failed, and a call that builds nothing has none. */
export type RunReport =
  | ({ readonly outputs: BuildOutputs } & Weighed)
  | { readonly outputs: BuildOutputs; readonly problem: unknown }
  | { readonly outputs: BuildOutputs; readonly nothingBuilt: true }
