/** Determines from the inputs of a build where it takes files and images from. Pure. */
import { isAbsolute, join } from 'node:path'
import { filesBeside, policyFor } from '../dockerfile/beside-dockerfile.ts'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import { fieldsOf, sourceOf, type Attributes } from '../plan/bake-attributes.ts'
import {
  hasDefaultDockerfile,
  isFolderContext,
  keyPaths,
  policyRow,
  type BakeDefinition,
  type SshKey,
  type Target,
} from '../plan/bake-definition.ts'
import { localValues, policyFiles } from '../plan/local-files.ts'
import type { Source } from './decision.ts'

/**
 * Something that a build takes in. Files and folders on this machine still have to be inspected. Everything else is
 * decided by its name.
 */
export type Place =
  /**
   * A folder. `dockerfile` is the Dockerfile whose own ignore file takes precedence over that of the folder. It is null
   * if there is none, for example for an inline Dockerfile.
   */
  | { readonly kind: 'folder'; readonly what: string; readonly path: string; readonly dockerfile: string | null }
  /** `optional`: it need not be there. */
  | {
      readonly kind: 'file'
      readonly what: string
      readonly path: string
      readonly optional: boolean
      /** Where the file may name others. */
      readonly format?: 'policy' | 'bake'
    }
  | { readonly kind: 'file-handed-over'; readonly what: string; readonly path: string }
  | Exclude<Source, { readonly kind: 'local' | 'handed-over' }>

/** Returns the places that a build takes files and images from. */
export function placesOfBuild(
  build: Pick<BuildInputs, 'context' | 'file' | 'stepArgv' | 'unknownFlags'>,
): readonly Place[] {
  const values = localValues(build)
  return [
    ...placesOfContext(build.context, build.file),
    ...values.context.flatMap((value) =>
      placesOfNamed(value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)),
    ),
    ...placesOfPolicies(values.policy, build.context),
    ...handedOver(values.secret, values.ssh, values.cache),
    ...build.unknownFlags.map((flag): Place => ({
      kind: 'unknown',
      what: `what the flag ${flag} reads`,
      why: 'the flag belongs to a newer buildx than this program supports',
    })),
  ]
}

/** Returns the files that buildx reads because of environment variables. */
export function placesOfEnvironment(env: Environment): readonly Place[] {
  const policy = env['EXPERIMENTAL_BUILDKIT_SOURCE_POLICY'] ?? ''
  return policy === '' ? [] : [{ kind: 'file', what: `the source policy ${policy}`, path: policy, optional: false }]
}

const placesOfPolicies = (rows: readonly string[], context: string): readonly Place[] =>
  policyFiles(rows, context).map((path) => policyAt(path, false))

const policyAt = (path: string, optional: boolean): Place => ({
  kind: 'file',
  what: `the policy ${path}`,
  path,
  optional,
  format: 'policy',
})

/** Whether a place is a policy, which may import others. */
export const isPolicy = (place: Place): boolean => place.kind === 'file' && place.format === 'policy'

function placesOfContext(context: string, file: string | null): readonly Place[] {
  const what = `the build context ${context}`
  if (context === '-') return [{ kind: 'unknown', what, why: 'it comes from standard input' }]
  if (file === '-') return [{ kind: 'unknown', what: 'the Dockerfile', why: 'it comes from standard input' }]
  if (file !== null && isRemoteContext(file))
    return [{ kind: 'unknown', what: `the Dockerfile ${file}`, why: 'it comes from an address' }]
  const named = file === null ? [] : dockerfileAt(file, false)
  // The builder looks for the Dockerfile in the context that it fetches, unless the path is absolute.
  if (isRemoteContext(context))
    return [{ kind: 'remote', what, address: context }, ...(file !== null && isAbsolute(file) ? named : [])]
  const usual = ['Dockerfile', 'dockerfile'].flatMap((name) => dockerfileAt(join(context, name), true))
  return [...placesOfFolder(what, context, file ?? join(context, 'Dockerfile')), ...(file === null ? usual : named)]
}

const placesOfFolder = (what: string, path: string, dockerfile: string | null): readonly Place[] => [
  { kind: 'folder', what, path, dockerfile },
  { kind: 'file', what: 'the file .dockerignore', path: join(path, '.dockerignore'), optional: true },
]

/** Includes the files that are found beside the Dockerfile by its name as written, even if it is a symbolic link. */
function dockerfileAt(path: string, optional: boolean): readonly Place[] {
  const beside = filesBeside.map((nameFor): Place =>
    nameFor === policyFor
      ? policyAt(nameFor(path), true)
      : { kind: 'file', what: `the file ${nameFor(path)}`, path: nameFor(path), optional: true },
  )
  return [{ kind: 'file', what: `the Dockerfile ${path}`, path, optional }, ...beside]
}

function placesOfNamed(name: string, where: string): readonly Place[] {
  const what = `the build context ${name}`
  const image = /^(?:docker-image|oci-layout):\/\/(.*)$/s.exec(where)?.[1]
  if (image !== undefined) return [{ kind: 'image', what, reference: image }]
  // Another target of the same bake is inspected separately.
  if (where.startsWith('target:')) return []
  if (isRemoteContext(where)) return [{ kind: 'remote', what, address: where }]
  if (!isFolderContext(where)) return [{ kind: 'unknown', what, why: `${where} is not a folder, address or image` }]
  const path = where.replace(/^cwd:\/\//, '')
  return placesOfFolder(`${what} (${path})`, path, null)
}

function handedOver(
  secrets: readonly Attributes[],
  keys: readonly SshKey[],
  caches: readonly Attributes[],
): readonly Place[] {
  const files = [
    ...secrets.map((secret) => ['the file of a secret', secretFile(secret)] as const),
    ...keys.flatMap(keyPaths).map((path) => ['the key for SSH', path] as const),
    ...caches.map((cache) => ['the cache', sourceOf(cache)] as const),
  ]
  return files.flatMap(([what, path]) =>
    path === null ? [] : [{ kind: 'file-handed-over', what: `${what} ${path}`, path }],
  )
}

/**
 * Returns the file of a secret, or null if it has none. A secret with only an ID comes from the variable with that
 * name, or else from the file.
 */
function secretFile(secret: Attributes): string | null {
  const fields = new Map(fieldsOf(secret))
  if (fields.get('type') === 'env' || fields.has('env')) return null
  return sourceOf(secret) ?? fields.get('id') ?? null
}

/** Returns whether bake may read this file as a Compose file. It tries to, unless the name says otherwise. */
export const mayBeCompose = (place: Place): boolean =>
  place.kind === 'file' && place.format === 'bake' && !/\.(?:hcl|json)$/i.test(place.path)

/** The files that bake looks for by default. */
const bakeFiles = [
  ...['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
  ...['docker-bake.json', 'docker-bake.hcl', 'docker-bake.override.json', 'docker-bake.override.hcl'],
]

/**
 * Returns the places that bake reads its definition from. They must be trusted before bake evaluates the definition.
 */
export function placesOfDefinition(
  { files, folder, remote, address }: Pick<BakeInputs, 'files' | 'folder' | 'remote' | 'address'>,
  filesFromEnvironment: boolean,
): readonly Place[] {
  if (remote && address === null)
    return [
      {
        kind: 'unknown',
        what: 'the bake definition',
        why: 'the input targets names an address: name it in the input source',
      },
    ]
  if (files.length === 0 && filesFromEnvironment)
    return [
      { kind: 'unknown', what: 'the bake definition', why: 'BUILDX_BAKE_FILE names it: name it in the input files' },
    ]
  const local = (file: string): boolean => address === null || file.startsWith('cwd://')
  const fileAt = (name: string, optional: boolean): Place => {
    const path = name.replace(/^cwd:\/\//, '')
    return {
      kind: 'file',
      what: `the bake file ${path}`,
      path: isAbsolute(path) ? path : join(folder, path),
      optional,
      format: 'bake',
    }
  }
  const fromAddress: readonly Place[] =
    address === null ? [] : [{ kind: 'remote', what: `the bake definition ${address}`, address }]
  const named = files.filter(local).map((file) => fileAt(file, false))
  const found = files.length === 0 && address === null ? bakeFiles.map((file) => fileAt(file, true)) : named
  // Compose files read variables from `.env`, which no input names.
  const variables: readonly Place[] = found.some(mayBeCompose)
    ? [{ kind: 'file', what: 'the file .env', path: join(folder, '.env'), optional: true }]
    : []
  return [...fromAddress, ...found, ...variables]
}

/**
 * Returns the places that the targets of a definition take files and images from.
 *
 * @param print the output of `bake --print`, as JSON text
 * @param isRemote whether the definition comes from a URL. Then its folders do too
 */
export function placesOfTargets({ targets }: BakeDefinition, print: string, isRemote: boolean): readonly Place[] {
  if (isRemote && print.includes('cwd://'))
    return [
      { kind: 'unknown', what: 'the bake definition', why: 'it is of an address and names files of this machine' },
    ]
  return [...targets].flatMap(([name, target]) =>
    placesOfTarget(target, isRemote).map((place) => ({ ...place, what: `${place.what} of target ${name}` })),
  )
}

/** Stands for a context that the builder fetches, whose policies are fetched with it. */
const remoteContext = 'https://'

function placesOfTarget(target: Target, isRemote: boolean): readonly Place[] {
  const { context, contexts, dockerfile } = target
  const inline = target['dockerfile-inline'] !== null
  const own =
    inline && !isRemoteContext(context)
      ? placesOfFolder(`the build context ${context}`, context, null)
      : placesOfContext(context, inline || hasDefaultDockerfile(target) ? null : dockerfile)
  const named = Object.entries(contexts ?? {}).flatMap(([name, where]) => placesOfNamed(name, where))
  const policies = placesOfPolicies((target.policy ?? []).map(policyRow), isRemote ? remoteContext : context)
  const fetched = (place: Place): boolean =>
    place.kind === 'folder' || (place.kind === 'file' && !isAbsolute(place.path))
  return [
    ...[...own, ...named].filter((place) => !isRemote || !fetched(place)),
    ...policies,
    ...handedOver(target.secret ?? [], target.ssh ?? [], target['cache-from'] ?? []),
  ]
}
