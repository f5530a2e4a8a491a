/** Compares the settings of the two sides of a step: its own text, and the variables, users and folders above it. Pure. */
import type { Instruction } from '../record/footprint.ts'
import type { EditSurroundings } from './causes-of-edits.ts'
import { keywordOf, settingsNeeded } from './instruction-text.ts'
import type { LayerPair } from './layer-pair.ts'
import type { Lineage } from './lineage.ts'

/** The settings of the two sides of a stage. Null if not all instructions are known. */
export interface Lineages {
  readonly lineageBefore: Lineage | null
  readonly lineageAfter: Lineage | null
}

/** The two sides. */
type Sides = Pick<EditSurroundings, 'before' | 'after'>

/** Returns whether a step may use a build argument whose value differs. Only the names are in a record. */
export function mayHaveOtherArguments(instruction: Instruction, { lineageBefore, lineageAfter }: Lineages): boolean {
  if (keywordOf(instruction.text) !== 'RUN' && !instruction.text.includes('$')) return false
  return [lineageBefore, lineageAfter].some((lineage) => lineage?.mayUseGiven(instruction) === true)
}

type Settings = 'same' | 'differ' | 'not known'

/** Compares the settings of the two sides of a step. The step may have made a layer on one side only. */
export function compareSettings(
  { before, after }: Pick<LayerPair, 'before' | 'after'>,
  stage: Lineages,
  surroundings: Sides,
): Settings {
  const [from, to] = [before?.instruction ?? null, after?.instruction ?? null]
  return before === null || after === null
    ? settingsOfOneSided(from, to, stage, surroundings)
    : settingsOf(from, to, stage, surroundings)
}

/**
 * Compares the settings of a step that made a layer on both sides. Returns `differ` also if the step's own text
 * differs.
 */
function settingsOf(
  from: Instruction | null,
  to: Instruction | null,
  stage: Lineages,
  { before, after }: Sides,
): Settings {
  if (from === null || to === null) return 'not known'
  if (before.canonical(from.text) !== after.canonical(to.text)) return 'differ'
  const needed = settingsNeeded(to.text)
  if (needed === 'none') return 'same'
  return compared(stage.lineageBefore?.before(from, needed) ?? null, stage.lineageAfter?.before(to, needed) ?? null)
}

/**
 * Compares the settings of a step that made a layer on one side only. Usually the step exists only there. A WORKDIR,
 * however, makes no layer if the base already has the folder, so its instruction can exist on the other side too.
 */
function settingsOfOneSided(
  from: Instruction | null,
  to: Instruction | null,
  stage: Lineages,
  { before, after }: Sides,
): Settings {
  const [own, other] =
    to === null ? [stage.lineageBefore, stage.lineageAfter] : [stage.lineageAfter, stage.lineageBefore]
  const instruction = to ?? from
  if (instruction === null) return 'not known'
  const text = (to === null ? before : after).canonical(instruction.text)
  if (own === null || other === null || other.count(text) === 0 || other.count(text) < own.count(text)) return 'differ'
  const needed = settingsNeeded(instruction.text)
  return needed === 'none' ? 'same' : compared(own.before(instruction, needed), other.beforeText(text, needed))
}

function compared(a: number | null, b: number | null): Settings {
  if (a === null || b === null) return 'not known'
  return a === b ? 'same' : 'differ'
}
