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
