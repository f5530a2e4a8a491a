/** A bake definition, as `docker buildx bake --print` resolves it, as one build for each of its targets. Pure. */
import { isAbsolute, join } from 'node:path'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { buildInputsOf } from '../inputs/build-inputs.ts'
import { buildxFlags } from '../inputs/buildx-flags.ts'
import { scanFlags } from '../inputs/flag-scan.ts'
import { csvField, csvFields } from '../inputs/input-list.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { isRemoteContext } from './build-source.ts'
import { layerOptions } from './weighing.ts'

export interface BakeTarget {
  readonly name: string
  /** Paths are relative to this process's folder. `argv` holds what decides the image, not where it goes. */
  readonly build: BuildInputs
  /** Text of `dockerfile-inline`, which the `-` of `build.file` stands for; null where there is none. */
  readonly dockerfile: string | null
}

export interface BakePlan {
  /** Those that were asked for, in bake's order; what they only link to is not among them. */
  readonly targets: readonly BakeTarget[]
  /** Those that no `docker buildx build` can say, and why. */
  readonly notSupported: ReadonlyMap<string, FootprintError>
}

const list = <T extends v.GenericSchema>(item: T): v.OptionalSchema<v.NullableSchema<v.ArraySchema<T, undefined>, undefined>, readonly []> =>
  v.optional(v.nullable(v.array(item)), [])
const texts = v.optional(v.nullable(v.record(v.string(), v.nullable(v.string()))), {})
const text = v.optional(v.nullable(v.string()), null)

/** `type=gha,scope=x`, as buildx before 0.20 prints it and files may hold it, or the same as an object. */
const attributes = v.union([v.string(), v.record(v.string(), v.string())])
const sshKey = v.union([v.string(), v.object({ id: v.optional(v.string(), 'default'), paths: list(v.string()) })])

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
  call: text,
})

/** Names become those of folders, so they are held to what bake itself lets pass. */
const TargetNameSchema = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9_-]+$/))

const DefinitionSchema = v.object({
  group: v.optional(v.record(v.string(), v.object({ targets: list(v.string()) })), {}),
  target: v.optional(v.record(TargetNameSchema, TargetSchema), {}),
})

type Definition = v.InferOutput<typeof DefinitionSchema>
type Target = v.InferOutput<typeof TargetSchema>

/** How the definition was read. */
export interface BakePlace {
  /** Where bake ran: what the definition names is relative to it. */
  readonly folder: string
  readonly builder: string | null
}

/**
 * Targets that ask a question instead (`call`) make nothing that could be weighed, and are left out.
 *
 * @param print what `docker buildx bake --print` wrote, as JSON
 * @throws FootprintError WEIGHING_FAILED where it is not understood; no value of it is shown, since it holds those of
 *   build arguments
 */
export function planBake(print: unknown, place: BakePlace): BakePlan {
  const parsed = v.safeParse(DefinitionSchema, print)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    throw new FootprintError(
      'WEIGHING_FAILED',
      `the bake definition is not understood, at ${v.getDotPath(issue) ?? 'the whole'}`,
    )
  }
  const definition = parsed.output
  const asked = [...askedTargets(definition)].flatMap((name): [string, Target][] => {
    const target = definition.target[name]
    return target === undefined || !builds(target) ? [] : [[name, target]]
  })
  const notSupported = new Map(asked.flatMap(([name, target]): [string, FootprintError][] => {
    const link = linkOf(target)
    return link === null ? [] : [[name, link]]
  }))
  return {
    targets: asked.filter(([name]) => !notSupported.has(name)).map(([name, target]) => bakeTarget(name, target, place)),
    notSupported,
  }
}

/** What the group `default` comes to: bake puts there what it was asked for. */
function askedTargets({ group, target }: Definition): ReadonlySet<string> {
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

const builds = ({ call }: Target): boolean => call === null || call === '' || call === 'build'

function linkOf({ contexts }: Target): FootprintError | null {
  const link = Object.entries(contexts ?? {}).find(([, where]) => where.startsWith('target:'))
  if (link === undefined) return null
  const [name, where] = link
  return new FootprintError(
    'NOT_SUPPORTED',
    `its context "${name}" is another target (${where}), whose steps only bake itself can build with; make that target a stage of this Dockerfile to have it weighed`,
  )
}

function bakeTarget(name: string, target: Target, place: BakePlace): BakeTarget {
  const context = pathIn(place.folder, target.context)
  const dockerfile = target['dockerfile-inline']
  const argv = [
    ...(place.builder === null ? [] : ['--builder', place.builder]),
    ...fileOf(target, context, place.folder),
    ...stepFlags(target, place.folder),
    ...each('--label', pairs(target.labels)),
    ...each('--annotation', (target.annotations ?? []).map(unescaped)),
    ...each('--tag', target.tags),
    ...one('--target', target.target),
    ...each('--platform', target.platforms),
    ...outputsOf(target),
  ]
  const uses = scanFlags(argv, buildxFlags).groups.flatMap((group) => group.uses)
  return {
    name,
    build: buildInputsOf({ context, uses, argv, env: new Map() }),
    dockerfile: dockerfile === null ? null : unescaped(dockerfile),
  }
}

/** What decides what a step is and where it runs. */
function stepFlags(target: Target, folder: string): readonly string[] {
  return [
    ...each('--add-host', pairs(target['extra-hosts'])),
    ...each('--allow', target.entitlements),
    ...each('--build-arg', pairs(target.args)),
    ...each('--build-context', Object.entries(target.contexts ?? {}).map(([name, where]) => `${name}=${contextIn(folder, where)}`)),
    ...each('--cache-from', (target['cache-from'] ?? []).map((cache) => rowIn(folder, cache))),
    ...one('--network', target.network),
    ...each('--secret', (target.secret ?? []).map((secret) => rowIn(folder, secret))),
    ...one('--shm-size', target['shm-size']),
    ...each('--ssh', (target.ssh ?? []).map((key) => sshIn(folder, key))),
    ...each('--ulimit', target.ulimits),
  ]
}

/** As bake finds it: below the context. The default name is left to the builder, which knows it in lower case too. */
function fileOf({ dockerfile, 'dockerfile-inline': inline }: Target, context: string, folder: string): readonly string[] {
  if (inline !== null) return ['--file', '-']
  if (dockerfile === 'Dockerfile' || dockerfile === '') return []
  if (dockerfile.startsWith('cwd://')) return ['--file', pathIn(folder, dockerfile)]
  return ['--file', isRemoteContext(context) ? dockerfile : pathIn(context, dockerfile)]
}

/** Of all that is said of outputs, weighing asks for the bytes of a layer alone. */
function outputsOf({ output }: Target): readonly string[] {
  const options = layerOptions((output ?? []).map((entry) => rowOf(fieldsOf(entry))))
  return options.length === 0 ? [] : ['--output', ['type=image', ...options].join(',')]
}

/** The printed definition is one to bake again: where a value holds the beginning of a template, it is escaped. */
function unescaped(value: string): string {
  return value.replaceAll('$${', '${').replaceAll('%%{', '%{')
}

function pairs(values: Readonly<Record<string, string | null>> | null): readonly string[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => (value === null ? [] : [`${name}=${unescaped(value)}`]))
}

const each = (flag: string, values: readonly string[] | null): readonly string[] => (values ?? []).flatMap((value) => [flag, value])
const one = (flag: string, value: string | null): readonly string[] => (value === null || value === '' ? [] : [flag, value])

/** A path of the definition as one of this process; addresses stay. */
function pathIn(folder: string, path: string): string {
  return isRemoteContext(path) ? path : below(folder, path.replace(/^cwd:\/\//, ''))
}

const below = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path))

function contextIn(folder: string, where: string): string {
  const layout = 'oci-layout://'
  if (where.startsWith(layout)) return layout + below(folder, where.slice(layout.length))
  return /^(?!cwd:)[a-z-]+:/.test(where) ? where : pathIn(folder, where)
}

type Fields = readonly (readonly [name: string, value: string | null])[]

function fieldsOf(entry: string | Readonly<Record<string, string>>): Fields {
  if (typeof entry !== 'string') return Object.entries(entry)
  return csvFields('bake definition', entry).map((field) => {
    const equals = field.indexOf('=')
    return equals < 0 ? [field, null] : [field.slice(0, equals), field.slice(equals + 1)]
  })
}

function rowOf(fields: Fields): string {
  return fields.map(([name, value]) => csvField(value === null ? name : `${name}=${value}`)).join(',')
}

/** A secret or a cache: what it reads from a path is relative to where bake ran. */
function rowIn(folder: string, entry: string | Readonly<Record<string, string>>): string {
  return rowOf(
    fieldsOf(entry).map(([name, value]) => [name, value !== null && ['src', 'source'].includes(name) ? pathIn(folder, value) : value]),
  )
}

function sshIn(folder: string, key: v.InferOutput<typeof sshKey>): string {
  const [id = '', paths = ''] = typeof key === 'string' ? key.split(/=(.*)/s) : [key.id, (key.paths ?? []).join(',')]
  return paths === '' ? id : `${id}=${paths.split(',').map((path) => pathIn(folder, path)).join(',')}`
}
