/** Formats quantities for all reports. */
import { counted } from '../text.ts'

/** Returns bytes in decimal units with three significant digits, or "not known" for null. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return 'not known'
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 ? 0 : Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`
}

/** Returns `1 layer` or `2 layers`, or "an unknown number of layers" for null. */
export function formatCount(count: number | null, noun: string): string {
  if (count === null) return `an unknown number of ${noun}s`
  return counted(count, noun)
}

/** A percentage that is too small to be shown with one digit. */
const underLeast = 'under 0.1 %'

/** Returns a fraction of 1 as a percentage. It is a whole number unless that would hide a difference. */
export function formatShare(share: number): string {
  const percent = share * 100
  const size = Math.abs(percent)
  if (size > 0 && size < 0.1) return underLeast
  // 99.9 % smaller is not 100 % smaller.
  const digits = size < 9.95 || (size > 99 && size < 100) ? 1 : 0
  const shown = size < 100 ? Math.min(size, 99.9) : size
  return `${shown.toFixed(digits).replace(/\.0$/, '')} %`
}

/**
 * Returns growth in bytes with its sign: `+3.20 MB`, `−1.20 MB` (with a minus sign) or `0 B`. Returns "not known" for
 * null.
 */
export function formatGrowth(bytes: number | null): string {
  if (bytes === null) return 'not known'
  return `${sign(bytes)}${formatBytes(Math.abs(bytes))}`
}

/**
 * Returns growth as a signed percentage of the value before: `+4.1 %`, or `under 0.1 %` without a sign, since
 * the growth in bytes before it has one. Null if there was nothing before, or one of the two is not known.
 */
export function formatGrowthShare(growth: number | null, before: number | null): string | null {
  if (growth === null || before === null || before <= 0) return null
  return formatGrowthPercent((growth / before) * 100)
}

/** Returns a signed percentage, with one digit below 10: `+4.1 %`, `−12 %` or `+250 %`. */
function formatGrowthPercent(percent: number): string {
  const size = Math.abs(percent)
  if (size === 0) return '0 %'
  if (size < 0.1) return underLeast
  return `${sign(percent)}${size.toFixed(size < 9.95 ? 1 : 0).replace(/\.0$/, '')} %`
}

/** Returns `78.4 MB → 81.6 MB`, or one value if both are the same or look the same. */
export function formatChange(before: number | null, after: number | null): string {
  const [from, to] = [formatBytes(before), formatBytes(after)]
  return from === to ? to : `${from} → ${to}`
}

/**
 * Returns growth followed by sizes: `+620 kB (5.83 MB → 6.45 MB)`, `−26 B (of 8.96 MB)` or `same size (8.96 MB)`. Both
 * sizes are in bytes.
 */
export function formatGrown(before: number, after: number): string {
  if (before === after) return `same size (${formatBytes(after)})`
  const [from, to] = [formatBytes(before), formatBytes(after)]
  return `${formatGrowth(after - before)} (${from === to ? `of ${to}` : `${from} → ${to}`})`
}

function sign(value: number): string {
  return value > 0 ? '+' : value < 0 ? '−' : ''
}
