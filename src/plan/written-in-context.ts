/**
 * Finds what a run writes into the contexts of its own build. There it changes what later calls read, so that the
 * builder would have to run steps again to weigh their stages.
 */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, posix, resolve } from 'node:path'
import { contextSources, isExcluded, mayReadFolder } from '../dockerfile/copied-paths.ts'
import { readDirectives } from '../dockerfile/directives.ts'
import { ignoreMatcher, mayKeepBelow } from '../dockerfile/ignore-file.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { insideOf } from '../files.ts'
import { contextName } from '../inputs/build-inputs.ts'
import { csvFields } from '../inputs/input-list.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { hasDefaultDockerfile } from './bake-definition.ts'
import type { BuildSource } from './build-source.ts'
import { ignoreRulesOf } from './ignore-rules.ts'
import type { LinkedTarget } from './linked-weighing-calls.ts'

/** A place that a run writes to. */
export interface Destination {
  readonly kind: 'cache' | 'temporary' | 'build'
  readonly path: string
}

/** A place in a context that is written to and that the build may read. */
export interface Written extends Pick<Destination, 'kind'> {
  /** The name of the context. Null for the main one. */
  readonly context: string | null
  /** Relative to the context, with `/`. Empty for the context itself. */
  readonly path: string
  /** The folder to name to a user, relative to the context. `.` for the context itself. */
  readonly shown: string
}

type Build = Pick<BuildInputs, 'argv' | 'outputs' | 'buildContexts'>

/** Returns the folders of this machine that are contexts, by name. The name of the main one is null. */
export function contextFolders(
  { buildContexts }: Pick<BuildInputs, 'buildContexts'>,
  { kind, context }: Pick<BuildSource, 'kind' | 'context'>,
): ReadonlyMap<string | null, string> {
  return new Map<string | null, string>([...(kind === 'local' ? [[null, context] as const] : []), ...buildContexts])
}

/**
 * Returns where our own files go.
 *
 * @param indexFolder null if nothing is kept between runs
 */
export const ownDestinations = (folder: string, indexFolder: string | null): readonly Destination[] => [
  ...(indexFolder === null ? [] : [{ kind: 'cache', path: dirname(indexFolder) } as const]),
  { kind: 'temporary', path: folder },
]

/** Returns the folders and files on this machine that a build exports to: its outputs and its caches. */
export function destinationsOf({ argv, outputs }: Pick<Build, 'argv' | 'outputs'>): readonly Destination[] {
  const caches = cachesIn(argv)
  // An output without fields is a folder, and a cache without fields is in a registry.
  const folders = outputs.filter((value) => !value.includes('='))
  const rows = [...outputs, ...caches].filter((value) => value.includes('='))
  return [...folders.map((path): Destination => ({ kind: 'build', path })), ...rows.flatMap(destinationIn)]
}

/** Returns the values of `--cache-to`. There may be flags of a newer buildx, so nothing else is read. */
const cachesIn = (argv: readonly string[]): readonly string[] =>
  argv.flatMap((word, at) =>
    word === '--cache-to'
      ? argv.slice(at + 1, at + 2)
      : word.startsWith('--cache-to=')
        ? [word.slice('--cache-to='.length)]
        : [],
  )

function destinationIn(row: string): readonly Destination[] {
  const fields = csvFields('output', row).map((field) => field.split(/=(.*)/s))
  const path = fields.find(([name = '']) => name.trim().toLowerCase() === 'dest')?.[1] ?? ''
  return path === '' ? [] : [{ kind: 'build', path }]
}

/** Returns those of the places that are in a context and that its ignore file does not exclude. */
export async function writtenInContexts(
  places: readonly Destination[],
  build: Pick<Build, 'buildContexts'>,
  source: Pick<BuildSource, 'kind' | 'context' | 'dockerfilePath'>,
): Promise<readonly Written[]> {
  const found = await Promise.all(
    [...contextFolders(build, source)].map(async ([context, folder]): Promise<readonly Written[]> => {
      const root = await realpath(folder).catch(() => null)
      if (root === null) return []
      const inside = (await Promise.all(places.map(async (place) => ({ place, real: await realPlace(place.path) }))))
        .map(({ place, real }) => ({ ...place, context, path: insideOf(root, real) }))
        .filter(
          (one): one is typeof one & { readonly path: string } =>
            one.path !== null && (one.path !== '' || one.kind === 'build'),
        )
      if (inside.length === 0) return []
      const rules = await ignoreRulesOf(folder, context === null ? source.dockerfilePath : null)
      const ignored = ignoreMatcher(rules)
      return inside
        .filter(({ path }) => !ignored(path) || mayKeepBelow(rules, path))
        .map((one) => ({ ...one, shown: shownOf(one) }))
    }),
  )
  return found.flat()
}

/** Returns the same for a folder that is a whole context. */
export const writtenInFolder = (places: readonly Destination[], folder: string): Promise<readonly Written[]> =>
  writtenInContexts(places, { buildContexts: new Map() }, { kind: 'local', context: folder, dockerfilePath: null })

/** Returns those of the places that are in a context of a target that this one builds on. */
export async function writtenInTargets(
  places: readonly Destination[],
  linked: Pick<LinkedTarget, 'others'> | null,
): Promise<readonly Written[]> {
  const found = await Promise.all(
    [...(linked?.others.values() ?? [])].map((target) => {
      const { context, dockerfile } = target
      const contexts = Object.entries(target.contexts ?? {}).map(([name, where]) => [contextName(name), where] as const)
      const isInline = target['dockerfile-inline'] !== null
      const path = hasDefaultDockerfile(target) ? join(context, 'Dockerfile') : dockerfile
      return writtenInContexts(
        places,
        { buildContexts: new Map(contexts) },
        { kind: 'local', context, dockerfilePath: isInline ? null : path },
      )
    }),
  )
  return found.flat()
}

/** Names the parent of a temporary folder, because each run makes another folder in it. */
function shownOf({ kind, path }: Pick<Written, 'kind' | 'path'>): string {
  if (kind !== 'temporary') return path === '' ? '.' : path
  const parent = posix.dirname(path)
  return parent === '.' ? 'stage-footprint-*' : parent
}

/** Returns a path without links. The place itself, and folders above it, need not exist yet. */
async function realPlace(path: string): Promise<string> {
  const full = resolve(path)
  const real = await realpath(full).catch(() => null)
  return real ?? (dirname(full) === full ? full : join(await realPlace(dirname(full)), basename(full)))
}

/**
 * Returns what each stage reads of these places, itself or through stages that it uses, by the stage's position. Stages
 * that read nothing of them are left out.
 *
 * @param dockerfile its text, or null if it is not known
 */
export function writtenByStage(
  stages: readonly PlannedStage[],
  written: readonly Written[],
  dockerfile: string | null,
): ReadonlyMap<number, readonly Written[]> {
  const found = new Map<number, readonly Written[]>()
  if (written.length === 0) return found
  const { escape } = readDirectives((dockerfile ?? '').split('\n'))
  // A stage uses earlier ones only.
  for (const stage of stages) {
    const mayRead = (path: string): boolean => {
      const instructions = stage.instructions.filter((instruction) => !isExcluded(instruction, path, escape))
      return mayReadFolder(contextSources([{ needed: true, instructions }], escape), path)
    }
    const names = new Set(stage.uses.flatMap((use) => (use.stageIndex === null ? [contextName(use.reference)] : [])))
    const read = [
      ...written.filter(({ context, path }) => (context === null ? mayRead(path) : names.has(context))),
      ...stage.uses.flatMap(({ stageIndex }) => found.get(stageIndex ?? -1) ?? []),
    ]
    if (read.length > 0) found.set(stage.index, [...new Set(read)])
  }
  return found
}
