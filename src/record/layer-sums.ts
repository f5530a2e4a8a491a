import type { LayerIndex } from '../layer/layer-index.ts'
import type { Layer, Totals } from './footprint.ts'

type Figures = Pick<Layer, 'uncompressedSize' | 'fileBytes' | 'entries' | 'whiteouts' | 'opaqueWhiteouts'>

/** What the bytes of a layer tell, all of it null where the source does not hold them. */
export function figuresOf(index: LayerIndex | null): Figures {
  if (index === null)
    return { uncompressedSize: null, fileBytes: null, entries: null, whiteouts: null, opaqueWhiteouts: null }
  const { uncompressedSize, fileBytes, entries, whiteouts, opaqueWhiteouts } = index
  return { uncompressedSize, fileBytes, entries, whiteouts, opaqueWhiteouts }
}

/** Null as soon as one of them is not known. */
export function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

/** What layers weigh together: each blob is pulled once and unpacked as often as it is listed. */
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
 * What each layer adds to the bytes to pull: its size, and 0 for a blob that is there already or that an earlier layer
 * of the list brings. Clients go by digest.
 *
 * @param present layers that are there already
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

/** What each layer of a stage adds to the bytes to pull above its base image; 0 for the base's own. */
export function pulledAboveBase(layers: readonly Layer[]): ReadonlyMap<Layer, number | null> {
  const base = layers.filter(({ origin }) => origin === 'base')
  const above = layers.filter(({ origin }) => origin !== 'base')
  const sizes = pulledOnce(above, base)
  return new Map([
    ...base.map((layer) => [layer, 0] as const),
    ...above.map((layer, position) => [layer, sizes[position] ?? null] as const),
  ])
}

/** Layers whose blob an earlier layer of the same image has. */
export function repeatedLayers(layers: readonly Layer[]): readonly Layer[] {
  const seen = new Set<string>()
  return layers.filter(({ digest }) => {
    if (digest === null) return false
    const isRepeated = seen.has(digest)
    seen.add(digest)
    return isRepeated
  })
}
