/** Says what happened to the layer of a row, and why. Pure. */
import type { Cause } from '../compare/comparison.ts'
import { keywordOf } from '../compare/instruction-text.ts'
import { otherBlobOf } from '../compare/other-blob.ts'
import { causePhrases, otherBlobPhrases } from './cause-phrases.ts'
import { baseImagePhrase, codecPhrase, sameInstructionPhrase } from './cause-sentences.ts'
import { isCopied, type GrowthRow } from './growth-rows.ts'
import type { Name } from './sentences.ts'

/** Returns what happened to the layer of a row, and why. */
export function statusWords(row: GrowthRow, name: Name): string[] {
  const recoded = row.codec === null ? [] : [codecPhrase(row.codec)]
  if (row.kind === 'base') return [[baseWords(row, name), ...recoded].join(', ')]
  const phrase =
    row.cause === null || (row.noneIsKnown && row.cause === 'unknown') ? null : causeOfRow(row.cause, row, name)
  const cause = sameInstructionWords(row) ?? phrase
  const otherBlob = otherBlobOf({ ...row, kind: row.status })
  return [
    ...(row.status === 'added'
      ? ['new layer']
      : row.status === 'removed'
        ? ['layer removed']
        : row.edited
          ? ['instruction edited']
          : []),
    ...(row.moved ? ['moved to another place'] : []),
    ...(otherBlob === null ? [] : [otherBlobPhrases[otherBlob]]),
    ...(cause === null ? [] : [isCompressedAgain(row) ? otherBlobPhrases.compression : cause]),
    ...recoded,
  ]
}

function causeOfRow(cause: Cause, row: GrowthRow, name: Name): string | null {
  const { images } = row
  const moved = images.find(({ via, moved }) => moved ?? via === 'copy')
  if (cause === 'base-image' && moved !== undefined) return `the image ${name(moved.reference)} moved`
  if (cause === 'base-image' && isCopied(row)) return 'other files in the stage, since an image moved'
  const [mounted, ...others] = cause === 'drift' ? images.filter(({ moved }) => moved === null) : []
  if (mounted === undefined) return causePhrases[cause].row
  return `${causePhrases.drift.row}, or ${others.length === 0 ? name(mounted.reference) : 'an image that it mounts'} moved`
}

/** Returns what is certain if the cause is not known, because only the histories of two images are known. */
function sameInstructionWords({ cause, status, before, after, layersBelow }: GrowthRow): string | null {
  const [from, to] = [before?.instruction, after?.instruction]
  if (cause !== 'unknown' || status !== 'changed' || !from || !to) return null
  if (from.line !== null || to.line !== null || from.text !== to.text) return null
  return sameInstructionPhrase(keywordOf(to.text), layersBelow)
}

/** Returns whether the same archive is compressed to another size. */
function isCompressedAgain({ cause, before, after }: GrowthRow): boolean {
  return cause === 'drift' && before !== null && before.diffId === after?.diffId
}

const endNotKnown =
  'cause not known: one side does not say where its base image ends, so layers of the Dockerfile may be among these'

function baseWords({ baseImage, isEndNotKnown, cause }: GrowthRow, name: Name): string {
  const phrase = baseImage === null ? null : baseImagePhrase(baseImage, name)
  // Only another compression of the same archive counts as drift of a base image.
  if (cause === 'drift') return otherBlobPhrases.compression
  return phrase ?? (isEndNotKnown ? endNotKnown : 'cause not known')
}
