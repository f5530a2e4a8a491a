/** Checks whether a limit is exceeded. Pure and exact, because percentages are compared as fractions. */
import { isCount } from './grammar.ts'
import type { BudgetRule, Measure } from './verdict.ts'

/**
 * Returns whether a value exceeds a limit. A value equal to the limit does not. If there are two limits, both must be
 * exceeded.
 *
 * @param baseline bytes or count that a percentage refers to; if it is 0, any growth exceeds every percentage
 * @returns null if the result depends on a baseline that is not known
 */
export function exceeds(limit: BudgetRule['limit'], measured: number, baseline: number | null): boolean | null {
  const parts = [
    ...(limit.amount === null ? [] : [measured > limit.amount]),
    ...(limit.percent === null
      ? []
      : [measured <= 0 ? false : baseline === null ? null : exceedsPercent(measured, limit.percent, baseline)]),
  ]
  return parts.includes(false) ? false : parts.includes(null) ? null : true
}

/** Returns whether growth is ignored. `noise` is in bytes, so growth of a count is never ignored. */
export function isNoise(measure: Measure, growth: number, noise: number): boolean {
  return !isCount(measure) && growth <= noise
}

function exceedsPercent(growth: number, percent: number, baseline: number): boolean {
  // Percentages have at most three digits after the point.
  return BigInt(growth) * 100_000n > BigInt(Math.round(percent * 1_000)) * BigInt(baseline)
}
