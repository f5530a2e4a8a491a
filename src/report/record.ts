import type { Footprint } from '../record/footprint.ts'
import { recordOf } from '../record/parse-record.ts'
import { jsonForRunner } from '../text.ts'

/** Returns the record: the JSON of a footprint. */
export function renderRecord(footprint: Footprint): string {
  return `${jsonForRunner(JSON.stringify(recordOf(footprint), null, 2))}\n`
}
