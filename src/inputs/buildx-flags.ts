/** The flags of `docker buildx build`, 0.15 to 0.38, and what each of them means for weighing. */

/**
 * What weighing does with a flag of the user's build.
 *
 * - `step`: decides what a step is or where it runs; passed too.
 * - `image`: changes only the config or the manifest of the result; passed for the final stage.
 * - `output`: where the result goes and what is said about it; not passed.
 * - `own`: the plan sets it for each call by itself.
 * - `once`: would do the work again; not passed, since the user's build has just done it.
 * - `ignored`: of the builder before BuildKit; buildx takes it and warns.
 * - `unknown`: of a newer buildx than these; not passed, and the report says so.
 */
export type FlagRole = 'step' | 'image' | 'output' | 'own' | 'once' | 'ignored' | 'unknown'

/**
 * What a value of a flag names on this machine. What is read decides the build, or is handed over to it; the other flags
 * name nothing, or files that are written.
 */
export type LocalUse = 'dockerfile' | 'context' | 'cache' | 'policy' | 'secret' | 'ssh' | 'written'

/** How a flag is written, whoever it belongs to. */
export interface FlagShape {
  /** Without the leading dashes. */
  readonly name: string
  /** One letter, without the dash. */
  readonly short: string | null
  /** A flag without a value is a boolean: `--push`, `--push=false`. */
  readonly takesValue: boolean
  /** Whether every value counts; otherwise the last one does. */
  readonly repeatable: boolean
  /** A flag that needs no value takes any text after `=`, and not only a boolean. */
  readonly anyText?: boolean
}

export interface BuildxFlag extends FlagShape {
  readonly role: FlagRole
  /** Null where a value names no file or folder of this machine. */
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
 * All flags, hidden and deprecated ones included. Two are missing on purpose, because the command line has
 * its own of that name: `--quiet` (`-q`), and the `--print` that buildx calls `--call` by now.
 */
export const buildxFlags: readonly BuildxFlag[] = [
  flag('step', 'many', 'add-host'),
  flag('step', 'many', 'allow'),
  flag('step', 'many', 'build-arg'),
  flag('step', 'many', 'build-context', null, 'context'),
  flag('step', 'one', 'builder'),
  flag('step', 'many', 'cache-from', null, 'cache'),
  flag('step', 'one', 'cgroup-parent'),
  // Limits of the containers since buildx 0.35; before, they are ignored.
  flag('step', 'one', 'cpu-period'),
  flag('step', 'one', 'cpu-quota'),
  flag('step', 'one', 'cpu-shares', 'c'),
  flag('step', 'one', 'cpuset-cpus'),
  flag('step', 'one', 'cpuset-mems'),
  flag('step', 'one', 'memory', 'm'),
  flag('step', 'one', 'memory-swap'),
  flag('step', 'one', 'network'),
  // Since buildx 0.31 and 0.35.
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
