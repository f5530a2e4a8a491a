/** Whether a limit is exceeded, and by what. Pure; exact, as percentages are compared as fractions. */
import type { BudgetRule } from './verdict.ts'

/**
 * Exactly at the limit is within it. Where there are two limits both must be exceeded.
 * @param baseline bytes or count that a percentage is of; of 0, any growth exceeds every percentage
 * @returns null where that depends on a baseline that is not known
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

function exceedsPercent(growth: number, percent: number, baseline: number): boolean {
  // Percentages are read with three digits after the point.
  return BigInt(growth) * 100_000n > BigInt(Math.round(percent * 1_000)) * BigInt(baseline)
}
