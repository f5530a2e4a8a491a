/** The flags of `docker buildx build`, versions 0.15 to 0.38, and what each of them means for weighing. */

/**
 * What weighing does with a flag of the user's build.
 *
 * - `step`: affects what a step is or where it runs. It is passed as well.
 * - `image`: changes only the config or the manifest of the result. It is passed for the final stage.
 * - `output`: says where the result goes or what is reported about it. It is not passed.
 * - `own`: the plan sets its own value for each call.
 * - `once`: would repeat work that the user's build has just done. It is not passed.
 * - `ignored`: belongs to the builder before BuildKit. buildx accepts it with a warning.
 * - `unknown`: belongs to a newer buildx. It is not passed, and the report says so.
 */
export type FlagRole = 'step' | 'image' | 'output' | 'own' | 'once' | 'ignored' | 'unknown'

/**
 * What the value of a flag refers to on this machine. Most of these are read by the build or handed to it. `written` is
 * for files that the build writes.
 */
export type LocalUse = 'dockerfile' | 'context' | 'cache' | 'policy' | 'secret' | 'ssh' | 'written'

/** The syntax of a flag, of buildx or of our own. */
export interface FlagShape {
  /** Without the leading dashes. */
  readonly name: string
  /** One letter, without the dash. */
  readonly short: string | null
  /** A flag without a value is a boolean: `--push`, `--push=false`. */
  readonly takesValue: boolean
  /** Whether every value counts. Otherwise only the last one does. */
  readonly repeatable: boolean
  /** Whether a flag that needs no value accepts any text after `=`, and not only a boolean. */
  readonly anyText?: boolean
}

/** A flag of `docker buildx build`. */
export interface BuildxFlag extends FlagShape {
  readonly role: FlagRole
  /** Null if a value names no file or folder on this machine. */
  readonly local?: LocalUse | null
}

type Kind = 'boolean' | 'one' | 'many'

const flag = (
  role: FlagRole,
  kind: Kind,
  name: string,
  short: string | null = null,
  local: LocalUse | null = null,
): BuildxFlag => ({
  name,
  short,
  takesValue: kind !== 'boolean',
  repeatable: kind === 'many',
  role,
  local,
})

/**
 * All flags, including hidden and deprecated ones. Two are missing on purpose, because the command line has its own
 * flags with these names: `--quiet` (`-q`) and `--print`, the old name of `--call`.
 */
export const buildxFlags: readonly BuildxFlag[] = [
  flag('step', 'many', 'add-host'),
  flag('step', 'many', 'allow'),
  flag('step', 'many', 'build-arg'),
  flag('step', 'many', 'build-context', null, 'context'),
  flag('step', 'one', 'builder'),
  flag('step', 'many', 'cache-from', null, 'cache'),
  flag('step', 'one', 'cgroup-parent'),
  // These limit the containers since buildx 0.35. Older versions ignore them.
  flag('step', 'one', 'cpu-period'),
  flag('step', 'one', 'cpu-quota'),
  flag('step', 'one', 'cpu-shares', 'c'),
  flag('step', 'one', 'cpuset-cpus'),
  flag('step', 'one', 'cpuset-mems'),
  flag('step', 'one', 'memory', 'm'),
  flag('step', 'one', 'memory-swap'),
  flag('step', 'one', 'network'),
  // `policy` exists since buildx 0.31, and `resource` since 0.35.
  flag('step', 'many', 'policy', null, 'policy'),
  flag('step', 'many', 'resource'),
  flag('step', 'many', 'secret', null, 'secret'),
  flag('step', 'one', 'shm-size'),
  flag('step', 'many', 'ssh', null, 'ssh'),
  flag('step', 'many', 'ulimit'),

  flag('image', 'many', 'annotation'),
  flag('image', 'many', 'label'),

  flag('output', 'many', 'attest'),
  flag('output', 'many', 'cache-to', null, 'written'),
  flag('output', 'one', 'call'),
  flag('output', 'boolean', 'check'),
  flag('output', 'boolean', 'debug', 'D'),
  flag('output', 'one', 'iidfile', null, 'written'),
  flag('output', 'boolean', 'load'),
  flag('output', 'one', 'metadata-file', null, 'written'),
  flag('output', 'many', 'output', 'o', 'written'),
  flag('output', 'one', 'progress'),
  flag('output', 'one', 'provenance'),
  flag('output', 'boolean', 'push'),
  flag('output', 'one', 'sbom'),
  flag('output', 'many', 'tag', 't'),

  flag('own', 'one', 'file', 'f', 'dockerfile'),
  flag('own', 'many', 'platform'),
  flag('own', 'one', 'target'),

  flag('once', 'boolean', 'no-cache'),
  flag('once', 'many', 'no-cache-filter'),
  flag('once', 'boolean', 'pull'),

  flag('ignored', 'boolean', 'compress'),
  flag('ignored', 'boolean', 'force-rm'),
  flag('ignored', 'one', 'isolation'),
  flag('ignored', 'boolean', 'rm'),
  flag('ignored', 'many', 'security-opt'),
  flag('ignored', 'boolean', 'squash'),
]
