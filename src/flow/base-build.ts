/** The base revision, weighed by the same builder after the head: unchanged steps come from the head's cache. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { placeGitFolder } from '../baseline/align-tree.ts'
import { baseFolderOf, baseSourceOf, gitContextAt } from '../baseline/base-source.ts'
import { makeBaseTree } from '../baseline/base-tree.ts'
import { contextExtras, standInTheWay, type ContextExtras } from '../baseline/context-extras.ts'
import { contextSources } from '../baseline/context-sources.ts'
import type { Repository } from '../baseline/repository.ts'
import { listTargets } from '../build/list-targets.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { Footprint } from '../inspect/footprint.ts'
import { planBuild } from '../plan/build-plan.ts'
import { isRemoteContext, openBuildSource } from '../plan/build-source.ts'
import { readDirectives } from '../plan/directives.ts'
import type { Located } from './locate.ts'
import { notesOf, thisMachine, weighPlatforms, type WeighingSubject, type WeighingTools } from './weigh.ts'

export type WeighedBase = { readonly footprint: Footprint; readonly notes: readonly string[] } | { readonly why: string }

/** What keeps the base from being built, told before anything is made for it; null if nothing does. */
export async function obstacleOf(subject: WeighingSubject, located: Located): Promise<string | null> {
  const { build, source } = subject
  if (source.kind === 'remote') return null
  if (source.stdin !== null) return 'the build reads standard input, which is of the head alone'
  const extras = await extrasOf(subject, located)
  if ('why' in extras) return extras.why
  const inTheWay = standInTheWay(extras, { local: located.local })
  if (inTheWay !== null) return inTheWay
  for (const [name, folder] of localContexts(build)) {
    const named = await extrasOfNamed(folder, located)
    // A folder outside of the repository is the same for both.
    const why = 'why' in named ? null : standInTheWay(named, { local: located.local })
    if (why !== null) return `build context ${name}: ${why}`
  }
  return null
}

/** Files of the context that the commit does not hold, and whether `.git` reaches the build. */
export async function extrasOf({ source, plan }: WeighingSubject, { git, repository }: Located): Promise<ContextExtras | { readonly why: string }> {
  if (repository === null) return { why: 'there is no checkout' }
  const stages = plan.platforms.flatMap((platform) => platform.stages)
  const escape = readDirectives((source.dockerfile ?? '').split('\n')).escape
  const sources = contextSources(stages, escape)
  return contextExtras({ repository, git, context: source.context, dockerfilePath: source.dockerfilePath, sources })
}

async function extrasOfNamed(context: string, { git, repository }: Located): Promise<ContextExtras | { readonly why: string }> {
  if (repository === null) return { why: 'there is no checkout' }
  return contextExtras({ repository, git, context, dockerfilePath: null, sources: 'all' })
}

/**
 * @param timeout milliseconds
 * @returns a clause where it cannot be weighed; the head's report stands all the same
 * @throws Cancelled
 */
export async function weighBase(
  subject: WeighingSubject,
  located: Located,
  commit: string,
  tools: WeighingTools,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<WeighedBase> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  try {
    const base = await baseInputs(subject, located, commit, tools.folder)
    if ('why' in base) return base
    const { build, notes } = base
    const source = await openBuildSource(build, () => Promise.reject(new FootprintError('USAGE', 'the base has no standard input')))
    const plan = planBuild(build, source, await listTargets(build, source, within), thisMachine())
    const platforms = await weighPlatforms('base', { ...subject, build, source, plan }, tools, within)
    return { footprint: { schemaVersion: 1, notes: notesOf({ plan }, platforms), images: platforms.map(({ image }) => image) }, notes }
  } catch (error) {
    if (signal.aborted) throw error
    if (within.aborted) return { why: `it took longer than ${Math.round(timeout / 1000)} s (baseline-timeout)` }
    return { why: messageOf(error).replace(/\.$/, '') }
  }
}

type BaseInputs = { readonly build: BuildInputs; readonly notes: readonly string[] } | { readonly why: string }

async function baseInputs(subject: WeighingSubject, located: Located, commit: string, folder: string): Promise<BaseInputs> {
  const { build, source } = subject
  if (source.kind === 'remote') {
    const context = gitContextAt(build.context, commit)
    return context === null ? { why: 'the Git context cannot be written for another commit' } : { build: { ...build, context }, notes: [] }
  }
  const { git, repository, objectsOf } = located
  if (repository === null || source.dockerfilePath === null) return { why: 'the Dockerfile is not in a Git checkout' }
  const tempFolder = join(folder, 'base-tree')
  await mkdir(tempFolder)
  const objects = await objectsOf(commit)
  if ('why' in objects) return objects
  const tree = await makeBaseTree({ git, repository, commit, tempFolder, objects })
  if ('why' in tree) return tree
  const found = await baseSourceOf({
    root: repository.root,
    baseFolder: tree.folder,
    context: source.context,
    dockerfilePath: source.dockerfilePath,
    named: build.file !== null,
  })
  if (found.dockerfilePath === null) return { why: found.why }
  const extras = await extrasOf(subject, located)
  const withGit = !('why' in extras) && extras.gitFolder
  if (withGit) await placeGitFolder(repository.root, tree.folder)
  return {
    build: {
      ...build,
      context: found.contextFolder,
      file: found.dockerfilePath,
      stepArgv: await stepArgvOf(build, repository, tree.folder),
    },
    notes: [...found.notes, ...(withGit ? [gitFolderNote] : [])],
  }
}

const gitFolderNote = 'The folder .git reaches the build, so that each commit makes other layers: list it in .dockerignore.'

/** Named contexts that are folders of the repository are those of the base too. */
async function stepArgvOf(build: BuildInputs, { root }: Repository, baseFolder: string): Promise<readonly string[]> {
  const replaced = new Map<string, string>()
  for (const [name, folder] of localContexts(build)) {
    const other = await baseFolderOf({ root, baseFolder, folder: resolve(folder) })
    if (other !== null) replaced.set(name, other)
  }
  if (replaced.size === 0) return build.stepArgv
  // The client keeps the last of each name.
  return [...build.stepArgv, ...[...replaced].flatMap(([name, folder]) => ['--build-context', `${name}=${folder}`])]
}

function localContexts({ buildContexts }: BuildInputs): readonly (readonly [string, string])[] {
  return [...buildContexts].filter(([, where]) => !/^[a-z-]+:/.test(where) && !isRemoteContext(where))
}
