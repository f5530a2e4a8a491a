/** A side that is an image, not the record of a build: it has its final stage alone, and little is known of that. Pure. */
import type { Image, Layer, Stage } from '../record/footprint.ts'
import { matchLayers, type LayerPair } from './match-layers.ts'
import { finalStageOf, type ComparableImage } from './match-stages.ts'

/** Instructions come from the image's history, in other words than a Dockerfile's, and without lines. */
export function isFromHistory({ stages }: Pick<Image, 'stages'>): boolean {
  const [only, ...more] = stages
  return only !== undefined && more.length === 0 && only.instructions === undefined && (only.line ?? null) === null
}

/** Whether its Dockerfile has stages that the footprint does not tell of. Those of a build tell of all. */
export function lacksStages(image: Image): boolean {
  const { stages, unbuiltStages = [], stagesNotBuilt = [] } = image
  if (isFromHistory(image)) return true
  const [only, ...more] = stages
  return (
    only !== undefined &&
    more.length === 0 &&
    only.uses.length > 0 &&
    unbuiltStages.length + stagesNotBuilt.length < only.index
  )
}

/** Final stages alone, where one side has no other and the other has: those are neither new nor gone. */
export function withoutUnknownStages(
  { before, after }: { readonly before: Image; readonly after: Image },
  comparable: { readonly before: ComparableImage; readonly after: ComparableImage },
): { readonly before: ComparableImage; readonly after: ComparableImage } {
  if (!lacksStages(before) && !lacksStages(after)) return comparable
  const finalOf = (image: ComparableImage): ComparableImage => {
    const final = finalStageOf(image)
    return { ...image, stages: final === null ? [] : [final] }
  }
  return { before: finalOf(comparable.before), after: finalOf(comparable.after) }
}

/** Whether the words of the two cannot be held against each other. */
export function haveOtherWords(before: Image, after: Image): boolean {
  return isFromHistory(before) !== isFromHistory(after)
}

/** Without its instructions, what is left of a layer to compare is its content. */
export const withoutInstruction = (layer: Layer): Layer => ({ ...layer, instruction: null })

/**
 * Layers matched by their content alone, and by their weight where that differs.
 *
 * @returns pairs of the layers of these stages themselves
 */
export function matchByContent(before: Stage, after: Stage): readonly LayerPair[] {
  const own = new Map<Layer, Layer>()
  const plain = (stage: Stage): Stage => ({
    ...stage,
    layers: stage.layers.map((layer) => {
      const made = withoutInstruction(layer)
      own.set(made, layer)
      return made
    }),
  })
  const ownOf = (layer: Layer | null): Layer | null => (layer === null ? null : (own.get(layer) ?? null))
  return matchLayers(plain(before), plain(after)).map((pair) => ({
    ...pair,
    before: ownOf(pair.before),
    after: ownOf(pair.after),
  }))
}
