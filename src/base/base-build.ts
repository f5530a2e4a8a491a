/**
 * Builds and weighs the base revision of a build with the same builder, after the head, so that unchanged steps come
 * from the head's cache.
 */
import { listTargets } from '../docker/list-targets.ts'
import { FootprintError } from '../errors.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import { notesOf, thisMachine, weighPlatforms, type WeighingSubject } from '../weigh/weigh-revision.ts'
import type { WeighingTools } from '../weigh/weighing-tools.ts'
import { baseFolderOf, baseSourceOf, gitContextAt } from './base-source.ts'
import { attemptWithin, openBaseTree, takeGitFolder, type TimeLimit, type TwoTrees } from './base-tree.ts'
import type { BaselineNote } from './baseline-note.ts'
import type { Rebuild } from './decide-base.ts'
import {
  baselineOf,
  baselineOfBuilt,
  decide,
  prevented,
  searchBaseline,
  type Baseline,
  type BaselineOptions,
  type WeighedBase,
} from './find-baseline.ts'
import type { Located } from './locate-revisions.ts'
import { localContexts, obstacleOf, readsTheSame, type WorkTree } from './work-tree.ts'

/** What was built, and its figures. */
export interface WeighedBuild {
  readonly subject: WeighingSubject
  readonly workTree: WorkTree
  readonly footprint: Footprint
}

/**
 * Builds and weighs the base revision of a build and returns the baseline. A failure becomes a note of the baseline.
 *
 * @throws Cancelled if the signal aborts
 */
export async function baselineOfBuild(
  head: WeighedBuild,
  located: Located | Unavailable,
  options: BaselineOptions,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<Baseline> {
  const { footprint } = head
  const search = await searchBaseline(footprint, located, options)
  if ('baseline' in search) return search.baseline
  const { commit } = search
  const rebuild = commit === null ? null : await rebuildOf({ ...head, located: search.located, commit }, options)
  const decision = decide(search, rebuild)
  if (commit === null || decision.from !== 'build') return baselineOf(search, decision, footprint)
  options.onBaseBuild(commit)
  const base = { ...head, located: search.located, commit }
  return baselineOfBuilt(search, await weighBase(base, tools, { timeout: options.timeout, signal }), footprint)
}

interface BaseToBuild {
  readonly subject: WeighingSubject
  readonly workTree: WorkTree
  readonly located: Located
  readonly commit: string
}

async function rebuildOf(base: BaseToBuild, { refusal }: BaselineOptions): Promise<Rebuild> {
  const { subject, workTree, located, commit } = base
  const refused = refusal(commit)
  if (refused !== null) return prevented({ kind: 'said', why: refused })
  if (subject.source.kind === 'remote') return { kind: 'possible' }
  if (subject.source.stdin !== null) return prevented({ kind: 'standard-input' })
  const obstacle = await obstacleOf(subject, located, workTree)
  if (obstacle !== null) return prevented(obstacle)
  return { kind: (await readsTheSame(subject, located, commit, workTree)) ? 'same-inputs' : 'possible' }
}

async function weighBase(what: BaseToBuild, tools: WeighingTools, limit: TimeLimit): Promise<WeighedBase> {
  return attemptWithin<WeighedBase>(limit, async (signal) => {
    const { subject } = what
    const base = await baseInputs(what, tools.folder)
    if ('why' in base) return base
    const { build, notes } = base
    const source = await openBuildSource(build, () =>
      Promise.reject(new FootprintError('USAGE', 'the base has no standard input')),
    )
    const plan = planBuild(build, source, await listTargets(build, source, signal), thisMachine())
    const platforms = await weighPlatforms('base', { ...subject, build, source, plan }, null, tools, signal)
    return {
      footprint: { schemaVersion: 1, notes: notesOf({ plan }, platforms), images: platforms.map(({ image }) => image) },
      notes,
    }
  })
}

type BaseInputs = { readonly build: BuildInputs; readonly notes: readonly BaselineNote[] } | Unavailable

async function baseInputs({ subject, workTree, located, commit }: BaseToBuild, folder: string): Promise<BaseInputs> {
  const { build, source } = subject
  if (source.kind === 'remote') {
    const context = gitContextAt(build.context, commit)
    return context === null
      ? { why: 'the Git context cannot be written for another commit' }
      : { build: { ...build, context }, notes: [] }
  }
  if (source.dockerfilePath === null) return { why: 'the Dockerfile is not in a Git checkout' }
  const trees = await openBaseTree(located, commit, folder)
  if ('why' in trees) return trees
  const found = await baseSourceOf({
    ...trees,
    context: source.context,
    dockerfilePath: source.dockerfilePath,
    named: build.file !== null,
  })
  if (found.dockerfilePath === null) return { why: found.why }
  const extras = await workTree.extrasOf(subject, located)
  const gitNotes = !('why' in extras) && extras.gitFolder ? [await takeGitFolder(trees)] : []
  return {
    build: {
      ...build,
      context: found.contextFolder,
      file: found.dockerfilePath,
      stepArgv: await stepArgvOf(build, trees),
    },
    notes: [...found.notes, ...gitNotes],
  }
}

/**
 * Returns the flags of the build, with named contexts inside the repository replaced by the same folders of the base.
 */
async function stepArgvOf(build: BuildInputs, trees: TwoTrees): Promise<readonly string[]> {
  const replaced = new Map<string, string>()
  for (const [name, folder] of localContexts(build)) {
    const other = await baseFolderOf({ ...trees, folder })
    if (other !== null) replaced.set(name, other)
  }
  if (replaced.size === 0) return build.stepArgv
  // If a name occurs twice, the client uses the last one.
  return [...build.stepArgv, ...[...replaced].flatMap(([name, folder]) => ['--build-context', `${name}=${folder}`])]
}
