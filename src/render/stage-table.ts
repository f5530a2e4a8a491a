/** One stage layer by layer, as rows that every form of the report lays out in its own way. Pure. */
import type { Layer, Stage } from '../inspect/footprint.ts'
import { sumOf } from './headline.ts'
import { formatCount } from './units.ts'

export interface StageRow {
  readonly kind: 'base' | 'layer' | 'total'
  /** Line of the Dockerfile; null for sums and where it is not known. */
  readonly line: number | null
  /** Foreign text, not escaped: the base's reference or the instruction. Empty where there is none. */
  readonly foreign: string
  /** Our own words about the row. */
  readonly words: string
  readonly compressedSize: number | null
  readonly uncompressedSize: number
  readonly fileBytes: number
  readonly entries: number
}

/** Layers of the base are one row: this Dockerfile cannot change them one by one. The rows add up to the last. */
export function stageRows(stage: Stage): readonly StageRow[] {
  const base = stage.layers.filter((layer) => layer.origin === 'base')
  const above = stage.layers.filter((layer) => layer.origin !== 'base')
  return [
    ...(base.length === 0
      ? []
      : [sumRow('base', base, stage.base?.reference ?? '', `base image, ${formatCount(base.length, 'layer')}`)]),
    ...above.map(
      (layer): StageRow => ({
        kind: 'layer',
        line: layer.instruction?.line ?? null,
        foreign: layer.instruction?.text ?? '',
        words: wordsOf(layer),
        compressedSize: layer.compressedSize,
        uncompressedSize: layer.uncompressedSize,
        fileBytes: layer.fileBytes,
        entries: layer.entries,
      }),
    ),
    sumRow('total', stage.layers, '', `total, ${formatCount(stage.layers.length, 'layer')}`),
  ]
}

function wordsOf(layer: Layer): string {
  return [
    ...(layer.instruction === null ? ['line not known'] : []),
    ...(layer.origin === 'inherited' ? ['inherited'] : []),
  ].join(', ')
}

function sumRow(kind: 'base' | 'total', layers: readonly Layer[], foreign: string, words: string): StageRow {
  return {
    kind,
    line: null,
    foreign,
    words,
    compressedSize: sumOf(layers, (layer) => layer.compressedSize),
    uncompressedSize: sumOf(layers, (layer) => layer.uncompressedSize) ?? 0,
    fileBytes: sumOf(layers, (layer) => layer.fileBytes) ?? 0,
    entries: sumOf(layers, (layer) => layer.entries) ?? 0,
  }
}
