/** The cause of a growth as a noun, from which all other words for it are made. Also used in a browser. Pure. */
import type { Cause } from '../compare/comparison.ts'

/** Each cause as a noun, which also follows "from". */
export const causeNouns: Readonly<Record<Cause, string>> = {
  change: 'this change',
  'base-image': 'the moved base image',
  drift: 'rebuild drift',
  unknown: 'this change, drift or a moved image',
}
