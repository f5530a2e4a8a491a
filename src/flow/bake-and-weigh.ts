/** The whole flow of a bake: the user's own first, then the stages of each of its targets weighed from the cache. */
import { listTargets } from '../build/list-targets.ts'
import { Cancelled } from '../build/client.ts'
import type { BakeOutputs, BuildOutputs } from '../build/metadata.ts'
import { createShippedCheck } from '../build/shipped.ts'
import { readBakeDefinition, runUserBake } from '../build/user-bake.ts'
import { createWorkspace } from '../build/workspace.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { BakeInputs } from '../inputs/bake.ts'
import type { StageCompression } from '../inputs/inputs.ts'
import type { Footprint, Image } from '../inspect/footprint.ts'
import { limit, type ReadingProgress } from '../inspect/layer-reader.ts'
import { planBake, type BakePlan, type BakeTarget } from '../plan/bake-plan.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import { notesOf, openWeighing, thisMachine, weighPlatforms, type WeighingSubject, type WeighingTools } from './weigh.ts'

export interface BakeRequest {
  readonly bake: BakeInputs
  readonly stageCompression: StageCompression
  /** Folder of the index store. */
  readonly indexFolder: string
  /** Where the run's temporary folder goes. */
  readonly tempFolder: string
  readonly terminal: boolean
  /** Prints nothing of the build unless it fails. */
  readonly quiet: boolean
  readonly signal: AbortSignal
  /** Called once the user's bake is done, before anything is weighed. */
  readonly onBuilt: (outputs: BuildOutputs) => void
  readonly onProgress: (progress: ReadingProgress) => void
}

/** As `BuildReport`, with the targets that were weighed: what their figures depend on. */
export type BakeReport =
  | { readonly outputs: BuildOutputs; readonly footprint: Footprint; readonly targets: readonly BakeTarget[] }
  | { readonly outputs: BuildOutputs; readonly problem: unknown }
  | { readonly outputs: BuildOutputs; readonly nothingBuilt: true }

/** A target with its stages; or why these cannot be told. */
type Planned = { readonly target: BakeTarget; readonly subject: WeighingSubject } | { readonly target: BakeTarget; readonly problem: unknown }

/**
 * A target that cannot be weighed is a note in the report of the others; a problem where there are none.
 *
 * @throws BuildFailed where the user's bake fails; Cancelled
 */
export async function bakeAndWeigh(request: BakeRequest): Promise<BakeReport> {
  const { bake, signal } = request
  const workspace = await createWorkspace(request.tempFolder)
  const planning = new AbortController()
  try {
    // The definition and the lists of stages need no result of the bake, so they cost no time of their own.
    const plans = bake.call === null ? planTargets(request, AbortSignal.any([signal, planning.signal])) : null
    // Whatever is wrong with the definition or the engine, the bake says it.
    plans?.catch(() => undefined)
    const outputs = await runUserBake({ ...request, folder: workspace.folder })
    request.onBuilt(outputs.all)
    if (plans === null) return { outputs: outputs.all, nothingBuilt: true }
    try {
      const { plan, planned } = await plans
      if (plan.targets.length + plan.notSupported.size === 0) return { outputs: outputs.all, nothingBuilt: true }
      const tools = await openWeighing(workspace.folder, request.indexFolder, request.onProgress)
      return { outputs: outputs.all, ...(await weighTargets(plan, planned, outputs, tools, signal)) }
    } catch (problem) {
      if (problem instanceof Cancelled) throw problem
      return { outputs: outputs.all, problem }
    }
  } finally {
    planning.abort()
    await workspace.remove()
  }
}

async function planTargets(
  { bake, stageCompression }: BakeRequest,
  signal: AbortSignal,
): Promise<{ readonly plan: BakePlan; readonly planned: readonly Planned[] }> {
  if (bake.remote) {
    throw new FootprintError(
      'NOT_SUPPORTED',
      'targets of a bake definition at an address are not weighed: check the repository out, and leave input source empty or set it to a folder',
    )
  }
  const plan = planBake(await readBakeDefinition(bake, signal), bake)
  const inTurn = limit(2)
  const planned = await Promise.all(
    plan.targets.map((target) =>
      inTurn(async (): Promise<Planned> => {
        try {
          return { target, subject: await subjectOf(target, stageCompression, signal) }
        } catch (problem) {
          if (problem instanceof Cancelled) throw problem
          return { target, problem }
        }
      }),
    ),
  )
  return { plan, planned }
}

/** What the stages of a target are weighed by, in the same steps as a build's. */
export async function subjectOf(
  { build, dockerfile }: BakeTarget,
  stageCompression: StageCompression,
  signal: AbortSignal,
): Promise<WeighingSubject> {
  const source = await openBuildSource(build, () => Promise.resolve(Buffer.from(dockerfile ?? '')))
  return { build, source, plan: planBuild(build, source, await listTargets(build, source, signal), thisMachine()), name: null, stageCompression }
}

/** One target after the other, so that no more than two stages are exported at a time. */
async function weighTargets(
  { notSupported }: BakePlan,
  planned: readonly Planned[],
  outputs: BakeOutputs,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<{ readonly footprint: Footprint; readonly targets: readonly BakeTarget[] }> {
  const problems = new Map<string, unknown>(notSupported)
  const targets: BakeTarget[] = []
  const images: Image[] = []
  const notes: string[] = []
  for (const { target, ...rest } of planned) {
    try {
      if ('problem' in rest) throw rest.problem
      const weighed = await weighTarget(target.name, rest.subject, outputs.targets.get(target.name), tools, signal)
      images.push(...weighed.images)
      notes.push(...weighed.notes.map((note) => `Target ${target.name}: ${note}`))
      targets.push(target)
    } catch (problem) {
      if (problem instanceof Cancelled) throw problem
      problems.set(target.name, problem)
    }
  }
  const [first] = problems
  if (images.length === 0 && first !== undefined) throw targetProblem(...first)
  const lost = [...problems].map(([name, problem]) => `Target ${name} was not weighed: ${messageOf(problem)}.`)
  return { footprint: { schemaVersion: 1, notes: [...notes, ...lost], images }, targets }
}

function targetProblem(name: string, problem: unknown): unknown {
  if (!(problem instanceof FootprintError)) return problem
  return new FootprintError(problem.code, `target ${name}: ${problem.message}`, { cause: problem })
}

async function weighTarget(
  name: string,
  subject: WeighingSubject,
  outputs: BuildOutputs | undefined,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<{ readonly images: readonly Image[]; readonly notes: readonly string[] }> {
  const shipped = outputs === undefined ? null : createShippedCheck(outputs, subject.build)
  const platforms = await weighPlatforms(`target-${name}`, subject, tools, signal)
  const images = await Promise.all(
    platforms.map(async ({ image, final: { manifest, manifestDigest, configDigest, config } }) => {
      const weighed = { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: image.platform }
      // A definition names its images by target; several of them may have one tag's repository, or one folder.
      return { ...image, name, matchesShipped: shipped === null ? null : await shipped.matches(weighed) }
    }),
  )
  return { images, notes: notesOf(subject, platforms) }
}
