/**
 * Sums of growth. The growth of each layer counts for exactly one cause, so the parts of each quantity add up to its
 * total.
 */
import { FootprintError } from '../errors.ts'
import { layerCompression } from '../oci/media-type.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Layer, Stage } from '../record/footprint.ts'
import { pulledOnce, repeatedLayers, sumOf } from '../record/layer-sums.ts'
import type { CodecChange } from './comparison-note.ts'
import type { Cause, Growth, LayerChange, SplitGrowth } from './comparison.ts'

const none: Growth = { compressedSize: 0, uncompressedSize: 0, fileBytes: 0, layers: 0 }

/**
 * Returns the compressions of a layer's two blobs, or null if they are the same. An unknown media type stands for
 * itself.
 */
export function codecChange(before: Layer | null, after: Layer | null): CodecChange | null {
  if (before === null || after === null) return null
  // An engine that stores layers unpacked does not say how it would compress them.
  if (before.compressedSize === null || after.compressedSize === null) return null
  const codecs = { before: codecOf(before), after: codecOf(after) }
  return codecs.before === codecs.after ? null : codecs
}

const codecOf = ({ mediaType }: Layer): string => layerCompression(mediaType) ?? mediaType

/** Returns how many bytes a layer adds to the bytes to pull. Null if this is not known. */
export type PulledSize = (layer: Layer) => number | null

const ownSize: PulledSize = ({ compressedSize }) => compressedSize

/**
 * Returns a function for the bytes that each layer adds to the bytes to pull. A blob that several layers of a side have
 * is pulled once. If both sides have it, it counts as no growth, wherever its layers are. If one side has it, it counts
 * for its first layer there. The growths therefore add up to the growth of the totals.
 */
export function pulledSizes(before: readonly Layer[], after: readonly Layer[]): PulledSize {
  const repeated = new Set([...repeatedLayers(before), ...repeatedLayers(after)].map(({ digest }) => digest))
  if (repeated.size === 0) return ownSize
  const [inBefore, inAfter] = [firstByDigest(before), firstByDigest(after)]
  const isOnBothSides = ({ digest }: Layer): boolean => {
    const one = inBefore.get(digest)
    return one !== undefined && one.compressedSize === inAfter.get(digest)?.compressedSize
  }
  const sizes = new Map(
    [before, after].flatMap((layers) => {
      const once = pulledOnce(layers)
      return layers.flatMap((layer, position) =>
        repeated.has(layer.digest) ? [[layer, isOnBothSides(layer) ? 0 : (once[position] ?? null)] as const] : [],
      )
    }),
  )
  return (layer) => sizes.get(layer) ?? (sizes.has(layer) ? null : layer.compressedSize)
}

/** Returns the first layer with each digest. */
function firstByDigest(layers: readonly Layer[]): ReadonlyMap<Layer['digest'], Layer> {
  return new Map(layers.toReversed().map((layer) => [layer.digest, layer]))
}

/** Returns after minus before. A null layer does not exist on that side. */
export function growthOf(before: Layer | null, after: Layer | null, pulled: PulledSize = ownSize): Growth {
  return {
    compressedSize: compressedGrowth(before, after, pulled),
    uncompressedSize: unpackedGrowth(before, after, ({ uncompressedSize }) => uncompressedSize),
    fileBytes: unpackedGrowth(before, after, ({ fileBytes }) => fileBytes),
    layers: (after === null ? 0 : 1) - (before === null ? 0 : 1),
  }
}

/**
 * Returns the growth of an unpacked size. One diffID is one tar archive, so the growth is 0 even if the sizes are not
 * known.
 */
function unpackedGrowth(before: Layer | null, after: Layer | null, of: (layer: Layer) => number | null): number | null {
  const [from, to] = [before === null ? 0 : of(before), after === null ? 0 : of(after)]
  if (from === null || to === null) return before?.diffId === after?.diffId ? 0 : null
  return to - from
}

function compressedGrowth(before: Layer | null, after: Layer | null, pulled: PulledSize): number | null {
  if (codecChange(before, after) !== null) return null
  const [from, to] = [before === null ? 0 : pulled(before), after === null ? 0 : pulled(after)]
  if (from !== null && to !== null) return to - from
  return before !== null && after !== null && isSameBlob(before, after) ? 0 : null
}

/**
 * Returns whether two layers are stored as the same blob. An uncompressed blob is the tar archive itself, so an equal
 * diffID means an equal blob even if a digest is not known. Records of earlier versions do not have the size of such a
 * blob.
 */
export function isSameBlob(before: Layer, after: Layer): boolean {
  const isUnpacked = before.diffId === after.diffId && codecOf(before) === 'none' && codecOf(after) === 'none'
  if (before.compressedSize !== after.compressedSize) {
    return (
      isUnpacked && before.digest === after.digest && (before.compressedSize === null || after.compressedSize === null)
    )
  }
  return (before.digest !== null && before.digest === after.digest) || isUnpacked
}

/**
 * Returns the total growth and its parts by cause. A layer without a cause did not grow, or its growth is not known, or
 * other file times compress to other sizes, which counts as drift unless the change had the step run again.
 */
export function splitGrowth(layers: readonly Pick<LayerChange, 'cause' | 'growth' | 'isRerun'>[]): SplitGrowth {
  const byCause: Record<Cause, Growth> = { change: none, 'base-image': none, drift: none, unknown: none }
  for (const { cause, growth, isRerun } of layers) {
    const part = cause ?? (isRerun ? 'change' : growth.compressedSize === null ? 'unknown' : 'drift')
    byCause[part] = addGrowth(byCause[part], growth)
  }
  return { total: Object.values(byCause).reduce(addGrowth, none), byCause }
}

function addGrowth(a: Growth, b: Growth): Growth {
  return {
    compressedSize: sumOf([a.compressedSize, b.compressedSize]),
    uncompressedSize: sumOf([a.uncompressedSize, b.uncompressedSize]),
    fileBytes: sumOf([a.fileBytes, b.fileBytes]),
    layers: a.layers + b.layers,
  }
}

/**
 * Checks that all sums of sizes are exact. Every sum for a stage lies between minus the size of its layers before and
 * plus their size after. If both are safe integers, no sum loses precision.
 *
 * @param side the side of the comparison, for the message
 * @throws FootprintError UNREADABLE_INPUT if the layers of a stage are larger
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
    (layer) => layer.uncompressedSize ?? 0,
    (layer) => layer.fileBytes ?? 0,
  ]
  // A sum beyond the safe integers is rounded but never falls below them, because no addend is negative.
  return quantities.every((of) => Number.isSafeInteger(layers.reduce((total, layer) => total + of(layer), 0)))
}
