import { reportOfRecords } from '../../script/lib/docs-report.ts'
import type { Report } from '../../src/report/report.ts'

/** Returns the report of a change to the example: two stages, one of which packs the application into one file. */
export function exampleReport(): Report {
  const folder = '__tests__/fixtures/page'
  return reportOfRecords(`${folder}/base.record.json`, `${folder}/head.record.json`)
}
