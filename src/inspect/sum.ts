import type { Layer, Totals } from './footprint.ts'

/** Null as soon as one of them is not known. */
export function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}

/** What layers weigh together. */
export function sumOfLayers(layers: readonly Layer[]): Pick<Totals, 'compressedSize' | 'uncompressedSize' | 'fileBytes' | 'entries'> {
  const sum = (pick: (layer: Layer) => number): number => layers.reduce((total, layer) => total + pick(layer), 0)
  return {
    compressedSize: sumOf(layers.map((layer) => layer.compressedSize)),
    uncompressedSize: sum((layer) => layer.uncompressedSize),
    fileBytes: sum((layer) => layer.fileBytes),
    entries: sum((layer) => layer.entries),
  }
}
