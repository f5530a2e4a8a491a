/** Finds out why steps differ whose text the change edited, moved, added or removed. Pure. */
import { taggedSource } from '../dockerfile/stage-references.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import type { Cause } from './comparison.ts'
import { growthOfCommonFiles } from './growth-of-others.ts'
import { growthOf } from './growth.ts'
import type { LayerPair } from './layer-pair.ts'
import { defaultNoise } from './noise.ts'
import type { Side } from './side.ts'

/** What the causes of edits depend on besides the stage itself. */
export interface EditSurroundings {
  readonly before: Side
  readonly after: Side
  /**
   * Returns by how many file bytes an edited COPY from a stage of either side grew without the change. Null if that is not
   * known.
   *
   * @param from its text in the baseline
   */
  readonly growthBesideEdit: (stage: Stage, from: string, to: string) => number | null
}

/**
 * Returns the cause for a step that the change edited, moved, added or removed. What a COPY takes from another stage may
 * have grown without it as well, and a layer has one cause. Lines that were split or merged have several counterparts.
 *
 * @param layers all layers of the stage
 */
export function causeOfEdit(
  before: Layer | null,
  after: Layer | null,
  layers: readonly LayerPair[],
  surroundings: EditSurroundings,
): Cause {
  const others = layers.filter((pair) => isEdit(pair, surroundings))
  const [olds, news] = [
    [before, ...others.map((pair) => pair.before)],
    [after, ...others.map((pair) => pair.after)],
  ]
  const pairs = [...olds.map((old) => [old, after] as const), ...news.map((now) => [before, now] as const)]
  const growths = pairs.map(([old, now]) => (old === null || now === null ? 0 : growthBeside(old, now, surroundings)))
  return growths.some((growth) => Math.abs(growth) > defaultNoise) ? 'unknown' : 'change'
}

/** Returns whether the texts of two sides differ, or one is missing. */
function isEdit({ before, after }: LayerPair, sides: Pick<EditSurroundings, 'before' | 'after'>): boolean {
  const [from, to] = [before?.instruction?.text, after?.instruction?.text]
  return from === undefined || to === undefined || sides.before.canonical(from) !== sides.after.canonical(to)
}

/** Returns by how many file bytes what two steps copy from the same place grew without an edit. */
function growthBeside(before: Layer, after: Layer, { after: head, growthBesideEdit }: EditSurroundings): number {
  const [from, to] = [before.instruction?.text, after.instruction?.text]
  if (from === undefined || to === undefined) return 0
  const [[old], [source]] = [head.inputsOf(from).references, head.inputsOf(to).references]
  if (source?.via !== 'copy' || source.reference !== old?.reference) return 0
  const stage = head.resolve(source)
  if (stage !== null) return growthBesideEdit(stage, from, to) ?? growthOf(before, after).fileBytes ?? 0
  // The image of a tag may have moved.
  return taggedSource(to) === null ? 0 : growthOfCommonFiles({ text: from, layer: before }, { text: to, layer: after })
}
