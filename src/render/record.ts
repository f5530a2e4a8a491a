import type { Footprint } from '../inspect/footprint.ts'
import { recordOf } from '../inspect/record.ts'

/** The record: JSON of a footprint. */
export function renderRecord(footprint: Footprint): string {
  return `${JSON.stringify(recordOf(footprint), null, 2)}\n`
}
