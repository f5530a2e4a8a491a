/** Writes lists of which only the first members are shown. Pure. */
import { formatCount } from './units.ts'

/**
 * Returns the members and how many others there are, such as `a, b and 2 more files`.
 *
 * @param rest number of the others; null if that is not known
 * @param noun what the others are, such as `file`; left out if it is clear from the members
 */
export function listWords(shown: readonly string[], rest: number | null, noun?: string): string {
  const others =
    rest === null
      ? ' and perhaps others'
      : rest === 0
        ? ''
        : ` and ${noun === undefined ? `${rest} more` : formatCount(rest, `more ${noun}`)}`
  return `${shown.join(', ')}${others}`
}
