/** Sentences and phrases about causes, with the names and numbers of a comparison. Pure. */
import type { CodecChange } from '../compare/comparison-note.ts'
import type { BaseImageChange, Cause, SourceImage, StageChange } from '../compare/comparison.ts'
import { sameReferenceAs } from '../compare/given.ts'
import type { Base } from '../record/footprint.ts'
import { causePhrases, notCounted } from './cause-phrases.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'

/**
 * Returns the words for a cause in a sentence.
 *
 * @param moved the base image that moved, to name it; null if it is not clear which one is the cause
 */
export function causeWithBase(cause: Cause, moved: BaseImageChange | null, name: Name): string {
  const { from } = causePhrases[cause]
  if (cause !== 'base-image' || !moved?.after) return from
  return `${from} ${name(moved.after.reference)}${digestsOf(moved.before, moved.after, name)}`
}

/**
 * Returns what happened to the base image, such as `moved (sha256:abc… → sha256:def…)`. Null if it is the same or this
 * is not known.
 */
export function baseImagePhrase({ kind, before, after }: BaseImageChange, name: Name): string | null {
  if (kind === 'moved') return `moved${digestsOf(before, after, name)}`
  // The image differs, and it is not known whether it moved or its name was edited.
  if (kind === 'unknown' && before && after) return `differs${digestsOf(before, after, name)}, not known why`
  if (kind !== 'edited') return null
  if (before !== null && before.reference !== after?.reference) return `in place of ${name(before.reference)}`
  const isSameIndex = (before?.digest ?? null) !== null && before?.digest === after?.digest
  return isSameIndex ? 'taken for another platform' : 'edited'
}

/** Returns ` (sha256:abc… → sha256:def…)`, or an empty string if one of them is not known. */
function digestsOf(before: Base | null, after: Base | null, name: Name): string {
  const [from, to] = [shortDigest(before), shortDigest(after)]
  return from === null || to === null || from === to ? '' : ` (${name(from)} → ${name(to)})`
}

function shortDigest(base: Base | null): string | null {
  return base?.digest ? `${base.digest.slice(0, 'sha256:'.length + 8)}…` : null
}

/** Returns the words in the row of a layer whose compression changed. */
export const codecPhrase = ({ before, after }: CodecChange): string => `${before} to ${after}: ${notCounted}`

/** Returns a sentence about the layers of a stage whose compression changed, or null if there are none. */
export function codecSentence({ layers }: StageChange): string | null {
  const codecs = layers.flatMap(({ codec }) => (codec ? [codec] : []))
  const [first] = codecs
  if (!first) return null
  const { length } = codecs
  return `The compression of ${formatCount(length, 'layer')} changed from ${first.before} to ${first.after}, so ${length === 1 ? 'its' : 'their'} change in size to pull is ${notCounted}.`
}

/** Returns a sentence about layers whose compression changed anywhere in the images. */
export function codecsSentence(codecs: readonly CodecChange[]): string {
  const changes = codecs.map(({ before, after }) => `from ${before} to ${after}`).join(', ')
  return `The compression of layers changed (${changes}). What they grow or shrink to pull is ${notCounted}; what they grow or shrink unpacked is.`
}

/**
 * Returns a sentence about layers whose cause cannot be determined.
 *
 * @param fromHistory whether both sides are images without provenance
 */
export function unknownCausesSentence(layers: number, fromHistory: boolean): string {
  const these = `${formatCount(layers, 'layer')} ${layers === 1 ? 'differs' : 'differ'}`
  return fromHistory
    ? `It is not known why ${these}, because the images have no provenance. Build both with --provenance=mode=max and push them, and the causes are known.`
    : `It is not known why ${these}: it may be this change, rebuild drift or a moved image. For example, a stage was not built, a build argument has another value, or a RUN mounts files of the build context.`
}

/**
 * Returns the words in the row of a layer that the same instruction made on both sides, if only the histories of two
 * images are known. They say what is certain.
 */
export function sameInstructionPhrase(keyword: string, layersBelow: 'same' | 'differ'): string {
  if (keyword === 'RUN') return `same command on ${layersBelow === 'same' ? 'the same' : 'other'} layers below`
  return 'same instruction, other files'
}

/**
 * Returns the images that moved, as far as steps that differ take files from them by a tag. If a record does not have the
 * digest of an image, only its move can have given a COPY other files.
 */
export const movedSources = (stages: readonly StageChange[]): readonly SourceImage[] =>
  sourcesOf(stages, ({ via, moved }, cause) => moved ?? (cause === 'base-image' && via === 'copy'))

/** Returns the images that may have moved, and of which a record does not have the digest. */
export const perhapsMovedSources = (stages: readonly StageChange[]): readonly SourceImage[] =>
  sourcesOf(stages, ({ via, moved }, cause) => moved === null && (cause === 'unknown' || via === 'mount'))

function sourcesOf(
  stages: readonly StageChange[],
  isWanted: (image: SourceImage, cause: Cause | null) => boolean,
): readonly SourceImage[] {
  const found = stages.flatMap(({ layers }) =>
    layers.flatMap(({ images = [], cause }) => images.filter((image) => isWanted(image, cause))),
  )
  return [...new Map(found.map((image) => [sameReferenceAs(image.reference), image])).values()]
}

/** Returns whether layers differ, and the cause of none of them is known. */
export function hasOnlyUnknown({ layers }: StageChange): boolean {
  const causes = new Set(layers.map(({ cause }) => cause).filter((cause) => cause !== null))
  return causes.size === 1 && causes.has('unknown')
}
