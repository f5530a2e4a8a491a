/**
 * Decides which results in the builder's cache may be there only because an earlier run of ours began their steps. Such
 * a stage counts as built again as soon as a build of the user makes or uses it.
 */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { refInHistory } from '../builder/build-history.ts'
import { stepsThatRan } from '../builder/steps-that-ran.ts'
import { onPlatform } from '../docker/begun-on-platform.ts'
import type { BegunStages } from '../docker/begun-stages.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { resultOfStage } from '../graph/stage-results.ts'
import { usedSteps } from '../graph/used-steps.ts'
import type { BuildInputs, Environment } from '../inputs/inputs.ts'
import { maskCall } from '../inputs/mask.ts'
import { maskCredentials } from '../url-secrets.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { withoutFlags } from '../plan/cache-call.ts'
import { textBefore } from '../text.ts'
import { sharingPlatforms, type PlatformStages } from './sharing-platforms.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** A build of the user, and what it says about its stages. */
interface UserBuild {
  readonly build: BuildInputs
  readonly source: BuildSource
  readonly outputs: BuildOutputs
  readonly stages: readonly PlannedStage[]
  readonly steps: readonly BuildStep[] | null
  readonly platform: string
  /** The stages on all platforms that it was built for. */
  readonly platforms: readonly PlatformStages[]
  /** Stands for a Dockerfile whose text is not known. */
  readonly unknown: string
  /** Returns the name by which the builder reports the steps of a stage. Null if it is not known. */
  readonly reportedAs: (stageIndex: number) => string | null
}

/** Returns the stages whose results may be in the builder's cache only because our calls began their steps. */
export async function begunByWeighing(
  { build, source, outputs, stages, steps, platform, platforms, unknown, reportedAs }: UserBuild,
  tools: Pick<WeighingTools, 'begunStages' | 'connections'>,
): Promise<BegunStages> {
  const key = stepsKey(build, source, outputs, process.env, unknown)
  const memory = await tools.begunStages(key, { keep: source.dockerfile !== null })
  const begun = onPlatform(memory, platform, (stage) => sharingPlatforms(stage, platform, platforms))
  if (!begun.anyBefore) return begun
  const used = await stagesMaybeUsed(stages, steps, outputs, platform, tools)
  // Without a log, nothing of earlier runs counts: a stage that was really built must never be missing.
  if (used === null) return { ...begun, before: () => false }
  await begun.forget(used.map(({ index }) => reportedAs(index)).filter((name) => name !== null))
  return begun
}

/**
 * Returns everything that defines the steps of a build and the builder that has their results, except the platform.
 * Cache imports and secrets do not change a step, and often have other words in each run. The values of build arguments
 * may be secret, and a hash of the key is kept, so only their names count.
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
    env['DOCKER_HOST'] || null,
    env['DOCKER_CONTEXT'] || null,
    // Builder and node.
    ref?.split('/').slice(0, -1).join('/') ?? builder,
    dockerfile ?? unknown,
    kind === 'local' ? resolve(context) : maskCredentials(textBefore(context, '#', '?')),
    ...maskCall(withoutFlags(stepArgv, ['--cache-from', '--secret'])),
  ]
}

/**
 * Returns the stages whose results the user's build may have made or used. Others are certainly not part of it. Returns
 * null if the builder has no log of the build.
 */
async function stagesMaybeUsed(
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  outputs: BuildOutputs,
  platform: string,
  { connections }: Pick<WeighingTools, 'connections'>,
): Promise<readonly PlannedStage[] | null> {
  const ref = refInHistory(outputs)
  if (steps === null || ref === null) return null
  const session = await connections.to(platform)
  const ran = session && (await stepsThatRan(session, ref))
  if (!ran) return null
  const used = usedSteps(steps, ran)
  return stages.filter((stage) => {
    const result = resultOfStage(stage, stages, steps)
    return result?.kind === 'step' ? used.has(result.position) : true
  })
}
