/** Makes the report for the documentation's picture from the records of script/docs-records. */
import { readFileSync } from 'node:fs'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import type { Report } from '../../src/report/report.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport } from '../../src/run/make-report.ts'

function recordOf(path: string): Footprint {
  return parseRecord(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), path)
}

/** Returns the report of the documentation's picture. */
export const docsReport = (): Report => reportOfRecords('docs/report.base.record.json', 'docs/report.record.json')

/** Returns the report of a change of `main`, with a budget. The paths are below the root of this project. */
export function reportOfRecords(base: string, head: string): Report {
  const [before, footprint] = [recordOf(base), recordOf(head)]
  const commit = before.revision?.commit ?? null
  const found = { footprint: before, origin: { kind: 'built', commit, reference: 'main' } as const, sameBuilder: true }
  const rules = countingRules(budgetSourcesOf('input', ['final pull growth <= 5%']), new Map())
  return makeReport({
    footprint,
    baseline: { found, notes: [], unmet: null },
    rules,
    title: null,
    reportedByFork: false,
    dockerfile: 'Dockerfile',
  })
}
