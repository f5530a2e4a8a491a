/** Figures of layers, and their sums. Pure. */
import type { LayerIndex } from '../layer/layer-index.ts'
import type { Layer, Totals } from './footprint.ts'

type Figures = Pick<Layer, 'uncompressedSize' | 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'>

/**
 * Returns the figures that come from the bytes of a layer. All of them are null if the source does not contain the
 * layer.
 */
export function figuresOf(index: LayerIndex | null): Figures {
  if (index === null)
    return { uncompressedSize: null, fileBytes: null, entries: null, whiteouts: null, opaqueWhiteouts: null }
  const { uncompressedSize, fileBytes, entries, whiteouts, opaqueWhiteouts } = index
  return { uncompressedSize, fileBytes, entries, whiteouts, opaqueWhiteouts }
}

/** Returns the sum, or null if one of the values is unknown. */
export function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

/** Returns the totals of these layers. Each blob is pulled only once, but unpacked as often as it is listed. */
export function sumOfLayers(
  layers: readonly Layer[],
): Pick<Totals, 'compressedSize' | 'uncompressedSize' | 'fileBytes' | 'entries'> {
  const sum = (pick: (layer: Layer) => number | null): number | null => sumOf(layers.map(pick))
  return {
    compressedSize: sumOf(pulledOnce(layers)),
    uncompressedSize: sum(({ uncompressedSize }) => uncompressedSize),
    fileBytes: sum(({ fileBytes }) => fileBytes),
    entries: sum(({ entries }) => entries),
  }
}

/**
 * Returns how many bytes each layer adds to a download: its size, or 0 if its blob is already present or comes with an
 * earlier layer of the list. Clients identify blobs by digest.
 *
 * @param present layers that are already present
 */
export function pulledOnce(layers: readonly Layer[], present: readonly Layer[] = []): readonly (number | null)[] {
  const have = new Set(present.map(({ digest }) => digest))
  return layers.map(({ digest, compressedSize }) => {
    if (digest === null) return compressedSize
    if (have.has(digest)) return 0
    have.add(digest)
    return compressedSize
  })
}

/** Returns what several images take together. Each layer that they share counts once. */
export function sumOfImages(
  images: readonly { readonly layers: readonly Layer[] }[],
): Pick<Totals, 'compressedSize' | 'uncompressedSize'> {
  const layers = images.flatMap((image) => image.layers)
  const contents = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()]
  return {
    compressedSize: sumOf(pulledOnce(layers)),
    uncompressedSize: sumOf(contents.map(({ uncompressedSize }) => uncompressedSize)),
  }
}

/**
 * Returns how many bytes each layer of a stage adds to a download if its base image is already present. The base's own
 * layers add 0.
 */
export function pulledAboveBase(layers: readonly Layer[]): ReadonlyMap<Layer, number | null> {
  const base = layers.filter(({ origin }) => origin === 'base')
  const above = layers.filter(({ origin }) => origin !== 'base')
  const sizes = pulledOnce(above, base)
  return new Map([
    ...base.map((layer) => [layer, 0] as const),
    ...above.map((layer, position) => [layer, sizes[position] ?? null] as const),
  ])
}

/** Returns the layers whose blob also belongs to an earlier layer of the same image. */
export function repeatedLayers(layers: readonly Layer[]): readonly Layer[] {
  const seen = new Set<string>()
  return layers.filter(({ digest }) => {
    if (digest === null) return false
    const isRepeated = seen.has(digest)
    seen.add(digest)
    return isRepeated
  })
}
