/** The targets of a bake, of the head and of the base alike: planned, then weighed one after the other. */
import { listTargets } from '../docker/list-targets.ts'
import { noOutputs, type BuildOutputs } from '../docker/metadata.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { BakeTarget } from '../plan/bake-plan.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import type { Image } from '../record/footprint.ts'
import { limit } from './layer-reader.ts'
import { notesOf, thisMachine, weighPlatforms, type StageWishes, type WeighingSubject } from './weigh-revision.ts'
import type { WeighingTools } from './weighing-tools.ts'

export interface PlannedTargets {
  /** In bake's order. */
  readonly subjects: ReadonlyMap<string, WeighingSubject>
  /** Why the others cannot be weighed, by target. */
  readonly problems: ReadonlyMap<string, unknown>
}

export async function planTargets(
  targets: readonly BakeTarget[],
  wishes: StageWishes,
  signal: AbortSignal,
): Promise<PlannedTargets> {
  const inTurn = limit(2)
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

/** What the stages of a target are weighed by, in the same steps as a build's. An image goes by its target's name. */
async function subjectOf(
  { name, build, dockerfile, linked }: BakeTarget,
  wishes: StageWishes,
  signal: AbortSignal,
): Promise<WeighingSubject> {
  const source = await openBuildSource(build, () => Promise.resolve(Buffer.from(dockerfile ?? '')))
  return {
    build,
    source,
    plan: planBuild(build, source, await listTargets(build, source, signal), thisMachine()),
    name,
    ...wishes,
    linked,
  }
}

export interface WeighedTargets {
  readonly images: readonly Image[]
  /** Sentences for the report. */
  readonly notes: readonly string[]
  readonly problems: ReadonlyMap<string, unknown>
}

/**
 * One target after the other, so that no more than two stages are exported at a time.
 *
 * @param revision a word for it
 * @param outputs of the user's bake, by target; null for what nobody has baked
 * @throws Cancelled; whatever else goes wrong is the target's problem
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
      const platforms = await weighPlatforms(`${revision}-target-${name}`, subject, built, tools, signal)
      images.push(...platforms.map(({ image }) => image))
      notes.push(...notesOf(subject, platforms).map((note) => `Target ${name}: ${note}`))
    } catch (problem) {
      if (problem instanceof Cancelled || signal.aborted) throw problem
      problems.set(name, problem)
    }
  }
  return { images, notes, problems }
}

/** The problem of a target that stands for the whole report. */
export function targetProblem(name: string, problem: unknown): unknown {
  if (!(problem instanceof FootprintError)) return problem
  // Bake has read what weighing could not, so it is no wrong use.
  const code = problem.code === 'UNREADABLE_INPUT' ? 'WEIGHING_FAILED' : problem.code
  return new FootprintError(code, (option) => `target ${name}: ${problem.wording(option)}`, { cause: problem })
}
