/** One stage layer by layer, as rows that each report format lays out in its own way. Pure. */
import type { Growth, StageChange } from '../compare/comparison.ts'
import { otherBlobOf } from '../compare/other-blob.ts'
import { joinLines } from '../dockerfile/instructions.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { pulledAboveBase, sumOfLayers } from '../record/layer-sums.ts'
import { otherBlobPhrases } from './cause-phrases.ts'
import { changeRows, isBase, type GrowthRow } from './growth-rows.ts'
import { otherBlobNoun, otherBlobs } from './other-blobs.ts'
import { formatCount } from './units.ts'

/** A row of a stage's table. */
export interface StageRow {
  readonly kind: 'base' | 'layer' | 'total'
  /** Line of the Dockerfile. Null for sums and if it is not known. */
  readonly line: number | null
  /** The base's reference or the instruction, not escaped. Untrusted text; empty if there is none. */
  readonly foreign: string
  /** Our own words about the row. */
  readonly words: string
  readonly compressedSize: number | null
  readonly uncompressedSize: number | null
  readonly fileBytes: number | null
  readonly entries: number | null
}

/**
 * Returns the rows of a stage. All layers of the base are one row, because this Dockerfile cannot change them
 * separately. The last row is the sum of the others.
 */
export function stageRows(stage: Stage): readonly StageRow[] {
  const base = stage.layers.filter((layer) => layer.origin === 'base')
  const above = stage.layers.filter((layer) => layer.origin !== 'base')
  const pulled = pulledAboveBase(stage.layers)
  return [
    ...(base.length === 0
      ? []
      : [sumRow('base', base, stage.base?.reference ?? '', `base image, ${formatCount(base.length, 'layer')}`)]),
    ...above.map((layer) => layerRow(layer, pulled)),
    sumRow('total', stage.layers, '', `total, ${formatCount(stage.layers.length, 'layer')}`),
  ]
}

/** A row of a stage's table with its growth. */
export interface ChangedStageRow extends StageRow {
  readonly status: GrowthRow['status']
  /** Null if nothing differs. */
  readonly growth: Growth | null
  /** Whether it is compressed differently than before, so that its growth to pull is not counted. */
  readonly recoded: boolean
}

/** Returns the rows of the head's stage with their growth, and those of removed layers with the baseline's sizes. */
export function changedStageRows(change: StageChange): readonly ChangedStageRow[] {
  const { before, after, growth } = change
  if (!after) return []
  const pulled = new Map([...pulledAboveBase(before?.layers ?? []), ...pulledAboveBase(after.layers)])
  const rows = changeRows(change)
  const plain = stageRows(after)
  const same = rows.every(({ status }) => status === 'same')
  const total = plain.at(-1)
  return [
    ...rows.flatMap((row): ChangedStageRow[] => {
      const stageRow =
        row.kind === 'base' ? (plain.find(({ kind }) => kind === 'base') ?? baseOf(change)) : layerOf(row, pulled)
      const changed = {
        status: row.status,
        // Other file times may compress to a few bytes more, without which the column would not add up.
        growth: row.status === 'same' && (row.growth.compressedSize ?? 0) === 0 ? null : row.growth,
        recoded: row.codec !== null,
      }
      return stageRow
        ? [
            {
              ...stageRow,
              ...changed,
              words: [stageRow.words, ...changeWords(row)].filter((word) => word !== '').join(', '),
            },
          ]
        : []
    }),
    ...(total
      ? [
          {
            ...total,
            status: 'changed' as const,
            growth: same ? null : growth.total,
            recoded: rows.some(({ codec }) => codec !== null),
          },
        ]
      : []),
  ]
}

/** Returns the row of a base image that only the baseline knows. */
function baseOf({ layers, before }: StageChange): StageRow {
  const ofHead = layers.filter(isBase).flatMap(({ after }) => after ?? [])
  const isCertain = layers.every(({ inBase }) => inBase !== 'possible')
  const words = `${isCertain ? '' : 'perhaps '}base image, ${formatCount(ofHead.length, 'layer')}`
  return sumRow('base', ofHead, before?.base?.reference ?? '', words)
}

/** Returns the words for a stage of which no layer grew or has other contents. */
export function levelWords(change: StageChange): string {
  return otherBlobs(change).length === 0 ? 'as before' : `unchanged except for ${otherBlobNoun([change])}`
}

/** Returns the rows of such a stage. Layers that a client pulls again say why. */
export function levelRows(stage: Stage, change: StageChange): readonly StageRow[] {
  return otherBlobs(change).length === 0 ? stageRows(stage) : changedStageRows(change)
}

function layerOf({ after, before }: GrowthRow, pulled: PulledSizes): StageRow | null {
  const layer = after ?? before
  return layer && layerRow(layer, pulled)
}

function changeWords(row: GrowthRow): string[] {
  const { status, edited, moved } = row
  const otherBlob = otherBlobOf({ ...row, kind: status })
  return [
    ...(status === 'added' ? ['new'] : []),
    ...(status === 'removed' ? ['removed'] : []),
    ...(edited ? ['edited'] : []),
    ...(moved ? ['moved'] : []),
    // Without a word, a row without growth would look unchanged.
    ...(otherBlob === null ? [] : [otherBlobPhrases[otherBlob]]),
    ...(status === 'changed' && !edited && !moved && isLevel(row) ? ['other contents'] : []),
  ]
}

const isLevel = ({ growth: { compressedSize, uncompressedSize }, codec }: GrowthRow): boolean =>
  compressedSize === 0 && uncompressedSize === 0 && codec === null

type PulledSizes = ReturnType<typeof pulledAboveBase>

function layerRow(layer: Layer, pulled: PulledSizes): StageRow {
  const compressedSize = pulled.get(layer) ?? null
  return {
    kind: 'layer',
    line: layer.instruction?.line ?? null,
    foreign: layer.instruction === null ? '' : joinLines(layer.instruction.text),
    words: wordsOf(layer, compressedSize !== layer.compressedSize),
    compressedSize,
    uncompressedSize: layer.uncompressedSize,
    fileBytes: layer.fileBytes,
    entries: layer.entries,
  }
}

function wordsOf(layer: Layer, isRepeated: boolean): string {
  return [
    ...(layer.instruction === null ? ['line not known'] : []),
    ...(layer.origin === 'inherited' ? ['inherited'] : []),
    ...(isRepeated ? ['listed again'] : []),
  ].join(', ')
}

function sumRow(kind: 'base' | 'total', layers: readonly Layer[], foreign: string, words: string): StageRow {
  return {
    kind,
    line: null,
    foreign,
    words,
    ...sumOfLayers(layers),
  }
}
