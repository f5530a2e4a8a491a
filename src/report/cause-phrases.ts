/**
 * The words for each cause of growth: the change, a moved base image, rebuild drift, a cause that is not known, another
 * compression. Rows, sentences and budgets all take them from here. Pure.
 */
import type { BaseImageChange, Cause, LayerChange } from '../compare/comparison.ts'
import type { Base } from '../record/footprint.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'

export interface CausePhrase {
  /** Follows "from", as in `+603 kB from this change`. */
  readonly from: string
  /** Follows "it would pass without". */
  readonly without: string
  /** Stands in the row of a layer; null if the row needs no words for it. */
  readonly row: string | null
}

const eitherOne = 'this change or rebuild drift'

export const causePhrases: Readonly<Record<Cause, CausePhrase>> = {
  change: { from: 'this change', without: 'what this change adds', row: null },
  'base-image': {
    from: 'the moved base image',
    without: 'the moved base image',
    row: 'ran again on the moved base image',
  },
  drift: { from: 'rebuild drift', without: 'rebuild drift', row: 'rebuild drift: same step, different bytes' },
  unknown: {
    from: `${eitherOne}, not known which`,
    without: `what ${eitherOne} adds`,
    row: `${eitherOne}, not known which`,
  },
}

/** Stands in a row in place of that for drift if files have other times, and nothing else differs. */
export const onlyTimesDiffer = 'same contents, different file times'

/** As in a sentence, with the base image that moved. */
export function causeWithBase(cause: Cause, { before, after }: BaseImageChange, name: Name): string {
  const { from } = causePhrases[cause]
  return cause === 'base-image' && after ? `${from} ${name(after.reference)}${digestsOf(before, after, name)}` : from
}

/** What the base image did, such as `moved (sha256:abc… → sha256:def…)`; null if it is the same or that is not known. */
export function baseImagePhrase({ kind, before, after }: BaseImageChange, name: Name): string | null {
  if (kind === 'moved') return `moved${digestsOf(before, after, name)}`
  if (kind !== 'edited') return null
  return before === null || before.reference === after?.reference ? 'edited' : `replaced ${name(before.reference)}`
}

/** ` (sha256:abc… → sha256:def…)`; empty if one of them is not known. */
function digestsOf(before: Base | null, after: Base | null, name: Name): string {
  const [from, to] = [shortDigest(before), shortDigest(after)]
  return from === null || to === null || from === to ? '' : ` (${name(from)} → ${name(to)})`
}

function shortDigest(base: Base | null): string | null {
  return base?.digest ? `${base.digest.slice(0, 'sha256:'.length + 8)}…` : null
}

/** Stands in a row: a layer that is compressed in another way is not scored. */
export function codecPhrase({ before, after }: NonNullable<LayerChange['codec']>): string {
  return `${before} to ${after}: not counted`
}

/** Why nobody can tell the cause of so many layers. */
export function unknownCausesSentence(layers: number): string {
  return `It is not known why ${formatCount(layers, 'layer')} ${layers === 1 ? 'differs' : 'differ'}: the records do not contain the instructions or their inputs, so drift and the change cannot be told apart.`
}
