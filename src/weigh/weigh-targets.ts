/** Plans the targets of a bake and weighs them one after the other. Used for the head and for the base. */
import { limitConcurrency } from '../concurrency.ts'
import { listTargets } from '../docker/list-targets.ts'
import { noOutputs, type BuildOutputs } from '../docker/metadata.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { BakeTarget } from '../plan/bake-plan.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import type { Image } from '../record/footprint.ts'
import { notesOf, thisMachine, weighPlatforms, type StageOptions, type WeighingSubject } from './weigh-revision.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** The targets of a bake that can be weighed. */
export interface PlannedTargets {
  /** In bake's order. */
  readonly subjects: ReadonlyMap<string, WeighingSubject>
  /** Why the other targets cannot be weighed, by target. */
  readonly problems: ReadonlyMap<string, unknown>
}

/** Plans the targets of a bake. A target that cannot be planned becomes a problem. */
export async function planTargets(
  targets: readonly BakeTarget[],
  wishes: StageOptions,
  signal: AbortSignal,
): Promise<PlannedTargets> {
  const inTurn = limitConcurrency(2)
  const problems = new Map<string, unknown>()
  const planned = await Promise.all(
    targets.map((target) =>
      inTurn(async (): Promise<[string, WeighingSubject][]> => {
        try {
          return [[target.name, await subjectOf(target, wishes, signal)]]
        } catch (problem) {
          if (problem instanceof Cancelled) throw problem
          problems.set(target.name, problem)
          return []
        }
      }),
    ),
  )
  return { subjects: new Map(planned.flat()), problems }
}

/**
 * Returns what a target's stages are weighed by. It has the same steps as a build, and the image is named after its
 * target.
 */
async function subjectOf(
  { name, build, dockerfile, destinations, linked }: BakeTarget,
  wishes: StageOptions,
  signal: AbortSignal,
): Promise<WeighingSubject> {
  const source = await openBuildSource(build, () => Promise.resolve(Buffer.from(dockerfile ?? '')))
  return {
    build,
    source,
    plan: planBuild(build, source, await listTargets(build, source, signal), thisMachine()),
    name,
    ...wishes,
    destinations,
    linked,
  }
}

/** The weighed targets of a bake. */
export interface WeighedTargets {
  readonly images: readonly Image[]
  /** Sentences for the report. */
  readonly notes: readonly string[]
  readonly problems: ReadonlyMap<string, unknown>
}

/**
 * Weighs one target after the other, so that at most two stages are exported at a time.
 *
 * @param revision a word for the revision
 * @param outputs outputs of the user's bake, by target; null if nobody has baked the targets
 * @throws Cancelled if the signal aborts; any other error becomes a problem of its target
 */
export async function weighTargets(
  revision: string,
  planned: PlannedTargets,
  outputs: ReadonlyMap<string, BuildOutputs> | null,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<WeighedTargets> {
  const problems = new Map(planned.problems)
  const images: Image[] = []
  const notes: string[] = []
  for (const [name, subject] of planned.subjects) {
    try {
      const built = outputs === null ? null : (outputs.get(name) ?? noOutputs)
      const platforms = await weighPlatforms(
        `${revision}-target-${name}`,
        subject,
        built,
        tools,
        signal,
        outputs ?? undefined,
      )
      images.push(...platforms.map(({ image }) => image))
      notes.push(...notesOf(subject, platforms).map((note) => `Target ${name}: ${note}`))
    } catch (problem) {
      if (problem instanceof Cancelled || signal.aborted) throw problem
      problems.set(name, problem)
    }
  }
  return { images, notes, problems }
}

/** Returns the problem of a target as the problem of the whole report. */
export function targetProblem(name: string, problem: unknown): unknown {
  if (!(problem instanceof FootprintError)) return problem
  // Bake could read what weighing could not, so this is not a usage error.
  const code = problem.code === 'UNREADABLE_INPUT' ? 'WEIGHING_FAILED' : problem.code
  return new FootprintError(code, (option) => `target ${name}: ${problem.wording(option)}`, { cause: problem })
}
