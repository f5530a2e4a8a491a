/** One way to write quantities in every report. */

/** Bytes as people read them: decimal units, three significant digits; "not known" for null. */
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

/** `1 layer`, `2 layers`; "an unknown number of layers" for null. */
export function formatCount(count: number | null, noun: string): string {
  if (count === null) return `an unknown number of ${noun}s`
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A share of 1 as a percentage: whole, except where that would round a difference away. */
export function formatShare(share: number): string {
  const percent = share * 100
  const size = Math.abs(percent)
  if (size > 0 && size < 0.1) return 'less than 0.1 %'
  // 99.9 % smaller is not 100 % smaller.
  const digits = size < 9.95 || (size > 99 && size < 100) ? 1 : 0
  const shown = size < 100 ? Math.min(size, 99.9) : size
  return `${shown.toFixed(digits).replace(/\.0$/, '')} %`
}

/** Growth in bytes, always signed: `+3.20 MB`, `−1.20 MB` (with a minus sign), `0 B`; "not known" for null. */
export function formatGrowth(bytes: number | null): string {
  if (bytes === null) return 'not known'
  return `${sign(bytes)}${formatBytes(Math.abs(bytes))}`
}

/**
 * Growth as a percentage of what was there before, signed: `+4.1 %`, `less than −0.1 %`.
 * Null where there is none: nothing was there before, or one of them is not known.
 */
export function formatGrowthShare(growth: number | null, before: number | null): string | null {
  if (growth === null || before === null || before <= 0) return null
  return formatGrowthPercent((growth / before) * 100)
}

/** Signed percentage with one digit below 10: `+4.1 %`, `−12 %`, `+250 %`. */
export function formatGrowthPercent(percent: number): string {
  const size = Math.abs(percent)
  if (size === 0) return '0 %'
  if (size < 0.1) return `less than ${sign(percent)}0.1 %`
  return `${sign(percent)}${size.toFixed(size < 9.95 ? 1 : 0).replace(/\.0$/, '')} %`
}

/** `78.4 MB → 81.6 MB`, or once only where it is the same, or shows as the same. */
export function formatChange(before: number | null, after: number | null): string {
  const [from, to] = [formatBytes(before), formatBytes(after)]
  return from === to ? to : `${from} → ${to}`
}

/** Growth first: `+620 kB (5.83 MB → 6.45 MB)`, `−26 B (of 8.96 MB)`, `same size (8.96 MB)`. Bytes. */
export function formatGrown(before: number, after: number): string {
  if (before === after) return `same size (${formatBytes(after)})`
  const [from, to] = [formatBytes(before), formatBytes(after)]
  return `${formatGrowth(after - before)} (${from === to ? `of ${to}` : `${from} → ${to}`})`
}

function sign(value: number): string {
  return value > 0 ? '+' : value < 0 ? '−' : ''
}
