/**
 * Fills in figures for stages that were not built in this run, from the newest records in which they had the same
 * result.
 */
import { lacksFigures, withFiguresOf } from '../compare/recorded-stages.ts'
import type { Footprint } from '../record/footprint.ts'
import { wantedRecord, type Baseline } from './find-baseline.ts'
import { openRecordStore } from './record-store.ts'

/** Limit for the records that are read, because each must be read completely. */
const maxRecords = 20

/**
 * Returns the footprint with recorded figures. The baseline is used first, because it may be a record that is stored
 * elsewhere.
 */
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
    if (!lacksFigures(filled) || ++read > maxRecords) break
    filled = withFiguresOf(filled, record)
  }
  return filled
}
