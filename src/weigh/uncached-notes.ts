/** Sentences about stages that the build did not run. Pure. */
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import type { Written } from '../plan/written-in-context.ts'

/** Returns a sentence about stages that were built only to weigh them. Empty if there are none. */
export function builtForWeighing(stages: readonly PlannedStage[]): readonly string[] {
  if (stages.length === 0) return []
  const names = stages.map(stageLabel).join(', ')
  return [
    `Weighing built stage${stages.length === 1 ? '' : 's'} ${names}, which the build itself did not need. The result may differ from what the shipped image was made from.`,
  ]
}

/** Returns a sentence about what keeps stages from being built only to weigh them. Empty if nothing does. */
export function keptFromBuilding(written: readonly Written[]): readonly string[] {
  if (written.length === 0) return []
  const places = [...new Set(written.map(({ shown }) => (shown === '.' ? 'its output' : shown)))].join(', ')
  return [
    `No stage was built only to weigh it, because this run writes ${places} into a build context, which the steps could read. Add it to the ignore file, or use a place outside of the context.`,
  ]
}
