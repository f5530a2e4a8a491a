/** What the user asked for, parsed from action inputs or from the command line; the same value for both. */

/** A build as `docker buildx build` takes it. */
export interface BuildInputs {
  /** Path, Git URL, or `-`. */
  readonly context: string
  /** `--file` as given: null, a path, or `-`. */
  readonly file: string | null
  readonly target: string | null
  readonly platforms: readonly string[]
  /** `NAME` or `NAME=value`. Values are secret to every report. */
  readonly buildArgs: readonly string[]
  /** Keys are lower case names or image references that a build context replaces. */
  readonly buildContexts: ReadonlyMap<string, string>
  readonly builder: string | null
  readonly outputs: readonly string[]
  readonly tags: readonly string[]
  readonly push: boolean
  readonly load: boolean
  /** `--call` (or `--check`) where it asks for something else than a build: then there is nothing to weigh. */
  readonly call: string | null
  /** `--metadata-file` and `--iidfile` as given. The client keeps the last of each, so ours would replace them. */
  readonly metadataFile: string | null
  readonly iidFile: string | null
  /**
   * Every flag of the user's build, in argv form and in the user's order, without the context:
   * what runs first, untouched.
   */
  readonly argv: readonly string[]
  /**
   * The flags that decide what a step is and where it runs (builder, build arguments, secrets, ssh, network,
   * cache-from, …) and that weighing therefore passes too; without file, target, platforms, outputs, tags,
   * no-cache, pull, cache-to, metadata, attestations.
   */
  readonly stepArgv: readonly string[]
  /** Flags of a newer buildx than this program knows, each once: the user's build gets them, and weighing does not. */
  readonly unknownFlags: readonly string[]
  /**
   * Labels, and annotations of a manifest: the weighing of the final stage passes them too, so that its config and
   * manifest are the user's.
   */
  readonly imageArgv: readonly string[]
  /** Added to the environment of every call of this build. Holds the values of secrets: never print it. */
  readonly env: ReadonlyMap<string, string>
}

export type StageCompression = 'auto' | 'keep' | 'uncompressed'

/** Whether stages that the user's build took from nowhere, as it did not need them, are left out or built to be weighed. */
export type UncachedStages = 'skip' | 'build'

/**
 * When a pull request gets a comment: on every run; when something changed or a budget did not pass; only when a budget
 * failed; never.
 */
export const commentModes = ['always', 'changes', 'failures', 'off'] as const
export type CommentMode = (typeof commentModes)[number]

/** The label that turns a failed budget into a warning, unless another one is named. */
export const defaultOverrideLabel = 'footprint: accept growth'

export type ReportFormat = 'terminal' | 'markdown' | 'json'

/** What a trend is about; as in budgets. Layers are counted, the others are bytes. */
export const trendMeasures = ['pull', 'unpacked', 'added', 'layers'] as const
export type TrendMeasure = (typeof trendMeasures)[number]

/** The environment of this process, as a value. */
export type Environment = Readonly<Record<string, string | undefined>>
