/** Measures a stage, and its change by cause. Pure. Null means not known. */
import type { Cause, Growth, LayerChange, StageChange } from '../compare/comparison.ts'
import { isSameBlob } from '../compare/growth.ts'
import { otherBlobOf } from '../compare/other-blob.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { pulledAboveBase, sumOf } from '../record/layer-sums.ts'
import type { Measure } from './verdict.ts'

/** All causes of growth. */
export const everyCause: readonly Cause[] = ['change', 'base-image', 'drift', 'unknown']

/** Returns a measure of a stage, in bytes or as a count. Returns null if it is not known. */
export function valueOf(stage: Stage, measure: Measure): number | null {
  switch (measure) {
    case 'pull':
      return stage.totals.compressedSize
    case 'unpacked':
      return stage.totals.uncompressedSize
    case 'added':
      return stage.base === null ? null : sumOf([...pulledAboveBase(stage.layers).values()])
    case 'layers':
      return stage.totals.layers
    case 'metadata-only-steps':
      return stage.totals.metadataOnlySteps
    case 'savings':
      return stage.savings?.fileBytes ?? null
  }
}

/** Returns why `valueOf` returned null. */
export function whyUnknown(stage: Stage, measure: Measure): string {
  if (measure === 'savings')
    return stage.role === 'builder'
      ? 'savings are looked for in the final stage only'
      : stage.base === null
        ? 'it is not known which layers of this stage belong to its base image'
        : 'what could be saved in this stage is not known'
  if (stage.base === null && (measure === 'added' || measure === 'metadata-only-steps'))
    return 'it is not known which layers of this stage belong to its base image'
  if (measure === 'metadata-only-steps') return 'the history of this stage does not list its steps'
  return measure === 'unpacked'
    ? 'this stage has layers that its source does not contain'
    : 'this stage has layers whose size to pull is not known (a limit on unpacked can be judged)'
}

/** Returns the growth by cause. The parts add up to after minus before. */
export function growthByCause(change: StageChange, measure: Measure): Readonly<Record<Cause, number | null>> {
  const { byCause } = change.growth
  switch (measure) {
    case 'pull':
    case 'unpacked':
    case 'layers':
      return recordOf((cause) => partOf(byCause[cause], measure))
    case 'added':
      return recordOf((cause) => addedGrowth(change, cause))
    case 'metadata-only-steps':
      // Steps of the base image do not count, and a step without a layer cannot drift.
      return recordOf((cause) => (cause === 'change' ? change.metadataOnlySteps : 0))
    case 'savings':
      return recordOf(() => null)
  }
}

/** Returns how much a layer adds to the growth of its stage. */
export function layerGrowth(layer: LayerChange, measure: Measure): number | null {
  return measure === 'added'
    ? addedGrowthOf(layer, ownBytes)
    : measure === 'metadata-only-steps' || measure === 'savings'
      ? 0
      : partOf(layer.growth, measure)
}

/** Returns how much a layer adds to the value of its stage. */
export function layerValue(layer: Layer, measure: Measure): number | null {
  switch (measure) {
    case 'pull':
      return layer.compressedSize
    case 'unpacked':
      return layer.uncompressedSize
    case 'added':
      return ownBytes(layer)
    case 'layers':
    case 'metadata-only-steps':
    case 'savings':
      return null
  }
}

/**
 * Returns the cause of a layer. Without one it is drift if the times of files differ, and the change did not have the step
 * run again. Otherwise it is the change: an edited FROM moved the layer into the base or out of it.
 */
export const causeOf = (layer: LayerChange): Cause =>
  layer.cause ?? (otherBlobOf(layer) === 'file-times' && layer.isRerun !== true ? 'drift' : 'change')

const recordOf = (pick: (cause: Cause) => number | null): Readonly<Record<Cause, number | null>> => ({
  change: pick('change'),
  'base-image': pick('base-image'),
  drift: pick('drift'),
  unknown: pick('unknown'),
})

function partOf(growth: Growth, measure: 'pull' | 'unpacked' | 'layers'): number | null {
  return measure === 'pull' ? growth.compressedSize : measure === 'unpacked' ? growth.uncompressedSize : growth.layers
}

function addedGrowth({ before, after, layers }: StageChange, cause: Cause): number | null {
  if (!before?.base || !after?.base) return null
  const sizes = new Map([...pulledAboveBase(before.layers), ...pulledAboveBase(after.layers)])
  const addedBy = (layer: Layer): number | null => sizes.get(layer) ?? null
  return sumOf(layers.filter((layer) => causeOf(layer) === cause).map((layer) => addedGrowthOf(layer, addedBy)))
}

/** Returns the compressed bytes of a layer above the base. A layer of the base counts as 0. */
const ownBytes = (layer: Layer): number | null => (layer.origin === 'base' ? 0 : layer.compressedSize)

function addedGrowthOf({ before, after, codec }: LayerChange, addedBy: (layer: Layer) => number | null): number | null {
  const isAbove = (layer: Layer | null): boolean => layer !== null && layer.origin !== 'base'
  if (!isAbove(before) && !isAbove(after)) return 0
  if (codec) return null
  const [then, now] = [before ? addedBy(before) : 0, after ? addedBy(after) : 0]
  if (then !== null && now !== null) return now - then
  return before && after && isAbove(before) && isAbove(after) && isSameBlob(before, after) ? 0 : null
}
