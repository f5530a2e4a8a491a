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
const maxCounterparts = 5

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
  const byReference = (side: 'before' | 'after'): ReadonlyMap<string | null, readonly Layer[]> =>
    Map.groupBy(
      edits.flatMap((pair) => pair[side] ?? []),
      (layer) => sourceOf(layer, surroundings[side]),
    )
  const [olds, news] = [byReference('before'), byReference('after')]
  return (before, after) => {
    const of = (some: ReadonlyMap<string | null, readonly Layer[]>, source: string | null): readonly Layer[] =>
      source === null ? [] : (some.get(source) ?? []).slice(0, maxCounterparts)
    const pairs = [
      ...(before !== null && after !== null ? [[before, after] as const] : []),
      ...(after === null
        ? []
        : of(olds, sourceOf(after, surroundings.after)).flatMap((old) =>
            old === before ? [] : [[old, after] as const],
          )),
      ...(before === null
        ? []
        : of(news, sourceOf(before, surroundings.before)).flatMap((now) =>
            now === after ? [] : [[before, now] as const],
          )),
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

/** Returns what a COPY takes files from, with the name of a stage that both sides have. Null for other steps. */
function sourceOf({ instruction }: Layer, side: Side): string | null {
  const [first] = side.inputsOf(instruction?.text ?? '').references
  return first?.via === 'copy' ? side.canonical(`COPY --from=${first.reference} / /`) : null
}

/** Returns by how many file bytes what two steps copy from the same place grew without an edit. */
function growthBeside(before: Layer, after: Layer, sides: EditSurroundings): number {
  const { after: head, growthBesideEdit } = sides
  const [from, to] = [before.instruction?.text ?? '', after.instruction?.text ?? '']
  const source = sourceOf(after, head)
  const [reference] = head.inputsOf(to).references
  if (source === null || reference === undefined || source !== sourceOf(before, sides.before)) return 0
  const stage = head.resolve(reference)
  if (stage !== null)
    return (
      growthBesideEdit(stage, { text: from, layer: before }, { text: to, layer: after }) ??
      growthOf(before, after).fileBytes ??
      0
    )
  // The image of a tag may have moved.
  return taggedSource(to) === null ? 0 : growthOfCommonFiles({ text: from, layer: before }, { text: to, layer: after })
}
