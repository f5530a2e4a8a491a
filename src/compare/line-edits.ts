/** Finds the lines of a stage that the change edited. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { LayerChange, StageChange } from './comparison.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'

/** Returns the name of the stage that has a line: `own` if that is not known. Null for a line above the first FROM. */
export type StageAt = (line: number, own: string) => string | null

/** A stage that is searched. */
export interface Source {
  readonly stage: Stage
  readonly change: StageChange
}

/** Returns a function for the stage of a line. A stage that is FROM another one has layers of its lines. */
export function stageAtLine(stages: readonly Stage[]): StageAt {
  const starts = stages
    .flatMap(({ name, line }) => (line == null ? [] : [{ name, line }]))
    .sort((one, other) => other.line - one.line)
  return (line, own) => (starts.length === 0 ? own : (starts.find((stage) => stage.line <= line)?.name ?? null))
}

/** Returns the FROM if the stage has another base image: that of an edited FROM, or of a tag that moved. */
export function baseEdits({ stage, change: { baseImage } }: Source, stageAt: StageAt): readonly EditElsewhere[] {
  const { kind } = baseImage
  if (kind !== 'edited' && kind !== 'moved') return []
  return editIn(stage.base?.line ?? null, kind === 'edited' ? 'base' : 'moved-base', stage, stageAt)
}

/** Returns the edit of a line. Empty if it was not edited. */
export function ownEdits(
  { kind, edited, before, after }: LayerChange,
  { stage }: Source,
  stageAt: StageAt,
): readonly EditElsewhere[] {
  const instruction = (after ?? before)?.instruction ?? null
  if (instruction === null || (kind === 'changed' && !edited)) return []
  if (kind === 'removed') return [{ stage: stage.name, line: instruction.line, kind }]
  return editIn(instruction.line, edited ? 'edited' : 'added', stage, stageAt)
}

/** Returns a line with the stage that has it. Empty if the line is not known. */
export const inStage = (
  line: number | null,
  { name }: Stage,
  stageAt: StageAt,
): { stage: string | null; line: number }[] => (line === null ? [] : [{ stage: stageAt(line, name), line }])

type EditKind = Exclude<EditElsewhere['kind'], 'inputs'>

/** Returns an edit in a line. Empty if the line is not known. */
export const editIn = (
  line: number | null,
  kind: EditKind,
  source: Stage,
  stageAt: StageAt,
): readonly EditElsewhere[] => inStage(line, source, stageAt).map((place) => ({ ...place, kind }))
