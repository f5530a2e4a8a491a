/** What of the work tree reaches a build and is of no commit: asked before the base is built, without building it. */
import { resolve } from 'node:path'
import { contextExtras, standInTheWay, type ContextExtras } from '../baseline/context-extras.ts'
import { contextSources, type ContextSources } from '../baseline/context-sources.ts'
import { readChanges } from '../baseline/nothing-changed.ts'
import { Cancelled } from '../build/client.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { isFolderContext, type Target } from '../plan/bake-definition.ts'
import { readDirectives } from '../plan/directives.ts'
import type { Located } from './locate.ts'
import type { WeighingSubject } from './weigh.ts'

/** What keeps the base of what is built from folders from being built; null if nothing does. */
export async function obstacleOf(subject: WeighingSubject, located: Located): Promise<string | null> {
  if (subject.source.kind === 'local') {
    const extras = await extrasOf(subject, located)
    if ('why' in extras) return extras.why
    const inTheWay = standInTheWay(extras, { local: located.local })
    if (inTheWay !== null) return inTheWay
  }
  return obstacleInFolders(localContexts(subject.build), located)
}

/** The same of a target of which it is not known what its Dockerfile reads. */
export async function obstacleOfTarget({ context, contexts }: Target, located: Located): Promise<string | null> {
  const folders = [[null, context] as const, ...Object.entries(contexts ?? {})].filter(([, where]) => isFolderContext(where))
  return obstacleInFolders(folders, located)
}

async function obstacleInFolders(folders: readonly (readonly [string | null, string])[], located: Located): Promise<string | null> {
  for (const [name, folder] of folders) {
    const extras = await extrasOfFolder(folder, located)
    // A folder outside of the repository is the same for both.
    const why = 'why' in extras ? null : standInTheWay(extras, { local: located.local })
    if (why !== null) return name === null ? why : `build context ${name}: ${why}`
  }
  return null
}

type Extras = ContextExtras | { readonly why: string }

/** What was found for each, or is being looked for: Git looks through the whole context, which may be large. */
const lookedThrough = new WeakMap<WeighingSubject, Promise<Extras>>()

/** Files of the context that the commit does not hold, and whether `.git` reaches the build. Looked for once in a run. */
export function extrasOf(subject: WeighingSubject, located: Located): Promise<Extras> {
  const found = lookedThrough.get(subject) ?? lookThrough(subject, located)
  lookedThrough.set(subject, found)
  return found
}

async function lookThrough({ source, plan }: WeighingSubject, { git, repository }: Located): Promise<Extras> {
  if (repository === null) return { why: 'there is no checkout' }
  return contextExtras({ repository, git, context: source.context, dockerfilePath: source.dockerfilePath, sources: sourcesOf({ source, plan }) })
}

/** The same of a folder of which all may be read. */
export async function extrasOfFolder(context: string, { git, repository }: Located): Promise<Extras> {
  if (repository === null) return { why: 'there is no checkout' }
  return contextExtras({ repository, git, context, dockerfilePath: null, sources: 'all' })
}

function sourcesOf({ source, plan }: Pick<WeighingSubject, 'source' | 'plan'>): ContextSources {
  const stages = plan.platforms.flatMap((platform) => platform.stages)
  return contextSources(stages, readDirectives((source.dockerfile ?? '').split('\n')).escape)
}

/** Named contexts that are folders. */
export function localContexts({ buildContexts }: BuildInputs): readonly (readonly [string, string])[] {
  return [...buildContexts].filter(([, where]) => isFolderContext(where)).map(([name, where]) => [name, resolve(where)])
}

/** At somebody's desk, edited and new files are of no commit. */
export async function isDirty(subjects: readonly WeighingSubject[], located: Located): Promise<boolean> {
  if (!located.local || located.repository === null) return false
  for (const subject of subjects) {
    if (subject.source.kind !== 'local') continue
    const extras = await extrasOf(subject, located)
    if ('why' in extras || extras.extras.length > 0) return true
  }
  return false
}

/** Whether no file that the build reads differs; then the same builder gives the same image for both. */
export async function readsTheSame(subject: WeighingSubject, located: Located, commit: string): Promise<boolean> {
  const { git, repository, revisions } = located
  const { source, build } = subject
  if (repository === null || revisions.head.commit === null || source.kind !== 'local' || build.buildContexts.size > 0) return false
  // A Dockerfile from standard input is of the head alone; that of a bake file has been compared with it.
  if (source.dockerfile === null) return false
  try {
    const extras = await extrasOf(subject, located)
    if ('why' in extras || extras.gitFolder || extras.more || extras.extras.length > 0) return false
    const objects = await located.objectsOf(commit)
    if ('why' in objects) return false
    const changes = await readChanges({
      repository,
      git,
      context: source.context,
      dockerfilePath: source.dockerfilePath,
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
