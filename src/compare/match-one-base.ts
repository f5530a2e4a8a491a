/**
 * Matches the layers of a stage if only one side knows its base image. Layers of the other side that may belong to its
 * base image are neither new nor removed. Pure.
 */
import type { Layer, Stage } from '../record/footprint.ts'
import { normalised } from './instruction-text.ts'
import type { LayerPair } from './layer-pair.ts'

type MatchSteps = (before: readonly Layer[], after: readonly Layer[]) => readonly LayerPair[]

/**
 * Returns every layer of both stages once. The layers above the known base image are searched for on the other side. What
 * lies below the lowest of them there may belong to the base image. If the whole known base image is among these layers,
 * only it does.
 */
export function matchOneBase(before: Stage, after: Stage, matchSteps: MatchSteps): readonly LayerPair[] {
  const isAfterKnown = after.base !== null
  const [known, unknown] = isAfterKnown ? [after, before] : [before, after]
  const base = known.layers.filter(({ origin }) => origin === 'base')
  const own = known.layers.filter(({ origin }) => origin !== 'base')
  const pairs = isAfterKnown ? matchSteps(unknown.layers, own) : matchSteps(own, unknown.layers)
  const sides = (pair: LayerPair): Sides =>
    isAfterKnown ? { known: pair.after, unknown: pair.before } : { known: pair.before, unknown: pair.after }
  const paired = new Map(
    pairs.flatMap((pair): [Layer, Layer][] => {
      const { known: one, unknown: other } = sides(pair)
      return one === null || other === null ? [] : [[other, one]]
    }),
  )
  const start = startOf(unknown.layers, paired)
  const lower = unknown.layers.slice(0, start)
  const same = base.findIndex(({ diffId }, position) => diffId !== lower[position]?.diffId)
  const ofBase = same === -1 ? base.length : lower.length
  const inBase = same === -1 ? 'certain' : 'possible'
  const placed = (one: Layer | null, other: Layer | null): LayerPair => ({
    ...(isAfterKnown ? { before: other, after: one } : { before: one, after: other }),
    ...{ moved: false, base: true, inBase },
  })
  const taken = new Set(lower.slice(0, ofBase))
  return [
    ...Array.from({ length: Math.max(base.length, ofBase) }, (_, position) =>
      placed(base[position] ?? null, lower[position] ?? null),
    ),
    ...pairs.flatMap((pair): readonly LayerPair[] => {
      const { known: one, unknown: other } = sides(pair)
      if (other === null || !taken.has(other)) return [pair]
      // A layer of a base image that only looks like the one above the other base image.
      if (one === null) return []
      return [{ ...pair, ...(isAfterKnown ? { before: null } : { after: null }), moved: false }]
    }),
  ]
}

interface Sides {
  readonly known: Layer | null
  readonly unknown: Layer | null
}

/**
 * Returns the position from which all layers belong to the Dockerfile. That is the lowest one with the content or the
 * text of its counterpart. Right below it there may be layers that were edited. A base image may have a layer with the
 * text of one of the Dockerfile, so a text does not count if the layer above it has no counterpart.
 */
function startOf(layers: readonly Layer[], paired: ReadonlyMap<Layer, Layer>): number {
  const lowest = layers.findIndex((layer, position) => {
    const other = paired.get(layer)
    if (other === undefined) return false
    const next = layers[position + 1]
    return layer.diffId === other.diffId || (haveOneText(layer, other) && (next === undefined || paired.has(next)))
  })
  let start = lowest === -1 ? layers.length : lowest
  while (start > 0 && paired.has(layers[start - 1] as Layer)) start -= 1
  return start
}

const haveOneText = ({ instruction: a }: Layer, { instruction: b }: Layer): boolean =>
  a !== null && b !== null && normalised(a.text) === normalised(b.text)
