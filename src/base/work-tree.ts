/**
 * Finds files in the work tree that reach a build and are not in a commit. This is checked before the base is built.
 */
import { resolve } from 'node:path'
import { contextSources, type ContextSources } from '../dockerfile/copied-paths.ts'
import { readDirectives } from '../dockerfile/directives.ts'
import { Cancelled } from '../errors.ts'
import { decidingFiles, prefixOf, type ContextRequest } from '../git/build-reading.ts'
import type { Repository } from '../git/repository.ts'
import { statusBelow, type WorkTreeStatus } from '../git/work-tree-status.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { isFolderContext, type Target } from '../plan/bake-definition.ts'
import { localValues, policyFiles } from '../plan/local-files.ts'
import { destinationsOf, writtenInFolder, type Destination } from '../plan/written-in-context.ts'
import type { Unavailable } from '../unavailable.ts'
import type { WeighingSubject } from '../weigh/weigh-revision.ts'
import type { Obstacle } from './baseline-note.ts'
import { contextExtras, type ContextExtras } from './context-extras.ts'
import { obstacleOfExtras } from './decide-base.ts'
import type { Located } from './locate-revisions.ts'
import { readChanges } from './unchanged-inputs.ts'

type Extras = ContextExtras | Unavailable

/**
 * The work tree, for everything that a run builds. Git scans it once for all of it, which may take seconds in a large
 * repository.
 */
export interface WorkTree {
  readonly subjects: readonly WeighingSubject[]
  /** Where the run writes to. The base would read this in a folder that is not replaced by one of its own. */
  readonly destinations: readonly Destination[]
  /** Returns the files of a subject's context that are not in the commit, and whether `.git` reaches the build. */
  readonly extrasOf: (subject: WeighingSubject, located: Located) => Promise<Extras>
  /**
   * Returns the same for a folder that may be read completely: a named context, or a context of a target that a subject
   * builds on.
   */
  readonly extrasOfFolder: (context: string, located: Located) => Promise<Extras>
}

/**
 * Opens the work tree. Git is asked on first use.
 *
 * @param ownDestinations where our own files go
 */
export function openWorkTree(subjects: readonly WeighingSubject[], ownDestinations: readonly Destination[]): WorkTree {
  let status: Promise<WorkTreeStatus> | undefined
  const found = new Map<WeighingSubject | string, Promise<Extras>>()
  const extras = (
    key: WeighingSubject | string,
    { git, repository }: Located,
    what: Pick<ContextRequest, 'context' | 'dockerfilePath' | 'policies' | 'sources'>,
  ): Promise<Extras> => {
    if (repository === null) return Promise.resolve({ why: 'there is no checkout' })
    const ask = async (): Promise<WorkTreeStatus> => statusBelow(git, await prefixesOf(subjects, repository))
    const searching = found.get(key) ?? contextExtras({ repository, git, ...what, status: () => (status ??= ask()) })
    found.set(key, searching)
    return searching
  }
  const outputs = subjects.flatMap(({ build, destinations = destinationsOf(build) }) => destinations)
  return {
    subjects,
    destinations: [...ownDestinations, ...outputs],
    extrasOf: (subject, located) => {
      const { context, dockerfilePath } = subject.source
      return extras(subject, located, {
        context,
        dockerfilePath,
        policies: policiesOf(subject),
        sources: sourcesOf(subject),
      })
    },
    extrasOfFolder: (context, located) => extras(context, located, { context, dockerfilePath: null, sources: 'all' }),
  }
}

/**
 * Returns the paths of all folders that are built from, and of the files that decide the build, as far as they are in
 * the repository.
 */
async function prefixesOf(subjects: readonly WeighingSubject[], repository: Repository): Promise<readonly string[]> {
  const folders = subjects.flatMap(({ source, build, linked }) => [
    ...(source.kind === 'local' ? [source.context] : []),
    ...localContexts(build).map(([, folder]) => folder),
    ...[...(linked?.others.values() ?? [])].flatMap((target) => foldersOf(target).map(([, folder]) => folder)),
  ])
  // A missing folder is reported when its own files are requested.
  const prefixes = await Promise.all(folders.map((folder) => prefixOf(repository, folder).catch(() => null)))
  const local = subjects.filter(({ source }) => source.kind === 'local')
  const deciding = await Promise.all(
    local.map((subject) =>
      decidingFiles({ repository, ...subject.source, policies: policiesOf(subject) }).catch(() => new Set<string>()),
    ),
  )
  return [...prefixes.filter((prefix) => prefix !== null), ...deciding.flatMap((files) => [...files])]
}

/** Returns why the base of something that is built from folders cannot be built, or null if it can. */
export async function obstacleOf(
  subject: WeighingSubject,
  located: Located,
  workTree: WorkTree,
): Promise<Obstacle | null> {
  if (subject.source.kind === 'local') {
    const extras = await workTree.extrasOf(subject, located)
    if ('why' in extras) return { kind: 'said', why: extras.why }
    const inTheWay = obstacleOfExtras(extras, { local: located.local })
    if (inTheWay !== null) return inTheWay
  }
  return obstacleInFolders(localContexts(subject.build), located, workTree)
}

/** Returns the same for a target whose Dockerfile has not been read, so that all of its folders count. */
export async function obstacleOfTarget(target: Target, located: Located, workTree: WorkTree): Promise<Obstacle | null> {
  return obstacleInFolders(foldersOf(target), located, workTree)
}

function foldersOf({ context, contexts }: Target): readonly (readonly [string | null, string])[] {
  return [[null, context] as const, ...Object.entries(contexts ?? {})].filter(([, where]) => isFolderContext(where))
}

async function obstacleInFolders(
  folders: readonly (readonly [string | null, string])[],
  located: Located,
  workTree: WorkTree,
): Promise<Obstacle | null> {
  for (const [name, folder] of folders) {
    const extras = await workTree.extrasOfFolder(folder, located)
    // A folder outside of the repository is the same for both, apart from what the run itself wrote there.
    const obstacle =
      'why' in extras ? await obstacleOfWritten(folder, workTree) : obstacleOfExtras(extras, { local: located.local })
    if (obstacle !== null) return name === null ? obstacle : { kind: 'context', name, obstacle }
  }
  return null
}

async function obstacleOfWritten(folder: string, { destinations }: WorkTree): Promise<Obstacle | null> {
  const written = await writtenInFolder(destinations, folder)
  return written.length === 0 ? null : { kind: 'written', places: [...new Set(written.map(({ shown }) => shown))] }
}

const policiesOf = ({ build, source }: WeighingSubject): readonly string[] =>
  policyFiles(localValues(build).policy, source.context)

function sourcesOf({ source, plan }: WeighingSubject): ContextSources {
  const stages = plan.platforms.flatMap((platform) => platform.stages)
  return contextSources(stages, readDirectives((source.dockerfile ?? '').split('\n')).escape)
}

/** Returns the named contexts that are folders. */
export function localContexts({ buildContexts }: BuildInputs): readonly (readonly [string, string])[] {
  return [...buildContexts].filter(([, where]) => isFolderContext(where)).map(([name, where]) => [name, resolve(where)])
}

/** Returns whether a local work tree has edited or new files that are not in a commit. */
export async function isDirty(workTree: WorkTree, located: Located): Promise<boolean> {
  if (!located.local || located.repository === null) return false
  for (const subject of workTree.subjects) {
    if (subject.source.kind !== 'local') continue
    const extras = await workTree.extrasOf(subject, located)
    if ('why' in extras || extras.extras.length > 0) return true
  }
  return false
}

/**
 * Returns whether none of the files that the build reads differ. Then the same builder gives the same image for both
 * revisions.
 */
export async function readsTheSame(
  subject: WeighingSubject,
  located: Located,
  commit: string,
  workTree: WorkTree,
): Promise<boolean> {
  const { git, repository, revisions } = located
  const { source, build } = subject
  if (repository === null || revisions.head.commit === null || source.kind !== 'local' || build.buildContexts.size > 0)
    return false
  // A Dockerfile from standard input belongs to the head alone. One inside a bake file was compared together with the
  // definition.
  if (source.dockerfile === null) return false
  try {
    const extras = await workTree.extrasOf(subject, located)
    if ('why' in extras || extras.gitFolder || extras.more || extras.extras.length > 0) return false
    const objects = await located.objectsOf(commit)
    if ('why' in objects) return false
    const changes = await readChanges({
      repository,
      git,
      context: source.context,
      dockerfilePath: source.dockerfilePath,
      policies: policiesOf(subject),
      sources: sourcesOf(subject),
      objects: objects.git,
      base: commit,
      head: revisions.head.commit,
    })
    return changes?.count === 0
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return false
  }
}
