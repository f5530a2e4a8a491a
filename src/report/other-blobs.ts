/** Words for layers whose contents did not change, although a client pulls them again. Pure. */
import type { ImageComparison, StageChange } from '../compare/comparison.ts'
import { otherBlobOf, type OtherBlob } from '../compare/other-blob.ts'
import { changeRows, type GrowthRow } from './growth-rows.ts'
import { formatBytes, formatCount } from './units.ts'

/** A layer whose contents are the same, as a row. */
export interface OtherBlobRow {
  readonly row: GrowthRow
  readonly otherBlob: OtherBlob
}

/** Returns such layers of a stage as rows. Those of the base image have none. */
export function otherBlobRows(stage: StageChange): readonly OtherBlobRow[] {
  return changeRows(stage).flatMap((row) => {
    const otherBlob = otherBlobOf({ ...row, kind: row.status })
    return otherBlob === null ? [] : [{ row, otherBlob }]
  })
}

/** Returns what differs in each such layer of a stage. */
export function otherBlobs({ layers }: StageChange): readonly OtherBlob[] {
  return layers.flatMap((layer) => otherBlobOf(layer) ?? [])
}

/**
 * Returns the words for images without other contents. Their configs may differ, such as by a `CMD`. A client may pull a
 * layer again all the same, and of builder stages without figures nothing is known.
 */
export function unchangedWords(images: readonly Pick<ImageComparison, 'final' | 'hasUnknownStages'>[]): string {
  const noun = otherBlobNoun(images.map(({ final }) => final))
  const but = noun === null ? '' : ` except for ${noun}`
  if (!images.some(({ hasUnknownStages }) => hasUnknownStages)) return `no layer changed${but}`
  const finals = images.length === 1 ? 'final stage' : 'final stages'
  if (noun !== null) return `no layer changed${but} in the ${finals}`
  return `the ${finals} ${images.length === 1 ? 'has' : 'have'} the same size`
}

/** Returns whether a stage differs, and only in the times of files. */
export function hasOnlyOtherTimes(stage: StageChange): boolean {
  const kinds = otherBlobs(stage)
  return (
    kinds.length > 0 &&
    kinds.every((kind) => kind === 'file-times') &&
    stage.layers.every(({ kind, moved }) => kind === 'same' && !moved)
  )
}

/** Returns what differs in layers with the same contents, such as `file times`. Null if there are no such layers. */
export const otherBlobNoun = (stages: readonly StageChange[]): string | null => nounOf(stages.flatMap(otherBlobs))

/** Returns the same for the layers that the change did not have made again. */
export const driftedBlobNoun = (stages: readonly StageChange[]): string | null =>
  nounOf(stages.flatMap(({ layers }) => layers.flatMap((layer) => (layer.isRerun ? [] : (otherBlobOf(layer) ?? [])))))

function nounOf(all: readonly OtherBlob[]): string | null {
  const kinds = new Set(all)
  if (kinds.size === 0) return null
  return kinds.size === 2 ? 'file times and compression' : kinds.has('file-times') ? 'file times' : 'compression'
}

/**
 * Returns what a client pulls again, although no contents changed. Null if that is nothing. Only for a single image, it
 * has the bytes, because images may share layers.
 */
export function otherBlobsSentence(images: readonly Pick<ImageComparison, 'final' | 'pullCost'>[]): string | null {
  const finals = images.map(({ final }) => final)
  const noun = otherBlobNoun(finals)
  if (noun === null) return null
  const bytes = images.length === 1 ? (images[0]?.pullCost.fromBaseline ?? null) : null
  const count = formatCount(finals.flatMap(otherBlobs).length, 'layer')
  const pull = bytes === null ? '' : `: a client that has the previous image downloads ${formatBytes(bytes)}`
  return `Only ${noun} ${noun === 'compression' ? 'differs' : 'differ'}, in ${count}${pull}.`
}
