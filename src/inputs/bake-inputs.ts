/** Parses the inputs of docker/bake-action into one call of `docker buildx bake`. */
import { FootprintError } from '../errors.ts'
import { defaultProvenance, provenanceOf } from './attestations.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { contextOf, isOnServer, isRemoteContext, type GitContextFacts } from './git-context.ts'
import { inputList } from './input-list.ts'
import type { Environment } from './inputs.ts'

/** A bake as the action's inputs ask for it. */
export interface BakeInputs {
  /** The folder that bake runs in. Paths in the definition are relative to it. */
  readonly folder: string
  /** Whether bake reads its definition, and what it builds, from a URL. */
  readonly remote: boolean
  readonly files: readonly string[]
  /** Each is `TARGET.KEY=VALUE`. */
  readonly set: readonly string[]
  /** Each is `NAME=value`. No report may contain the values. */
  readonly vars: readonly string[]
  /** Names of targets and groups. Empty means the group `default`. */
  readonly targets: readonly string[]
  /** Arguments for `--provenance` and `--sbom`. They change what is shipped with an image, but none of its layers. */
  readonly attestations: readonly string[]
  /** The value for `attest` in each target that does not set its own provenance. Null if the user decided. */
  readonly defaultProvenance: string | null
  /** Arguments for all other flags. */
  readonly flags: readonly string[]
  /** Arguments for `--allow`, which lets bake access more than its folder. */
  readonly allow: readonly string[]
  /** URL that the definition is read from. Null if it is read from the folder. */
  readonly address: string | null
  readonly builder: string | null
  /** `--call` if it asks for something other than a build. Then there is nothing to weigh. */
  readonly call: string | null
  /** Variables to add to the environment of each bake call. They contain a token and must not be printed. */
  readonly env: ReadonlyMap<string, string>
}

const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])

/** Returns the arguments after `docker buildx bake`: flags, then targets. */
export function bakeArguments(bake: BakeInputs): readonly string[] {
  const { allow, files, set, vars, attestations, flags, address, targets } = bake
  return [
    ...allow,
    ...each('--file', files),
    ...each('--set', set),
    ...each('--var', vars),
    ...attestations,
    ...flags,
    ...(address === null ? [] : [address]),
    ...targets,
  ]
}

/**
 * Inputs of a build that bake files set instead. Maps each to its key for `set`, or to null if there is no such key.
 */
export const keysInSet: Readonly<Record<string, string | null>> = {
  'add-hosts': 'extra-hosts.HOST',
  annotations: 'annotations',
  attests: 'attest',
  'build-args': 'args.NAME',
  'build-contexts': 'contexts.NAME',
  'cache-from': 'cache-from',
  'cache-to': 'cache-to',
  'cgroup-parent': null,
  context: 'context',
  file: 'dockerfile',
  labels: 'labels.NAME',
  network: 'network',
  'no-cache-filters': 'no-cache-filter',
  outputs: 'output',
  platforms: 'platform',
  secrets: null,
  'secret-envs': 'secrets',
  'secret-files': 'secrets',
  'shm-size': 'shm-size',
  ssh: 'ssh',
  tags: 'tags',
  target: 'target',
  ulimit: 'ulimits',
}

/** Facts that the inputs depend on, besides the environment. */
export interface BakeContext extends GitContextFacts {
  /** `repository.private` of the event. False if the event does not contain it. */
  readonly isPrivate: boolean
  /** True for `mode: bake`, which bakes the target or group `default` if no other is named. */
  readonly wanted: boolean
}

/**
 * Parses the inputs of a bake.
 *
 * @returns null if nothing asks for a bake: neither the mode, nor `files`, `targets`, `set` or `vars`
 * @throws FootprintError USAGE that names the input
 */
export function parseBake(get: GetInput, env: Environment, facts: BakeContext): BakeInputs | null {
  const text = (name: string): string => get(name).trim()
  const list = (name: string): string[] => inputList(name, get(name))
  const lines = (name: string): string[] => inputList(name, get(name), { ignoreComma: true, quote: false })
  const optional = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (name: string): string[] => (booleanInput(get, name) ? [`--${name}`] : [])

  const files = list('files')
  const targets = list('targets')
  const set = lines('set')
  const vars = lines('vars')
  const source = text('source')
  if (!facts.wanted && files.length + targets.length + set.length + vars.length === 0) {
    if (source !== '')
      throw new FootprintError(
        'USAGE',
        'input source is only for bake files: set mode to bake, or use input context for a build',
      )
    return null
  }
  refuseOthers(text)
  refuseUnusable({ targets, files, vars })

  const place = source === '' ? '.' : contextOf(source, env, facts)
  const remote = isRemoteContext(place)
  const call = text('call')
  const provenance = text('provenance')
  return {
    folder: remote ? '.' : place,
    remote: remote || targets.some((target) => target.includes('://') || isRemoteContext(target)),
    files,
    set,
    vars,
    targets,
    allow: each('--allow', list('allow')),
    attestations: [
      ...optional(
        '--provenance',
        provenance && (env['GITHUB_REPOSITORY'] ? provenanceOf(provenance, env) : provenance),
      ),
      ...optional('--sbom', text('sbom')),
    ],
    defaultProvenance: provenance === '' && !booleanInput(get, 'load') ? defaultProvenance(env, facts.isPrivate) : null,
    flags: [
      ...optional('--call', call),
      ...optional('--builder', text('builder')),
      ...toggle('load'),
      ...toggle('no-cache'),
      ...toggle('pull'),
      ...toggle('push'),
    ],
    address: remote ? place : null,
    builder: text('builder') || null,
    call: call === '' || call === 'build' ? null : call,
    env: bakeEnv(remote ? place : null, text('github-token'), env),
  }
}

/**
 * Returns the variables to add to bake's environment. docker/bake-action passes `--allow fs=*` from buildx 0.18 on. The
 * variable has the same effect, and older versions of buildx, which would reject the flag, ignore it. So the version
 * need not be known.
 */
function bakeEnv(address: string | null, token: string, env: Environment): ReadonlyMap<string, string> {
  const added = new Map<string, string>()
  if (env[filesAllowed] === undefined) added.set(filesAllowed, '0')
  if (address !== null && token !== '' && env[gitToken] === undefined && isOnServer(address, env))
    added.set(gitToken, token)
  return added
}

const filesAllowed = 'BUILDX_BAKE_ENTITLEMENTS_FS'
const gitToken = 'BUILDX_BAKE_GIT_AUTH_TOKEN'

/** Rejects values that bake would take for a flag or for standard input, or could not use. */
function refuseUnusable({ targets, files, vars }: Pick<BakeInputs, 'targets' | 'files' | 'vars'>): void {
  for (const target of targets) {
    if (target.startsWith('-'))
      throw new FootprintError('USAGE', `input targets contains "${target}", which is not the name of a target`)
  }
  if (files.includes('-'))
    throw new FootprintError('USAGE', 'input files contains "-", but a workflow step has no standard input')
  for (const [position, line] of vars.entries()) {
    // The text after the `=` may be a secret, and so may a line without a name. Neither is shown.
    if (!/^[^=]+=/.test(line))
      throw new FootprintError('USAGE', `entry ${position + 1} of input vars is not NAME=VALUE`)
  }
}

/** Rejects inputs that bake does not support. Otherwise they would be ignored silently. */
function refuseOthers(text: (name: string) => string): void {
  const given = Object.keys(keysInSet).filter((name) => text(name) !== '')
  const [name] = given
  if (name === undefined) return
  const key = keysInSet[name]
  const advice =
    key === null ? 'write it in the bake file' : `write it in the bake file, or as set: TARGET.${key ?? ''}=VALUE`
  throw new FootprintError('USAGE', `input ${name} is only for builds, but this step runs a bake: ${advice}`)
}
