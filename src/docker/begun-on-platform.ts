/** Tells apart the stages of several platforms that have one memory of what weighing began. Pure. */
import type { BegunStages } from './begun-stages.ts'

/**
 * Returns the memory for one platform. The builder reports the steps of a stage by the same name on every platform,
 * because each call is for one platform.
 *
 * @param platform as `--platform` takes it
 * @param sharing returns the platforms on which a stage may be the same, including this one
 */
export function onPlatform(
  begun: BegunStages,
  platform: string,
  sharing: (stage: string) => readonly string[],
): BegunStages {
  const nameOn = (one: string, stage: string): string => `${one} ${stage}`
  const namesOf = (stage: string): readonly string[] => sharing(stage).map((one) => nameOn(one, stage))
  return {
    ...begun,
    inThisRun: (stage) => namesOf(stage).some(begun.inThisRun),
    before: (stage) => namesOf(stage).some(begun.before),
    add: (stages) => begun.add(stages.map((stage) => nameOn(platform, stage))),
    forget: (stages) => begun.forget(stages.flatMap(namesOf)),
  }
}
