/** Weighs a build after it has run, and finds the figures of its base revision. */
import { baselineOfBuild } from '../base/base-build.ts'
import { settingsOf } from '../base/build-settings.ts'
import { openWorkTree } from '../base/work-tree.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import { planBuild } from '../plan/build-plan.ts'
import type { BuildSource } from '../plan/build-source.ts'
import type { Footprint } from '../record/footprint.ts'
import { buildChecksNote } from '../report/build-checks.ts'
import type { WeighedPlatform } from '../weigh/assemble-image.ts'
import { notesOf, thisMachine, weighPlatforms, type WeighingSubject } from '../weigh/weigh-revision.ts'
import type { EarlyAnswers, RunFolder } from './open-run.ts'
import { openWeighingIn, withRunFacts } from './run-facts.ts'
import type { BuildRequest, Weighed } from './run-request.ts'
import { revisionOfHead } from './run-revision.ts'

/** A build that has run. */
export interface FinishedBuild {
  readonly source: BuildSource
  /** The stages as BuildKit lists them. Null if it does not. */
  readonly listed: StagesFromBuildKit | null
  readonly early: EarlyAnswers
  readonly outputs: BuildOutputs
}

/**
 * Returns the figures of a build and of its base revision.
 *
 * @throws FootprintError if it cannot be weighed; Cancelled
 */
export async function weighBuild(
  run: RunFolder,
  request: BuildRequest,
  { source, listed, early, outputs }: FinishedBuild,
): Promise<Weighed> {
  const { build, name, stageCompression, uncachedStages, signal } = request
  const plan = planBuild(build, source, listed, thisMachine())
  const subject = { build, source, plan, name, stageCompression, uncachedStages }
  const tools = await openWeighingIn(run, request, build, outputs)
  const workTree = openWorkTree([subject], tools.ownDestinations)
  const settingsAt = (root: string | null): string => settingsOf(build, stageCompression, root)
  const revising = run.beside(
    early.locating.then((located) => revisionOfHead(located, workTree, settingsAt, request.revision)),
  )
  // Errors of this task are reported by the weighing first.
  const platforms = await weighPlatforms('head', subject, outputs, tools, signal)
  void run.beside(tools.solves.forget())
  const footprint = { ...footprintOf(subject, platforms, outputs), revision: await revising }
  const located = await early.locating
  const baseline = await baselineOfBuild({ subject, workTree, footprint }, located, request.baseline, tools, signal)
  return withRunFacts(run, request, early, { footprint, baseline, dockerfiles: null })
}

function footprintOf(
  subject: WeighingSubject,
  platforms: readonly WeighedPlatform[],
  { warnings }: BuildOutputs,
): Footprint {
  const checks = buildChecksNote(warnings)
  return {
    schemaVersion: 1,
    notes: [...notesOf(subject, platforms), ...(checks === null ? [] : [checks])],
    images: platforms.map(({ image }) => image),
  }
}
