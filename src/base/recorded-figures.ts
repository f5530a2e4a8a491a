/** Figures for stages that were not built in this run, from the newest records in which their result was the same. */
import { lacksFigures, withFiguresOf } from '../compare/recorded-stages.ts'
import type { Footprint } from '../record/footprint.ts'
import { wantedRecord, type Baseline } from './find-baseline.ts'
import { openRecordStore } from './record-store.ts'

/** Each has to be read as a whole. */
const mostRecords = 20

/** The baseline counts as well: somebody may have named a record that is kept elsewhere. */
export async function withRecordedFigures(
  footprint: Footprint,
  { found }: Baseline,
  recordFolder: string | null,
): Promise<Footprint> {
  if (!lacksFigures(footprint)) return footprint
  let filled = found === null ? footprint : withFiguresOf(footprint, found.footprint)
  const store = recordFolder === null ? null : openRecordStore(recordFolder)
  let read = 0
  for await (const record of store?.all(wantedRecord(footprint, footprint.revision?.repository ?? null)) ?? []) {
    if (!lacksFigures(filled) || ++read > mostRecords) break
    filled = withFiguresOf(filled, record)
  }
  return filled
}
