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
  /** Files on this machine that hold secret values passed to the build; deleted when the run ends. */
  readonly secretFiles: readonly string[]
}

export type StageCompression = 'auto' | 'keep' | 'uncompressed'
export type ReportFormat = 'terminal' | 'markdown' | 'json'
