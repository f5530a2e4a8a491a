/** Finds out why steps differ whose text the change edited, moved, added or removed. Pure. */
import { taggedSource } from '../dockerfile/stage-references.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import type { Cause } from './comparison.ts'
import { growthOfCommonFiles, type CopyLayer } from './growth-of-others.ts'
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
   * @param from the COPY of the baseline
   */
  readonly growthBesideEdit: (stage: Stage, from: CopyLayer, to: CopyLayer) => number | null
}

/** Limit for the lines of one side that a COPY is compared with, so that the work does not grow with their square. */
const maxCounterparts = 20

/** Returns the cause of an edit of these layers of a stage. */
export type CauseOfEdit = (before: Layer | null, after: Layer | null) => Cause

/**
 * Returns a function for the steps of a stage that the change edited, moved, added or removed. What a COPY takes from
 * another stage may have grown without it as well, and a layer has one cause. Lines that were split or merged have several
 * counterparts.
 *
 * @param layers all layers of the stage
 */
export function causesOfEdits(layers: readonly LayerPair[], surroundings: EditSurroundings): CauseOfEdit {
  const edits = layers.filter((pair) => isEdit(pair, surroundings))
  const referenceOf = (layer: Layer): string | undefined => {
    const [first] = surroundings.after.inputsOf(layer.instruction?.text ?? '').references
    return first?.via === 'copy' ? first.reference : undefined
  }
  const byReference = (side: 'before' | 'after'): ReadonlyMap<string | undefined, readonly Layer[]> =>
    Map.groupBy(edits.flatMap((pair) => pair[side] ?? []), referenceOf) // prettier-ignore
  const [olds, news] = [byReference('before'), byReference('after')]
  return (before, after) => {
    const layer = after ?? before
    const source = layer === null ? undefined : referenceOf(layer)
    if (source === undefined) return 'change'
    const of = (some: ReadonlyMap<string | undefined, readonly Layer[]>): readonly Layer[] =>
      (some.get(source) ?? []).slice(0, maxCounterparts)
    const pairs = [
      ...(before !== null && after !== null ? [[before, after] as const] : []),
      ...(after === null ? [] : of(olds).map((old) => [old, after] as const)),
      ...(before === null ? [] : of(news).map((now) => [before, now] as const)),
    ]
    return pairs.some(([old, now]) => Math.abs(growthBeside(old, now, surroundings)) > defaultNoise)
      ? 'unknown'
      : 'change'
  }
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
  if (stage !== null)
    return (
      growthBesideEdit(stage, { text: from, layer: before }, { text: to, layer: after }) ??
      growthOf(before, after).fileBytes ??
      0
    )
  // The image of a tag may have moved.
  return taggedSource(to) === null ? 0 : growthOfCommonFiles({ text: from, layer: before }, { text: to, layer: after })
}
