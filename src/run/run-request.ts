/** The input and the result of a run that builds something. */
import type { Baseline, BaselineOptions } from '../base/find-baseline.ts'
import type { BudgetSource } from '../budget/sources.ts'
import type { BuilderLog } from '../docker/builder-log.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { FootprintError } from '../errors.ts'
import type { RunEvent } from '../git/event-rule.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Footprint } from '../record/footprint.ts'
import type { ReadingProgress } from '../weigh/layer-reader.ts'
import type { StageOptions } from '../weigh/weigh-revision.ts'
import type { BudgetTexts } from './budget-texts.ts'
import type { MissingStages } from './missing-stages.ts'

/** The input of a run that builds something. */
export interface RunRequest extends StageOptions {
  /** Folder of the index store. Null if nothing is kept between runs. */
  readonly indexFolder: string | null
  /** Folder with the credentials for registries. Null if it is not known. */
  readonly dockerConfigFolder: string | null
  /** Possible parents of the run's temporary folder. */
  readonly tempFolders: readonly string[]
  readonly terminal: boolean
  /** Prints the build's output only if the build fails. */
  readonly quiet: boolean
  /** Receives the builder's output. */
  readonly log: BuilderLog
  readonly signal: AbortSignal
  /** Called after the user's build and before weighing. */
  readonly onBuilt: (outputs: BuildOutputs) => void
  /** Receives what the run lacks, as a sentence without a full stop. */
  readonly onWarning: (sentence: string) => void
  /** Receives what is missing in a report that could be made, as a sentence without a full stop. */
  readonly onProblem: (sentence: string) => void
  readonly onProgress: (progress: ReadingProgress) => void
  /** Called when weighing begins to ask the builder. What it returns is closed at the end. */
  readonly onWaiting: () => { readonly close: () => Promise<void> }
  /** Receives the entries and packages of each layer, for a page. Null if there is no page. */
  readonly lists: LayerLists | null
  readonly revision: RevisionRequest
  readonly baseline: BaselineOptions
  /** The budgets as the user wrote them. The text of each file that they name is needed from both revisions. */
  readonly budgets: readonly BudgetSource[]
}

/** The input of a build of one image from one Dockerfile. */
export interface BuildRequest extends RunRequest {
  readonly build: BuildInputs
  /** Added if the builder supports attestations, as `--attest` takes it. Null for none. */
  readonly defaultAttestation: string | null
  /** Name of the image in the report. Null to derive it from the build. */
  readonly name: string | null
  readonly readStdin: () => Promise<Buffer>
  /** Called when the client has been started, so that code for later can be loaded while the builder works. */
  readonly onStarted?: () => void
}

/** What determines the commits of a run. */
export interface RevisionRequest {
  readonly event: RunEvent
  readonly env: Environment
  /** Used to fetch missing commits. Empty if there is no token. */
  readonly token: string
}

/** The figures of a build, with what they are compared with and judged by. */
export interface Weighed {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
  /**
   * The Dockerfile of each image by the image's name, relative to this process's folder. Those that are not a file on
   * this machine are left out. Null if there is only the one that the user requested.
   */
  readonly dockerfiles: ReadonlyMap<string, string> | null
  /** Stages of budgets that the Dockerfile does not have. */
  readonly missingStages?: MissingStages | undefined
}

/** The result of a successful call. The report may have failed, and a call that builds nothing has none. */
export type RunReport = (Weighed | { readonly problem: unknown } | { readonly nothingBuilt: true }) & {
  readonly outputs: BuildOutputs
  /** The error for a file that the user wants of the build, which the run fails with once the report is shown. */
  readonly undelivered?: FootprintError
}
