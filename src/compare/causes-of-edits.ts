/** Finds out why steps differ whose text the change edited, moved, added or removed. Pure. */
import { taggedSource } from '../dockerfile/stage-references.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import type { Cause } from './comparison.ts'
import { sameReferenceAs } from './given.ts'
import { copyOf, growthOfCommonFiles, type EditedCopy } from './growth-of-others.ts'
import { growthOf } from './growth.ts'
import { asParsed } from './instruction-text.ts'
import type { LayerPair } from './layer-pair.ts'
import { defaultNoise } from './noise.ts'
import type { Side } from './side.ts'
import type { MovedTest } from './source-images.ts'

/** What the causes of edits depend on besides the stage itself. */
export interface EditSurroundings {
  readonly before: Side
  readonly after: Side
  /**
   * Returns by how many file bytes what an edited COPY takes from a stage of the head grew without the change, as far as
   * the baseline took it, too. Null if that is not known.
   */
  readonly growthBesideEdit: (stage: Stage, copy: EditedCopy) => number | null
  readonly hasMoved: MovedTest
}

/** Limit for the lines of the baseline that a COPY is compared with, so that the work does not grow with their square. */
const maxCounterparts = 5

/** Returns the cause of an edit of these layers of a stage. */
export type CauseOfEdit = (before: Layer | null, after: Layer | null) => Cause

/**
 * Returns a function for the steps of a stage that the change edited, moved, added or removed. What lines of the baseline
 * took from another stage or an image may have grown without the change as well, and a layer has one cause. What only
 * the new lines take is of the change: the baseline would not have it today either. If the cause of a line is not known,
 * neither is that of removed lines that copied from the same place, since they may have been merged into it.
 *
 * @param layers all layers of the stage
 */
export function causesOfEdits(layers: readonly LayerPair[], sides: EditSurroundings): CauseOfEdit {
  const edits = layers.filter((pair) => isEdit(pair, sides))
  const olds = Map.groupBy(
    edits.flatMap(({ before }) => before ?? []),
    (layer) => sourceOf(layer, sides.before),
  )
  const hasGrown = (before: Layer | null, after: Layer, source: string): boolean => {
    const some = olds.get(source) ?? []
    // Of this pair, perhaps only the settings differ.
    const edited = before !== null && sourceOf(before, sides.before) === source ? before : null
    const all = edited === null || some.includes(edited) ? some : [edited, ...some]
    return all.length > 0 && mayHaveGrown(all, edited, after, sides)
  }
  const grown = new Set(
    edits.flatMap(({ before, after }) => {
      const source = sourceOf(after, sides.after)
      return after !== null && source !== null && hasGrown(before, after, source) ? [source] : []
    }),
  )
  return (before, after) => {
    const source = after === null ? sourceOf(before, sides.before) : sourceOf(after, sides.after)
    if (source === null) return 'change'
    return (after === null ? grown.has(source) : hasGrown(before, after, source)) ? 'unknown' : 'change'
  }
}

/** Returns whether the texts of two sides differ, or one is missing. */
function isEdit(pair: LayerPair, sides: Pick<EditSurroundings, 'before' | 'after'>): boolean {
  const { before, after, moved } = pair
  return moved || !before?.instruction || !after?.instruction || isEdited(pair, sides)
}

/**
 * Returns whether the text of an instruction is another one, apart from a stage that has another name. False if a side
 * does not know it.
 */
export function isEdited(
  { before, after }: Pick<LayerPair, 'before' | 'after'>,
  sides: Pick<EditSurroundings, 'before' | 'after'>,
): boolean {
  const [from, to] = [before?.instruction?.text, after?.instruction?.text]
  if (from === undefined || to === undefined || asParsed(from) === asParsed(to)) return false
  return sides.before.canonical(from) !== sides.after.canonical(to)
}

/** Returns what a COPY takes files from, with the name of a stage that both sides have. Null for other steps. */
function sourceOf(layer: Layer | null, side: Side): string | null {
  const [first] = side.inputsOf(layer?.instruction?.text ?? '').references
  if (first?.via !== 'copy') return null
  const stage = side.resolve(first)
  // A stage that only gives an image a name.
  const isImage = stage?.base && stage.layers.every(({ origin }) => origin === 'base')
  return side.canonical(`COPY --from=${sameReferenceAs(isImage ? stage.base.reference : first.reference)} / /`)
}

/**
 * Returns whether what a COPY takes may have grown without an edit.
 *
 * @param olds the lines of the baseline that copied from the same place
 * @param edited the one of them that was edited; null if the COPY was added
 */
function mayHaveGrown(olds: readonly Layer[], edited: Layer | null, after: Layer, sides: EditSurroundings): boolean {
  const to = copyOf(after)
  const from = edited && copyOf(edited)
  const [reference] = sides.after.inputsOf(to.text).references
  const stage = reference === undefined ? null : sides.after.resolve(reference)
  const counterparts = olds.length > maxCounterparts ? null : olds.map(copyOf)
  const isAbove = (growth: number): boolean => Math.abs(growth) > defaultNoise
  if (stage !== null) {
    const growth = sides.growthBesideEdit(stage, { olds: counterparts, from, to })
    return isAbove(growth ?? growthOf(edited, after).fileBytes ?? 0)
  }
  const moved = reference === undefined ? false : sides.hasMoved(reference)
  // The image of a tag may have moved.
  if (moved === false || (moved === null && taggedSource(to.text) === null)) return false
  return counterparts === null || counterparts.some((old) => isAbove(growthOfCommonFiles(old, to, moved === true)))
}
