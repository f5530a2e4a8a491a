/** The action's inputs of a bake, as docker/bake-action takes them: one call of `docker buildx bake`. */
import { FootprintError } from '../errors.ts'
import { defaultProvenance, provenanceOf } from './attestations.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { contextOf, isOnServer, isRemoteContext, type GitContextFacts } from './git-context.ts'
import { inputList } from './input-list.ts'
import type { Environment } from './inputs.ts'

export interface BakeInputs {
  /** Where bake runs: what the definition names is relative to it. */
  readonly folder: string
  /** Whether bake reads its definition, and what it builds, from an address. */
  readonly remote: boolean
  readonly files: readonly string[]
  /** `TARGET.KEY=VALUE`. */
  readonly set: readonly string[]
  /** `NAME=value`. Values are secret to every report. */
  readonly vars: readonly string[]
  /** Of targets and groups; empty for the group `default`. */
  readonly targets: readonly string[]
  /** `--provenance` and `--sbom`, as words: they change what is shipped with an image, and no layer of it. */
  readonly attestations: readonly string[]
  /** What `attest` gets in each target that says nothing of its provenance; null where the user decided. */
  readonly defaultProvenance: string | null
  /** All other flags, as words. */
  readonly flags: readonly string[]
  /** `--allow`, as words: what bake may do beyond its folder. */
  readonly allow: readonly string[]
  /** Where the definition is read from instead of the folder; null where it is the folder. */
  readonly address: string | null
  readonly builder: string | null
  /** `--call` where it asks for something else than a build: then there is nothing to weigh. */
  readonly call: string | null
  /** Added to the environment of each call of bake. Holds a token: never print it. */
  readonly env: ReadonlyMap<string, string>
}

const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])

/** The words after `docker buildx bake`: flags, then targets. */
export function bakeWords(bake: BakeInputs): readonly string[] {
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

/** Inputs of a build that a bake file says itself, each with its key in `set`; null where it has none. */
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

/** What the inputs are read against, besides the environment. */
export interface BakeContext extends GitContextFacts {
  /** `repository.private` of the event; false where the event does not say. */
  readonly isPrivate: boolean
  /** `mode: bake`: bakes the target or group `default` where no other one is named. */
  readonly wanted: boolean
}

/**
 * @returns null where nothing asks for a bake: no mode, and none of `files`, `targets`, `set`, `vars`
 * @throws FootprintError USAGE that names the input
 */
export function parseBake(get: GetInput, env: Environment, facts: BakeContext): BakeInputs | null {
  const text = (name: string): string => get(name).trim()
  const list = (name: string): string[] => inputList(name, get(name))
  const lines = (name: string): string[] => inputList(name, get(name), { ignoreComma: true, quote: false })
  const one = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
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
        'input source is where bake files lie: set mode to bake, or use context for a build',
      )
    return null
  }
  refuseOthers(text)
  for (const target of targets) {
    if (target.startsWith('-'))
      throw new FootprintError('USAGE', `input targets holds "${target}", which is not the name of a target`)
  }
  if (files.includes('-'))
    throw new FootprintError('USAGE', 'input files holds "-", and a workflow step has no standard input')
  for (const each of vars) {
    // What follows may be a secret, and so may a line without a name.
    if (!/^[^=]+=/.test(each))
      throw new FootprintError('USAGE', `entry ${vars.indexOf(each) + 1} of input vars is not NAME=VALUE`)
  }

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
      ...one('--provenance', provenance && (env['GITHUB_REPOSITORY'] ? provenanceOf(provenance, env) : provenance)),
      ...one('--sbom', text('sbom')),
    ],
    defaultProvenance: provenance === '' && !booleanInput(get, 'load') ? defaultProvenance(env, facts.isPrivate) : null,
    flags: [
      ...one('--call', call),
      ...one('--builder', text('builder')),
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
 * docker/bake-action passes `--allow fs=*` from buildx 0.18 on. The variable says the same, and an older buildx, which
 * would refuse the flag, does not look at it: so nobody has to ask for the version.
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

/** An input that bake does not take would be left out without a word. */
function refuseOthers(text: (name: string) => string): void {
  const given = Object.keys(keysInSet).filter((name) => text(name) !== '')
  const [name] = given
  if (name === undefined) return
  const key = keysInSet[name]
  const advice =
    key === null ? 'write it in the bake file' : `write it in the bake file, or as set: TARGET.${key ?? ''}=VALUE`
  throw new FootprintError('USAGE', `input ${name} is for a build, and this step bakes: ${advice}`)
}
