/**
 * Decides which results in the builder's cache may be there only because an earlier run of ours began their steps. Such
 * a stage counts as built again as soon as a build of the user makes or uses it.
 */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { refInHistory } from '../builder/build-history.ts'
import { stepsThatRan } from '../builder/steps-that-ran.ts'
import type { BegunStages } from '../docker/begun-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { parentOf } from '../dockerfile/stage-parents.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { makesLayer, resultOfStage } from '../graph/stage-results.ts'
import { usedSteps } from '../graph/used-steps.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { withoutFlags } from '../plan/cache-call.ts'
import { textBefore } from '../text.ts'
import type { WeighingTools } from './weighing-tools.ts'

/**
 * Returns everything that defines the steps of a build and the builder that has their results, except the platform.
 * Cache imports and secrets do not change a step, and often have other words in each run.
 *
 * @param unknown stands for a Dockerfile whose text is not known
 */
export function stepsKey(
  { stepArgv, builder }: Pick<BuildInputs, 'stepArgv' | 'builder'>,
  { kind, context, dockerfile }: BuildSource,
  { ref }: Pick<BuildOutputs, 'ref'>,
  env: Environment,
  unknown: string,
): readonly (string | null)[] {
  return [
    hostname(),
    env['DOCKER_HOST'] ?? null,
    env['DOCKER_CONTEXT'] ?? null,
    // Builder and node.
    ref?.split('/').slice(0, -1).join('/') ?? builder,
    dockerfile ?? unknown,
    kind === 'local' ? resolve(context) : textBefore(context, '#', '?'),
    ...withoutFlags(stepArgv, ['--cache-from', '--secret']),
  ]
}

/**
 * Returns the positions of the stages whose results the user's build has made or used. Returns null if the builder does
 * not say so, or if no earlier run began a step, so that it does not matter.
 */
export async function usedStages(
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  begun: BegunStages,
  outputs: BuildOutputs,
  platform: string,
  { connections }: Pick<WeighingTools, 'connections'>,
): Promise<ReadonlySet<number> | null> {
  const ref = refInHistory(outputs)
  if (!begun.anyBefore || steps === null || ref === null) return null
  const session = await connections.to(platform)
  const ran = session && (await stepsThatRan(session, ref))
  if (!ran) return null
  const used = usedSteps(steps, ran)
  return new Set(
    stages.flatMap((stage) => {
      const result = resultOfStage(stage, stages, steps)
      return result?.kind === 'step' && !used.has(result.position) ? [] : [stage.index]
    }),
  )
}

/** Returns the position of the stage whose steps make the result of a stage, which may only rename its base. */
export function stageWithSteps(index: number, stages: readonly PlannedStage[]): number {
  const stage = stages.find((one) => one.index === index)
  const parent = stage && parentOf(stage, stages)
  return stage && parent && !stage.instructions.some(makesLayer) ? stageWithSteps(parent.index, stages) : index
}
