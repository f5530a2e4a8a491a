/** A bake definition as `docker buildx bake --print` resolves it, with paths as this process takes them. Pure. */
import { isAbsolute, join, resolve } from 'node:path'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { csvField, csvFields } from '../inputs/input-list.ts'
import { isRemoteContext } from './build-source.ts'

const list = <T extends v.GenericSchema>(
  item: T,
): v.OptionalSchema<v.NullableSchema<v.ArraySchema<T, undefined>, undefined>, readonly []> =>
  v.optional(v.nullable(v.array(item)), [])
const texts = v.optional(v.nullable(v.record(v.string(), v.nullable(v.string()))), {})
const text = v.optional(v.nullable(v.string()), null)

/** `type=gha,scope=x`, as buildx before 0.20 prints it and files may hold it, or the same as an object. */
const attributes = v.union([v.string(), v.record(v.string(), v.string())])
const sshKey = v.union([v.string(), v.object({ id: v.optional(v.string(), 'default'), paths: list(v.string()) })])

/** As buildx prints it, which is not as a definition takes it. */
const PolicySchema = v.object({
  Files: list(v.object({ Filename: v.string() })),
  Reset: v.optional(v.boolean(), false),
  Disabled: v.optional(v.boolean(), false),
  Strict: v.optional(v.nullable(v.boolean()), null),
  LogLevel: text,
})

const TargetSchema = v.object({
  context: v.optional(v.string(), '.'),
  contexts: v.optional(v.nullable(v.record(v.string(), v.string())), {}),
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
  network: text,
  'shm-size': text,
  ulimits: list(v.string()),
  'extra-hosts': texts,
  entitlements: list(v.string()),
  output: list(attributes),
  attest: list(v.union([v.string(), v.looseObject({ type: v.optional(v.string()) })])),
  resources: v.optional(v.nullable(v.record(v.string(), v.nullable(v.union([v.string(), v.number()])))), {}),
  policy: list(PolicySchema),
  call: text,
})

/** Names become those of folders, so they are held to what bake itself lets pass. */
const TargetNameSchema = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_-]+$/))

const PrintSchema = v.object({
  group: v.optional(v.record(v.string(), v.object({ targets: list(v.string()) })), {}),
  target: v.optional(v.record(TargetNameSchema, TargetSchema), {}),
})

type Print = v.InferOutput<typeof PrintSchema>

/** What it names is found from this process's folder; `dockerfile` too, unless it is the default or at an address. */
export type Target = Readonly<v.InferOutput<typeof TargetSchema>>
export type Attributes = v.InferOutput<typeof attributes>
export type SshKey = v.InferOutput<typeof sshKey>
export type Policy = Readonly<v.InferOutput<typeof PolicySchema>>

export interface BakeDefinition {
  /** Those that were asked for and build something, in bake's order: what they only link to is not among them. */
  readonly asked: readonly string[]
  readonly targets: ReadonlyMap<string, Target>
}

/**
 * Targets that ask a question instead (`call`) make nothing that could be weighed, and were not asked for here.
 *
 * @param print what `docker buildx bake --print` wrote, as JSON
 * @param folder where bake ran: what the definition names is relative to it
 * @throws FootprintError WEIGHING_FAILED where it is not understood; no value of it is shown, since it holds those of
 *   build arguments
 */
export function parseDefinition(print: unknown, folder: string): BakeDefinition {
  const parsed = v.safeParse(PrintSchema, print)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw new FootprintError(
      'WEIGHING_FAILED',
      `the bake definition is not understood, at ${v.getDotPath(issue) ?? 'the whole'}`,
    )
  }
  const targets = new Map(Object.entries(parsed.output.target).map(([name, target]) => [name, placed(target, folder)]))
  const asked = [...askedTargets(parsed.output)].filter((name) => {
    const call = targets.get(name)?.call
    return call === null || call === '' || call === 'build'
  })
  return { asked, targets }
}

/** What the group `default` comes to: bake puts there what it was asked for. */
function askedTargets({ group, target }: Print): ReadonlySet<string> {
  const targets = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const members = group[name]?.targets
    // A matrix is a group, too; a group may hold a target of its own name.
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
    ssh: (target.ssh ?? []).map((key) => withKeyPaths(key, (path) => pathIn(folder, path))),
    policy: (target.policy ?? []).map((policy) => placedPolicy(policy, folder)),
  }
}

/** Its files are the context's, but for those of `cwd://`. */
function placedPolicy(policy: Policy, folder: string): Policy {
  const place = ({ Filename }: { readonly Filename: string }): { Filename: string } => ({
    Filename: Filename.startsWith(cwd) ? cwd + below(folder, Filename.slice(cwd.length)) : Filename,
  })
  return { ...policy, Files: (policy.Files ?? []).map(place) }
}

const cwd = 'cwd://'

/** A policy as `--policy` and a definition take it. */
export function policyRow({ Files, Reset, Disabled, Strict, LogLevel }: Policy): string {
  return [
    ...(Files ?? []).map(({ Filename }) => csvField(`filename=${Filename}`)),
    ...(Reset ? ['reset=true'] : []),
    ...(Disabled ? ['disabled=true'] : []),
    ...(Strict === null ? [] : [`strict=${Strict}`]),
    ...(LogLevel === null ? [] : [`log-level=${LogLevel}`]),
  ].join(',')
}

/** Limits of memory and processors for the steps, as `--resource` takes them. */
export function resourceRows({ resources }: Target): readonly string[] {
  return Object.entries(resources ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
}

/**
 * Names of the targets to which docker/bake-action adds provenance: those that say nothing of it; none at all where the
 * image of any target goes to Docker, whose store may hold no attestations.
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

/** A target names no Dockerfile of its own: the builder knows the default name in lower case, too. */
export const hasDefaultDockerfile = ({ dockerfile }: Target): boolean =>
  dockerfile === 'Dockerfile' || dockerfile === ''

/** As bake finds it: below the context, or in this process's folder; the client takes the whole path of one that is not the address's. */
function dockerfileIn(folder: string, context: string, dockerfile: string): string {
  if (dockerfile === 'Dockerfile' || dockerfile === '') return dockerfile
  if (dockerfile.startsWith(cwd)) {
    const path = pathIn(folder, dockerfile)
    return isRemoteContext(context) ? resolve(path) : path
  }
  return isRemoteContext(context) ? dockerfile : pathIn(context, dockerfile)
}

/** A path of the definition as one of this process; addresses stay. */
function pathIn(folder: string, path: string): string {
  return isRemoteContext(path) ? path : below(folder, path.replace(/^cwd:\/\//, ''))
}

const below = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path))

/** Whether a named context is a folder, not an image, another target, a layout or an address. */
export const isFolderContext = (where: string): boolean => !/^(?!cwd:)[a-z-]+:/.test(where) && !isRemoteContext(where)

function contextIn(folder: string, where: string): string {
  const layout = 'oci-layout://'
  if (where.startsWith(layout)) return layout + below(folder, where.slice(layout.length))
  return isFolderContext(where) ? pathIn(folder, where) : where
}

/** `NAME=value` of all targets. */
export function argumentsOf({ targets }: Pick<BakeDefinition, 'targets'>): readonly string[] {
  return [...targets.values()].flatMap(({ args }) =>
    Object.entries(args ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${unescaped(value)}`])),
  )
}

/** Secrets of all targets, as `--secret` takes them. */
export function secretsOf({ targets }: Pick<BakeDefinition, 'targets'>): readonly string[] {
  return [...targets.values()].flatMap(({ secret }) => (secret ?? []).map(rowOf))
}

type Fields = readonly (readonly [name: string, value: string | null])[]

export function fieldsOf(entry: Attributes): Fields {
  if (typeof entry !== 'string') return Object.entries(entry)
  return csvFields('bake definition', entry).map((field) => {
    const equals = field.indexOf('=')
    // Names may be in capitals.
    return equals < 0 ? [field, null] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)]
  })
}

/** As a flag of buildx takes it. */
export function rowOf(entry: Attributes): string {
  return fieldsOf(entry)
    .map(([name, value]) => csvField(value === null ? name : `${name}=${value}`))
    .join(',')
}

/** A secret or a cache, with another path in place of the one that it reads from. */
export function withSource(entry: Attributes, place: (path: string) => string): Attributes {
  const moved = fieldsOf(entry).map(
    ([name, value]) => [name, value !== null && isSource(name) ? place(value) : value] as const,
  )
  if (typeof entry !== 'string') return Object.fromEntries(moved.map(([name, value]) => [name, value ?? '']))
  return moved.map(([name, value]) => csvField(value === null ? name : `${name}=${value}`)).join(',')
}

const isSource = (name: string): boolean => name === 'src' || name === 'source'

/** What a secret or a cache reads from a path; null where it does not. */
export function sourceOf(entry: Attributes): string | null {
  return fieldsOf(entry).find(([name]) => isSource(name))?.[1] ?? null
}

export function keyPaths(key: SshKey): readonly string[] {
  const paths = typeof key === 'string' ? (key.split(/=(.*)/s)[1] ?? '').split(',') : (key.paths ?? [])
  return paths.filter((path) => path !== '')
}

export function withKeyPaths(key: SshKey, place: (path: string) => string): SshKey {
  const paths = keyPaths(key).map(place)
  if (typeof key !== 'string') return { ...key, paths }
  const id = key.split('=', 1)[0] ?? ''
  return paths.length === 0 ? id : `${id}=${paths.join(',')}`
}

/** A value as a definition holds it. */
export function escaped(value: string): string {
  // A function, since `$$` has a meaning of its own in a replacement.
  return value.replaceAll('${', () => '$${').replaceAll('%{', '%%{')
}

/** The printed definition is one to bake again: where a value holds the beginning of a template, it is escaped. */
export function unescaped(value: string): string {
  return value.replaceAll('$${', '${').replaceAll('%%{', '%{')
}
