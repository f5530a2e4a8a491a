/**
 * The words for each cause of growth: the change, a moved base image, rebuild drift, an unknown cause and another
 * compression. All formats of a report, its page, budgets and the trend use these; `cause-sentences.ts` adds names and
 * numbers to them. Pure.
 */
import type { Cause } from '../compare/comparison.ts'
import type { OtherBlob } from '../compare/other-blob.ts'
import { causeNouns } from './cause-nouns.ts'

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
  /** A name for a narrow column and a legend. */
  readonly column: string
  /** The cause of a step in a trend, which is not about "this" change. */
  readonly step: string
}

const eitherOne = causeNouns.unknown

/** The words for each cause. */
export const causePhrases: Readonly<Record<Cause, CausePhrase>> = {
  change: {
    noun: causeNouns.change,
    from: causeNouns.change,
    without: 'what this change adds',
    row: null,
    column: 'this change',
    step: 'change',
  },
  'base-image': {
    noun: causeNouns['base-image'],
    from: causeNouns['base-image'],
    without: causeNouns['base-image'],
    row: 'ran again on the moved base image',
    column: 'moved base image',
    step: 'base image moved',
  },
  drift: {
    noun: causeNouns.drift,
    from: causeNouns.drift,
    without: causeNouns.drift,
    row: 'rebuild drift: same step, different bytes',
    column: 'rebuild drift',
    step: 'drift',
  },
  unknown: {
    noun: eitherOne,
    from: `${eitherOne}, not known which`,
    without: `what ${eitherOne} adds`,
    row: `${eitherOne}, not known which`,
    column: 'cause not known',
    step: 'unknown cause',
  },
}

/** What differs in a layer whose contents are the same, although a client has to pull it again. */
export const otherBlobPhrases: Readonly<Record<OtherBlob, string>> = {
  'file-times': 'same contents, different file times',
  compression: 'same contents, compressed again',
}

/** Stands for the growth to pull of a layer whose compression changed. */
export const notCounted = 'not counted'
