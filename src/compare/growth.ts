/**
 * Sums of growth. Each layer's growth goes to exactly one cause, so the parts add up to the total in each
 * quantity by itself.
 */
import { FootprintError } from '../errors.ts'
import type { Footprint, Layer, Stage } from '../inspect/footprint.ts'
import { layerCompression } from '../oci/media-type.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Cause, Growth, LayerChange, SplitGrowth } from './comparison.ts'

const none: Growth = { compressedSize: 0, uncompressedSize: 0, fileBytes: 0, layers: 0 }

export type CodecChange = NonNullable<LayerChange['codec']>

/** The compressions of a layer's two blobs where they differ; a media type that is none of ours stands for itself. */
export function codecChange(before: Layer | null, after: Layer | null): CodecChange | null {
  if (before === null || after === null) return null
  const codecs = { before: codecOf(before), after: codecOf(after) }
  return codecs.before === codecs.after ? null : codecs
}

const codecOf = ({ mediaType }: Layer): string => layerCompression(mediaType) ?? mediaType

/** After minus before; null stands for a layer that is not there on that side. */
export function growthOf(before: Layer | null, after: Layer | null): Growth {
  return {
    compressedSize: compressedGrowth(before, after),
    uncompressedSize: (after?.uncompressedSize ?? 0) - (before?.uncompressedSize ?? 0),
    fileBytes: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0),
    layers: (after === null ? 0 : 1) - (before === null ? 0 : 1),
  }
}

function compressedGrowth(before: Layer | null, after: Layer | null): number | null {
  if (codecChange(before, after) !== null) return null
  if (before !== null && after !== null && isSameBlob(before, after)) return 0
  const sizes = [before, after].map((layer) => (layer === null ? 0 : layer.compressedSize))
  const [from = null, to = null] = sizes
  return from === null || to === null ? null : to - from
}

/** An uncompressed blob is its tar, so one diffID is one blob there, whether its digest is known or not. */
function isSameBlob(before: Layer, after: Layer): boolean {
  if (before.compressedSize !== after.compressedSize) return false
  if (before.digest !== null && before.digest === after.digest) return true
  return before.diffId === after.diffId && codecOf(before) === 'none'
}

/** The total and its parts. What has no cause did not grow, or it is not known whether it did. */
export function splitGrowth(layers: readonly Pick<LayerChange, 'cause' | 'growth'>[]): SplitGrowth {
  const byCause: Record<Cause, Growth> = { change: none, 'base-image': none, drift: none, unknown: none }
  for (const { cause, growth } of layers) {
    const part = cause ?? 'unknown'
    byCause[part] = addGrowth(byCause[part], growth)
  }
  return { total: Object.values(byCause).reduce(addGrowth, none), byCause }
}

function addGrowth(a: Growth, b: Growth): Growth {
  return {
    compressedSize: a.compressedSize === null || b.compressedSize === null ? null : a.compressedSize + b.compressedSize,
    uncompressedSize: a.uncompressedSize + b.uncompressedSize,
    fileBytes: a.fileBytes + b.fileBytes,
    layers: a.layers + b.layers,
  }
}

/**
 * Every sum that is made of a stage lies between minus what its layers weigh before and plus what they weigh
 * after. Where both are safe integers no sum loses precision.
 *
 * @param side of the comparison, for the message
 * @throws FootprintError UNREADABLE_INPUT where the layers of a stage weigh more
 */
export function requireExactSums({ images }: Footprint, side: 'baseline' | 'head'): void {
  for (const image of images)
    for (const stage of image.stages) {
      if (isExact(stage)) continue
      throw new FootprintError(
        'UNREADABLE_INPUT',
        `the layers of stage ${stage.name} of image ${image.name} (${formatPlatform(image.platform)}) in the ${side} weigh more than can be added up exactly (${Number.MAX_SAFE_INTEGER} bytes): its record is damaged, weigh it again`,
      )
    }
}

function isExact({ layers }: Stage): boolean {
  const quantities: readonly ((layer: Layer) => number)[] = [
    (layer) => layer.compressedSize ?? 0,
    (layer) => layer.uncompressedSize,
    (layer) => layer.fileBytes,
  ]
  // A sum beyond the safe integers is rounded, but never back to below them: no addend is negative.
  return quantities.every((of) => Number.isSafeInteger(layers.reduce((total, layer) => total + of(layer), 0)))
}
