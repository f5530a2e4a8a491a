import { FootprintError } from '../errors.ts'

const millisecondsOf = { s: 1_000, m: 60_000, h: 3_600_000 } as const

/**
 * Parses a duration as Docker and Go write it: `90s`, `10m`, `1h30m`.
 *
 * @param what name of the setting, for the error
 * @returns milliseconds
 * @throws FootprintError USAGE if it is not a duration, or is longer than a day
 */
export function parseDuration(what: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/gy)]
  const total = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * millisecondsOf[unit as 'h' | 'm' | 's'],
    0,
  )
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text || total > 24 * millisecondsOf.h)
    throw new FootprintError(
      'USAGE',
      `${what} must be a time such as 90s, 10m or 1h30m, at most one day, not "${text}"`,
    )
  return total
}
