/** Why a needed stage has no figures of its own. Records store this as flags. Pure. */
import type { UnbuiltStage } from './footprint.ts'

/**
 * Why a stage was not weighed: the builder does not hold it, another build on the builder is running its steps, the
 * builder could not read a cache or an image that may hold it, or none of the results that it returned fits the image.
 */
export type Absence = 'absent' | 'busy' | 'unread' | 'other'

type Flags = Pick<UnbuiltStage, 'busy' | 'unread' | 'otherResult'>

/** Returns the fields of a record that say so. None says that the builder does not hold the stage. */
export function flagsOf(absence: Absence | undefined): Flags {
  switch (absence) {
    case 'busy':
      return { busy: true }
    case 'unread':
      return { unread: true }
    case 'other':
      return { otherResult: true }
    case 'absent':
    case undefined:
      return {}
  }
}

/** Returns why a stage of a record was not weighed. */
export const absenceOf = ({ busy, unread, otherResult }: Flags): Absence =>
  busy ? 'busy' : unread ? 'unread' : otherResult ? 'other' : 'absent'
