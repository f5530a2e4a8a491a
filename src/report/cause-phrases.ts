/**
 * The words for each cause of growth: the change, a moved base image, rebuild drift, an unknown cause and another
 * compression. Rows, sentences and budgets all use these. Pure.
 */
import type { BaseImageChange, Cause, LayerChange, StageChange } from '../compare/comparison.ts'
import type { Base } from '../record/footprint.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'

/** The words for a cause at different places of a report. */
export interface CausePhrase {
  /** The cause as a noun, such as `this change`. */
  readonly noun: string
  /** Follows "from", as in `+603 kB from this change`. */
  readonly from: string
  /** Follows "it would pass without". */
  readonly without: string
  /** The words in the row of a layer. Null if the row needs none. */
  readonly row: string | null
}

const eitherOne = 'this change or rebuild drift'

/** The words for each cause. */
export const causePhrases: Readonly<Record<Cause, CausePhrase>> = {
  change: { noun: 'this change', from: 'this change', without: 'what this change adds', row: null },
  'base-image': {
    noun: 'the moved base image',
    from: 'the moved base image',
    without: 'the moved base image',
    row: 'ran again on the moved base image',
  },
  drift: {
    noun: 'rebuild drift',
    from: 'rebuild drift',
    without: 'rebuild drift',
    row: 'rebuild drift: same step, different bytes',
  },
  unknown: {
    noun: eitherOne,
    from: `${eitherOne}, not known which`,
    without: `what ${eitherOne} adds`,
    row: `${eitherOne}, not known which`,
  },
}

/** Used in a row instead of the words for drift if only the times of files differ. */
export const onlyTimesDiffer = 'same contents, different file times'

/** Returns the words for a cause in a sentence. They name the base image that moved. */
export function causeWithBase(cause: Cause, { before, after }: BaseImageChange, name: Name): string {
  const { from } = causePhrases[cause]
  return cause === 'base-image' && after ? `${from} ${name(after.reference)}${digestsOf(before, after, name)}` : from
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
  return before === null || before.reference === after?.reference ? 'edited' : `replaced ${name(before.reference)}`
}

/** Returns ` (sha256:abc… → sha256:def…)`, or an empty string if one of them is not known. */
function digestsOf(before: Base | null, after: Base | null, name: Name): string {
  const [from, to] = [shortDigest(before), shortDigest(after)]
  return from === null || to === null || from === to ? '' : ` (${name(from)} → ${name(to)})`
}

function shortDigest(base: Base | null): string | null {
  return base?.digest ? `${base.digest.slice(0, 'sha256:'.length + 8)}…` : null
}

/** Returns the words in the row of a layer whose compression changed. Its growth to pull is not counted. */
export function codecPhrase({ before, after }: NonNullable<LayerChange['codec']>): string {
  return `${before} to ${after}: not counted`
}

/**
 * Returns a sentence about layers whose cause cannot be determined.
 *
 * @param fromHistory whether both sides are images without provenance
 */
export function unknownCausesSentence(layers: number, fromHistory: boolean): string {
  const why = fromHistory
    ? 'the history of an image does not say where a COPY takes its files from, or what a RUN mounts, so drift and the change cannot be told apart. The provenance of images that are built with --provenance=mode=max says so'
    : 'the records do not contain the instructions or their inputs, so drift and the change cannot be told apart'
  return `It is not known why ${formatCount(layers, 'layer')} ${layers === 1 ? 'differs' : 'differ'}: ${why}.`
}

/**
 * Returns the words in the row of a layer that the same instruction made on both sides, if only the histories of two
 * images are known. They say what is certain.
 */
export function sameInstructionPhrase(keyword: string, layersBelow: 'same' | 'differ'): string {
  if (keyword === 'RUN') return `same command on ${layersBelow === 'same' ? 'the same' : 'other'} layers below`
  return 'same instruction, other files'
}

/** Returns whether layers differ, and the cause of none of them is known. */
export function hasOnlyUnknown({ layers }: StageChange): boolean {
  const causes = new Set(layers.map(({ cause }) => cause).filter((cause) => cause !== null))
  return causes.size === 1 && causes.has('unknown')
}
