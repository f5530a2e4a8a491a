/** The record as text. */
import type { Footprint } from '../record/footprint.ts'
import { recordOf } from '../record/parse-record.ts'
import { printedJson } from '../printed-json.ts'

/** Returns the record: the JSON of a footprint. */
export function renderRecord(footprint: Footprint): string {
  return `${printedJson(recordOf(footprint), 2)}\n`
}
