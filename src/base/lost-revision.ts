/** Checks that the revision which a baseline names exists. */
import { FootprintError } from '../errors.ts'
import type { Unavailable } from '../unavailable.ts'
import type { BaselineInput } from './baseline-input.ts'
import type { Located } from './locate-revisions.ts'

/** Returns an error if the user named a revision that does not exist. Returns null if it exists, or none was named. */
export function lostRevision(input: BaselineInput, located: Located | Unavailable): FootprintError | null {
  if (input.kind !== 'revision') return null
  if ('why' in located)
    return new FootprintError(
      'UNREADABLE_INPUT',
      (option) => `${option('baseline')} ${input.revision} cannot be found: ${located.why}`,
    )
  const { base, lost, why } = located.revisions
  return base === null && lost
    ? new FootprintError(
        'UNREADABLE_INPUT',
        (option) => `${option('baseline')} names neither a revision nor a file: ${why}`,
      )
    : null
}
