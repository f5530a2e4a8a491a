/** The stages that a stage is built FROM. Pure. */
import type { PlannedStage } from './stage.ts'

/** Returns the stage that this stage is FROM, or null if its base is an image. */
export function parentOf(stage: PlannedStage, stages: readonly PlannedStage[]): PlannedStage | null {
  const index = stage.uses.find((take) => take.via === 'from')?.stageIndex ?? null
  return index === null ? null : (stages[index] ?? null)
}

/** Returns the stage, followed by its parent, its parent's parent, and so on. */
export function lineageOf(stage: PlannedStage, stages: readonly PlannedStage[]): readonly PlannedStage[] {
  const lineage = [stage]
  for (let parent = parentOf(stage, stages); parent !== null; parent = parentOf(parent, stages)) lineage.push(parent)
  return lineage
}
