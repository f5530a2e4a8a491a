import type { Footprint } from '../inspect/footprint.ts'

/** The record: JSON of a footprint. */
export function renderRecord(footprint: Footprint): string {
  return `${JSON.stringify(footprint, null, 2)}\n`
}
