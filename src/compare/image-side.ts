/**
 * Handles a side that is an image and not the record of a build. It has only a final stage, of which little is known.
 * Pure.
 */
import type { Image, Layer, Stage } from '../record/footprint.ts'
import { normalised } from './instruction-text.ts'
import type { LayerPair } from './layer-pair.ts'
import { matchLayers } from './match-layers.ts'
import { finalStageOf, type ComparableImage } from './match-stages.ts'

/**
 * Returns whether instructions come from an image's history, where their form differs from a Dockerfile's and they have
 * no line numbers.
 */
export function isFromHistory({ stages }: Pick<Image, 'stages'>): boolean {
  const [only, ...more] = stages
  return only !== undefined && more.length === 0 && only.instructions === undefined && (only.line ?? null) === null
}

/**
 * Returns whether the Dockerfile may have stages that the footprint does not contain. The footprint of a build contains
 * all stages.
 */
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

/**
 * Returns both images with their final stages only if one side lacks its other stages, which are then neither new nor
 * removed.
 */
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

/** Returns whether the instructions of the two images are written in different forms and cannot be compared. */
export function haveOtherWords(before: Image, after: Image): boolean {
  return isFromHistory(before) !== isFromHistory(after)
}

/** Returns a layer without its instruction, so that only its content is compared. */
export const withoutInstruction = (layer: Layer): Layer => ({ ...layer, instruction: null })

/**
 * Returns a layer with its instruction in the form of a history, which has no flags. Arguments are expanded there, so
 * the same instruction may still have other words.
 */
function asInHistory(layer: Layer): Layer {
  const { instruction } = layer
  if (instruction === null) return { ...layer }
  const words = normalised(instruction.text).split(' ')
  const first = words.findIndex((word, at) => at > 0 && !word.startsWith('--'))
  const text = first === -1 ? words.join(' ') : [words[0], ...words.slice(first)].join(' ')
  return { ...layer, instruction: { text, line: null, endLine: null } }
}

/**
 * Matches layers by their content, and then by their instructions, as far as a history tells them.
 *
 * @returns pairs of the original layers of these stages
 */
export function matchByContent(before: Stage, after: Stage): readonly LayerPair[] {
  const own = new Map<Layer, Layer>()
  const plain = (stage: Stage): Stage => ({
    ...stage,
    layers: stage.layers.map((layer) => {
      const made = asInHistory(layer)
      own.set(made, layer)
      return made
    }),
  })
  const ownOf = (layer: Layer | null): Layer | null => (layer === null ? null : (own.get(layer) ?? null))
  return matchLayers(plain(before), plain(after), 'alike').map((pair) => ({
    ...pair,
    before: ownOf(pair.before),
    after: ownOf(pair.after),
  }))
}
