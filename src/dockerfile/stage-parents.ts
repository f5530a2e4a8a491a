/** Stages that are FROM each other. Pure. */
import type { PlannedStage } from './stage.ts'

export function parentOf(stage: PlannedStage, stages: readonly PlannedStage[]): PlannedStage | null {
  const index = stage.takes.find((take) => take.via === 'from')?.stageIndex ?? null
  return index === null ? null : (stages[index] ?? null)
}

/** The stage, then those that it is FROM. */
export function lineageOf(stage: PlannedStage, stages: readonly PlannedStage[]): readonly PlannedStage[] {
  const parent = parentOf(stage, stages)
  return [stage, ...(parent ? lineageOf(parent, stages) : [])]
}
