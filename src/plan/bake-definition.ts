/**
 * Parses a bake definition as `docker buildx bake --print` resolves it. Paths are converted to this process's folder.
 * Pure.
 */
import { isAbsolute, join, resolve } from 'node:path'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import { csvField } from '../inputs/input-list.ts'
import { wholeRecord } from '../whole-record.ts'
import { attributes, fieldsOf, rowOf, withDestination, withSource } from './bake-attributes.ts'

const list = <T extends v.GenericSchema>(
  item: T,
): v.OptionalSchema<v.NullableSchema<v.ArraySchema<T, undefined>, undefined>, readonly []> =>
  v.optional(v.nullable(v.array(item)), [])
const texts = v.optional(v.nullable(wholeRecord(v.nullable(v.string()))), {})
const text = v.optional(v.nullable(v.string()), null)

const sshKey = v.union([v.string(), v.object({ id: v.optional(v.string(), 'default'), paths: list(v.string()) })])

/** As buildx prints it, which differs from the form in a definition. */
const PolicySchema = v.object({
  Files: list(v.object({ Filename: v.string() })),
  Reset: v.optional(v.boolean(), false),
  Disabled: v.optional(v.boolean(), false),
  Strict: v.optional(v.nullable(v.boolean()), null),
  LogLevel: text,
})

const TargetSchema = v.object({
  context: v.optional(v.string(), '.'),
  contexts: v.optional(v.nullable(wholeRecord(v.string())), {}),
  dockerfile: v.optional(v.string(), 'Dockerfile'),
  'dockerfile-inline': text,
  args: texts,
  labels: texts,
  annotations: list(v.string()),
  tags: list(v.string()),
  target: text,
  platforms: list(v.string()),
  secret: list(attributes),
  ssh: list(sshKey),
  'cache-from': list(attributes),
  'cache-to': list(attributes),
  network: text,
  'shm-size': text,
  ulimits: list(v.string()),
  'extra-hosts': texts,
  entitlements: list(v.string()),
  output: list(attributes),
  attest: list(v.union([v.string(), v.looseObject({ type: v.optional(v.string()) })])),
  resources: v.optional(v.nullable(wholeRecord(v.nullable(v.union([v.string(), v.number()])))), {}),
  policy: list(PolicySchema),
  call: text,
})

/** Names are also used for folders, so they must match what bake itself accepts. */
const targetName = /^[a-zA-Z0-9_-]+$/

const PrintSchema = v.object({
  group: v.optional(wholeRecord(v.object({ targets: list(v.string()) })), {}),
  target: v.optional(wholeRecord(TargetSchema, targetName), {}),
})

type Print = v.InferOutput<typeof PrintSchema>

/**
 * A target. Its paths are relative to this process's folder. This includes `dockerfile`, unless it is the default or
 * belongs to a URL.
 */
export type Target = Readonly<v.InferOutput<typeof TargetSchema>>
/** An SSH key or agent that a target uses, as text or as an object. */
export type SshKey = v.InferOutput<typeof sshKey>
/** A policy of a target. */
export type Policy = Readonly<v.InferOutput<typeof PolicySchema>>

/** A parsed bake definition. */
export interface BakeDefinition {
  /** Requested targets that build something, in bake's order. Targets that they only link to are not included. */
  readonly requested: readonly string[]
  readonly targets: ReadonlyMap<string, Target>
}

/**
 * Parses a definition. Targets that ask a question (`call`) instead of building are left out, because nothing of them
 * can be weighed.
 *
 * @param print the JSON that `docker buildx bake --print` wrote
 * @param folder folder that bake ran in, which paths of the definition are relative to
 * @throws FootprintError WEIGHING_FAILED if it cannot be parsed; no value is shown, because it may be that of a build
 * argument
 */
export function parseDefinition(print: unknown, folder: string): BakeDefinition {
  const parsed = v.safeParse(PrintSchema, print)
  if (!parsed.success) {
    const place = v.getDotPath(parsed.issues[0])
    throw new FootprintError(
      'WEIGHING_FAILED',
      `the bake definition cannot be parsed${place === null ? '' : ` at ${place}`}`,
    )
  }
  const targets = new Map(Object.entries(parsed.output.target).map(([name, target]) => [name, placed(target, folder)]))
  const requested = [...requestedTargets(parsed.output)].filter((name) => {
    const call = targets.get(name)?.call
    return call === null || call === '' || call === 'build'
  })
  return { requested, targets }
}

/** Returns the targets of the group `default`, in which bake puts the requested ones. */
function requestedTargets({ group, target }: Print): ReadonlySet<string> {
  const targets = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const members = group[name]?.targets
    // A matrix is a group, too, and a group may contain a target with its own name.
    if (members === undefined || members?.includes(name) === true) targets.add(name)
    members?.forEach(visit)
  }
  if (group['default'] === undefined) return new Set(Object.keys(target))
  visit('default')
  return targets
}

function placed(target: Target, folder: string): Target {
  const context = pathIn(folder, target.context)
  return {
    ...target,
    context,
    dockerfile: dockerfileIn(folder, context, target.dockerfile),
    contexts: Object.fromEntries(
      Object.entries(target.contexts ?? {}).map(([name, where]) => [name, contextIn(folder, where)]),
    ),
    secret: (target.secret ?? []).map((secret) => withSource(secret, (path) => pathIn(folder, path))),
    'cache-from': (target['cache-from'] ?? []).map((cache) => withSource(cache, (path) => pathIn(folder, path))),
    'cache-to': (target['cache-to'] ?? []).map((cache) => withDestination(cache, (path) => pathIn(folder, path))),
    output: (target.output ?? []).map((output) => withDestination(output, (path) => pathIn(folder, path))),
    ssh: (target.ssh ?? []).map((key) => withKeyPaths(key, (path) => pathIn(folder, path))),
    policy: (target.policy ?? []).map((policy) => placedPolicy(policy, folder)),
  }
}

/** Converts the paths of a policy. Its files are in the context, except those with `cwd://`. */
function placedPolicy(policy: Policy, folder: string): Policy {
  const place = ({ Filename }: { readonly Filename: string }): { Filename: string } => ({
    Filename: Filename.startsWith(cwd) ? cwd + below(folder, Filename.slice(cwd.length)) : Filename,
  })
  return { ...policy, Files: (policy.Files ?? []).map(place) }
}

const cwd = 'cwd://'

/** Returns a policy as `--policy` and a definition take it. */
export function policyRow({ Files, Reset, Disabled, Strict, LogLevel }: Policy): string {
  return [
    ...(Files ?? []).map(({ Filename }) => csvField(`filename=${Filename}`)),
    ...(Reset ? ['reset=true'] : []),
    ...(Disabled ? ['disabled=true'] : []),
    ...(Strict === null ? [] : [`strict=${Strict}`]),
    ...(LogLevel === null ? [] : [`log-level=${LogLevel}`]),
  ].join(',')
}

/** Returns the memory and processor limits of steps, as `--resource` takes them. */
export function resourceRows({ resources }: Target): readonly string[] {
  return Object.entries(resources ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
}

/**
 * Returns the names of the targets to which docker/bake-action adds provenance: those without a setting of their own.
 * Returns none if the image of any target goes to Docker, whose store may not support attestations.
 */
export function targetsWithoutProvenance({ targets }: BakeDefinition): readonly string[] {
  const isOf =
    (type: string) =>
    (entry: string | { readonly type?: unknown }): boolean =>
      typeof entry === 'string'
        ? fieldsOf(entry).some(([name, value]) => name === 'type' && value === type)
        : entry.type === type
  const all = [...targets]
  if (all.some(([, { output }]) => (output ?? []).some(isOf('docker')))) return []
  return all.flatMap(([name, { attest }]) => ((attest ?? []).some(isOf('provenance')) ? [] : [name]))
}

/** Returns whether a target names no Dockerfile of its own. The builder also accepts the default name in lower case. */
export const hasDefaultDockerfile = ({ dockerfile }: Target): boolean =>
  dockerfile === 'Dockerfile' || dockerfile === ''

/**
 * Returns the path of a Dockerfile as bake finds it: below the context, or in this process's folder. The client needs
 * an absolute path for a local Dockerfile with a URL context.
 */
function dockerfileIn(folder: string, context: string, dockerfile: string): string {
  if (dockerfile === 'Dockerfile' || dockerfile === '') return dockerfile
  if (dockerfile.startsWith(cwd)) {
    const path = pathIn(folder, dockerfile)
    return isRemoteContext(context) ? resolve(path) : path
  }
  return isRemoteContext(context) ? dockerfile : pathIn(context, dockerfile)
}

/** Converts a path of the definition to this process's folder. URLs stay as they are. */
function pathIn(folder: string, path: string): string {
  return isRemoteContext(path) ? path : below(folder, path.replace(/^cwd:\/\//, ''))
}

const below = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path))

/** Returns whether a named context is a folder, and not an image, another target, a layout or a URL. */
export const isFolderContext = (where: string): boolean => !/^(?!cwd:)[a-z-]+:/.test(where) && !isRemoteContext(where)

function contextIn(folder: string, where: string): string {
  const layout = 'oci-layout://'
  if (where.startsWith(layout)) return layout + below(folder, where.slice(layout.length))
  return isFolderContext(where) ? pathIn(folder, where) : where
}

/** Returns the build arguments of all targets as `NAME=value`. */
export function argumentsOf({ targets }: Pick<BakeDefinition, 'targets'>): readonly string[] {
  return [...targets.values()].flatMap(({ args }) =>
    Object.entries(args ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${unescaped(value)}`])),
  )
}

/** Returns the secrets of all targets, as `--secret` takes them. */
export function secretsOf({ targets }: Pick<BakeDefinition, 'targets'>): readonly string[] {
  return [...targets.values()].flatMap(({ secret }) => (secret ?? []).map(rowOf))
}

/** Returns the paths of an SSH key's files. */
export function keyPaths(key: SshKey): readonly string[] {
  const paths = typeof key === 'string' ? (key.split(/=(.*)/s)[1] ?? '').split(',') : (key.paths ?? [])
  return paths.filter((path) => path !== '')
}

/** Returns an SSH key with other paths. */
export function withKeyPaths(key: SshKey, place: (path: string) => string): SshKey {
  const paths = keyPaths(key).map(place)
  if (typeof key !== 'string') return { ...key, paths }
  const id = key.split('=', 1)[0] ?? ''
  return paths.length === 0 ? id : `${id}=${paths.join(',')}`
}

/** Escapes a value for a definition. */
export function escaped(value: string): string {
  // A function, because `$$` has a special meaning in a replacement string.
  return value.replaceAll('${', () => '$${').replaceAll('%{', '%%{')
}

/**
 * Removes the escapes from a printed value. Bake prints a definition that can be baked again, so starts of templates
 * are escaped.
 */
export function unescaped(value: string): string {
  return value.replaceAll('$${', '${').replaceAll('%%{', '%{')
}
