/** What all commands that make a report share: their options, their report and its exit status. */
import { buffer } from 'node:stream/consumers'
import type { Baseline } from '../base/find-baseline.ts'
import { ExitStatus } from '../errors.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import { indexFolderOf, type Places } from '../inputs/places.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Report } from '../report/report.ts'
import type { ReadingProgress } from '../weigh/layer-reader.ts'
import type { ReadOptions } from '../weigh/read-source-or-record.ts'
import type { BudgetTexts } from './budget-texts.ts'
import { budgetSourcesOf, countingRules, type CountingRules } from './budgets.ts'
import { givenHistory } from './given-history.ts'
import { makeReport, unmetBaseline } from './make-report.ts'
import { progressPrinter } from './progress.ts'
import { printLine, terminalMessage } from './terminal-messages.ts'
import { writeReport } from './write-report.ts'

/** What the commands have in common: folders, data for a page, and the signal that stops them. */
export interface Setting {
  readonly places: Places
  /** Collects what a page needs of each layer. Null if no page was requested. */
  readonly lists: LayerLists | null
  readonly signal: AbortSignal
}

/** Writes the report of a command and returns the exit status. A build passes the path of its Dockerfile. */
export async function finish(
  footprint: Footprint,
  baseline: Baseline,
  rules: CountingRules | null,
  options: ReportOptions,
  setting: Setting,
  built: { readonly dockerfile: string | null } | null = null,
): Promise<ExitStatus> {
  const report = await reportOf(footprint, baseline, rules, options, setting, built?.dockerfile)
  await writeReport(report, options, setting.lists)
  return statusOf(report, baseline, built !== null)
}

/** Makes the report of a command. */
export async function reportOf(
  footprint: Footprint,
  baseline: Baseline,
  rules: CountingRules | null,
  { trend: place }: ReportOptions,
  { signal }: Setting,
  dockerfile: string | null = null,
): Promise<Report> {
  const history = await givenHistory(place, footprint, baseline, rules, signal)
  return makeReport({ footprint, baseline, rules, title: null, reportedByFork: false, dockerfile, history })
}

/** Returns the exit status for a report, and reports a baseline that was not compared with. */
export function statusOf(report: Report, baseline: Baseline, built: boolean): ExitStatus {
  const unmet = reportUnmet(baseline, report, built)
  return report.verdict?.outcome === 'fail' ? ExitStatus.budgetFailed : (unmet ?? ExitStatus.ok)
}

/** Reports a baseline that was requested but not compared with. Returns the exit status for it, or null. */
function reportUnmet(baseline: Baseline, report: Report, built: boolean): ExitStatus | null {
  const unmet = unmetBaseline(baseline, report)
  if (unmet === null) return null
  printLine(`stage-footprint: nothing was compared: ${terminalMessage(unmet)}`)
  return built ? ExitStatus.reportFailed : unmet.exitStatus
}

/** Returns the budgets that flags name. */
export const rulesOf = ({ budgets }: ReportOptions): ReturnType<typeof budgetSourcesOf> =>
  budgetSourcesOf('flag', budgets)

/** Returns the rules with the texts of the files that they name. Null if there is no rule. */
export function rulesFor(options: ReportOptions, texts: ReadonlyMap<string, BudgetTexts>): CountingRules | null {
  return options.budgets.length === 0 ? null : countingRules(rulesOf(options), texts)
}

/** Returns the options for reading images and records. */
export function readOptions(
  platform: string | null,
  options: ReportOptions,
  { places, lists, signal }: Setting,
): ReadOptions {
  return {
    platform,
    indexFolder: indexFolderOf(places),
    tempFolders: places.tempFolders,
    dockerConfigFolder: places.dockerConfigFolder,
    signal,
    onProgress: progressOf(options),
    lists,
    readStdin,
  }
}

/** Returns the function that shows progress. */
export function progressOf({ quiet }: ReportOptions): (progress: ReadingProgress) => void {
  return quiet ? () => undefined : progressPrinter(process.stderr)
}

/** Reads standard input to its end. */
export function readStdin(): Promise<Buffer> {
  return buffer(process.stdin)
}
