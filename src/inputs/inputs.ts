/** What the user asked for. It has the same form whether it was parsed from action inputs or from the command line. */

/** The inputs of a build, as in `docker buildx build`. */
export interface BuildInputs {
  /** A path, a Git URL, or `-`. */
  readonly context: string
  /** `--file` as given: null, a path, or `-`. */
  readonly file: string | null
  readonly target: string | null
  readonly platforms: readonly string[]
  /** Each is `NAME` or `NAME=value`. No report may contain the values. */
  readonly buildArgs: readonly string[]
  /** Keys are lower-case names or image references that a build context replaces. */
  readonly buildContexts: ReadonlyMap<string, string>
  readonly builder: string | null
  readonly outputs: readonly string[]
  readonly tags: readonly string[]
  readonly push: boolean
  readonly load: boolean
  /** `--call` (or `--check`) if it asks for something other than a build. Then there is nothing to weigh. */
  readonly call: string | null
  /**
   * `--metadata-file` and `--iidfile` as given. The client uses only the last of each, so our own flag would replace
   * the user's.
   */
  readonly metadataFile: string | null
  readonly iidFile: string | null
  /**
   * Every flag of the user's build as arguments, in the user's order and without the context. These run first,
   * unchanged.
   */
  readonly argv: readonly string[]
  /**
   * The flags that affect what a step is and where it runs (builder, build arguments, secrets, ssh, network,
   * cache-from, …). Weighing passes them too. They exclude file, target, platforms, outputs, tags, no-cache, pull,
   * cache-to, metadata and attestations.
   */
  readonly stepArgv: readonly string[]
  /**
   * Flags of a newer buildx than this program knows, without duplicates. The user's build gets them, but weighing does
   * not.
   */
  readonly unknownFlags: readonly string[]
  /**
   * Labels, and annotations of a manifest. The weighing of the final stage passes them too, so that its config and
   * manifest are those of the user.
   */
  readonly imageArgv: readonly string[]
  /** Variables to add to the environment of every call of this build. They contain secrets and must not be printed. */
  readonly env: ReadonlyMap<string, string>
}

/** How stages are compressed when they are exported. `auto` currently means `keep`. */
export type StageCompression = 'auto' | 'keep' | 'uncompressed'

/**
 * Whether stages that the user's build did not run, because a cache made them unnecessary, are skipped or built in
 * order to weigh them.
 */
export type UncachedStages = 'skip' | 'build'

/**
 * When a pull request gets a comment: on every run, if something changed or a budget was exceeded, only if a budget
 * failed, or never.
 */
export const commentModes = ['always', 'changes', 'failures', 'off'] as const
/** One of `commentModes`. */
export type CommentMode = (typeof commentModes)[number]

/** The default label that turns a failed budget into a warning. */
export const defaultOverrideLabel = 'footprint: accept growth'

/** Formats of a report. */
export type ReportFormat = 'terminal' | 'markdown' | 'html' | 'json'

/** What a trend can show, as in budgets. `layers` is a count, and the others are bytes. */
export const trendMeasures = ['pull', 'unpacked', 'added', 'layers'] as const
/** One of `trendMeasures`. */
export type TrendMeasure = (typeof trendMeasures)[number]

/** The environment of this process, as a value. */
export type Environment = Readonly<Record<string, string | undefined>>
