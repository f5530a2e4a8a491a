/** The action's inputs `files`, `targets` and `set`, as docker/bake-action takes them: one call of bake. */
import { FootprintError } from '../errors.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { contextOf, type GitContextFacts } from './git-context.ts'
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
  /** Of targets and groups; empty for the group `default`. */
  readonly targets: readonly string[]
  /** All other flags, as words. */
  readonly flags: readonly string[]
  /** `--allow`, as words: what bake may do beyond its folder. */
  readonly allow: readonly string[]
  /** Where the definition is read from instead of the folder; null where it is the folder. */
  readonly address: string | null
  readonly builder: string | null
  /** `--call` where it asks for something else than a build: then there is nothing to weigh. */
  readonly call: string | null
}

const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value])

/** The words after `docker buildx bake`: flags, then targets. */
export function bakeWords({ allow, files, set, flags, address, targets }: BakeInputs): readonly string[] {
  return [...allow, ...each('--file', files), ...each('--set', set), ...flags, ...(address === null ? [] : [address]), ...targets]
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

/**
 * @returns null where none of `files`, `targets`, `set` is given: then it is one image that is built, without bake
 * @throws FootprintError USAGE that names the input
 */
export function parseBake(get: GetInput, env: Environment, facts?: GitContextFacts): BakeInputs | null {
  const text = (name: string): string => get(name).trim()
  const list = (name: string): string[] => inputList(name, get(name))
  const lines = (name: string): string[] => inputList(name, get(name), { ignoreComma: true, quote: false })
  const one = (flag: string, value: string): string[] => (value === '' ? [] : [flag, value])
  const toggle = (name: string): string[] => (booleanInput(get, name) ? [`--${name}`] : [])

  const files = list('files')
  const targets = list('targets')
  const set = lines('set')
  const source = text('source')
  if (files.length + targets.length + set.length === 0) {
    if (source !== '') throw new FootprintError('USAGE', 'input source is where bake files lie: name files, targets or set too, or use context')
    return null
  }
  refuseOthers(text)
  for (const target of targets) {
    if (target.startsWith('-')) throw new FootprintError('USAGE', `input targets holds "${target}", which is no name of a target`)
  }
  if (files.includes('-')) throw new FootprintError('USAGE', 'input files holds "-", and a workflow step has no standard input')

  const place = source === '' ? '.' : contextOf(source, env, facts)
  const remote = /^(?:https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|git@)/.test(place)
  const call = text('call')
  return {
    folder: remote ? '.' : place,
    remote: remote || targets.some((target) => target.includes('://')),
    files,
    set,
    targets,
    allow: each('--allow', list('allow')),
    flags: [
      ...one('--call', call),
      ...one('--provenance', text('provenance')),
      ...one('--sbom', text('sbom')),
      ...one('--builder', text('builder')),
      ...toggle('load'),
      ...toggle('no-cache'),
      ...toggle('pull'),
      ...toggle('push'),
    ],
    address: remote ? place : null,
    builder: text('builder') || null,
    call: call === '' || call === 'build' ? null : call,
  }
}

/** An input that bake does not take would be left out without a word. */
function refuseOthers(text: (name: string) => string): void {
  const given = Object.keys(keysInSet).filter((name) => text(name) !== '')
  const [name] = given
  if (name === undefined) return
  const key = keysInSet[name]
  const advice = key === null ? 'write it in the bake file' : `write it in the bake file, or as set: TARGET.${key ?? ''}=VALUE`
  throw new FootprintError('USAGE', `input ${name} does not go with files, targets or set: ${advice}`)
}
