/**
 * Finds the platforms on which a stage is the same, such as one with `FROM --platform=$BUILDPLATFORM`. BuildKit runs the
 * steps of such a stage once for all platforms. Pure.
 */
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { resultOfStage, stageWithSteps } from '../graph/stage-results.ts'

/** The stages of a build for one platform. */
export interface PlatformStages {
  /** As `--platform` takes it. */
  readonly platform: string
  /** The digest of the step that makes each stage, by the name with which the builder reports its steps. */
  readonly results: ReadonlyMap<string, string>
}

/** Returns the stages whose results the graph determines. */
export function platformStages(
  platform: string,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  reportedAs: (stageIndex: number) => string | null,
): PlatformStages {
  const results = stages.flatMap((stage): [string, string][] => {
    const name = stageWithSteps(stage, stages) === stage ? reportedAs(stage.index) : null
    const result = name === null || steps === null ? null : resultOfStage(stage, stages, steps)
    const digest = result?.kind === 'step' ? (steps?.[result.position]?.llbDigest ?? null) : null
    return name === null || digest === null ? [] : [[name, digest]]
  })
  return { platform, results: new Map(results) }
}

/** Returns the platforms on which a stage may be the same as on this one, which is among them. */
export function sharingPlatforms(stage: string, platform: string, all: readonly PlatformStages[]): readonly string[] {
  const resultOn = (one: string): string | undefined => all.find((other) => other.platform === one)?.results.get(stage)
  const own = resultOn(platform)
  const others = all.map((other) => other.platform).filter((other) => other !== platform)
  const isOther = (other: string): boolean => {
    const result = resultOn(other)
    return own !== undefined && result !== undefined && result !== own
  }
  return [platform, ...others.filter((other) => !isOther(other))]
}
