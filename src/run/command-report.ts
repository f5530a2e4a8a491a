/** The report of a command, and the exit status for it. */
import { failedBases } from '../base/baseline-note.ts'
import type { Baseline } from '../base/find-baseline.ts'
import { ExitStatus, type FootprintError } from '../errors.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import type { Footprint } from '../record/footprint.ts'
import { failedBaseLines } from '../report/baseline-sentences.ts'
import { escapeTerminal } from '../report/escape.ts'
import type { Report } from '../report/report.ts'
import type { BudgetTexts } from './budget-texts.ts'
import { countingRules, type CountingRules } from './budgets.ts'
import { rulesOf, type Setting } from './command-setting.ts'
import { givenHistory } from './given-history.ts'
import { makeReport, unmetBaseline } from './make-report.ts'
import { warningsOf } from './missing-stages.ts'
import type { Weighed } from './run-request.ts'
import { printLine, terminalMessage, warn } from './terminal-messages.ts'
import { writeReport } from './write-report.ts'

/** What only a build knows. */
interface Built extends Pick<Weighed, 'missingStages'> {
  /** Path of the Dockerfile. Null if it is not known. */
  readonly dockerfile: string | null
  /** Why the rules are invalid. Null if they are not. */
  readonly faulty: FootprintError | null
}

/** Writes the report of a command and returns the exit status. */
export async function finishCommand(
  footprint: Footprint,
  baseline: Baseline,
  rules: CountingRules | null,
  options: ReportOptions,
  setting: Setting,
  built: Built | null = null,
): Promise<ExitStatus> {
  const report = await reportOf(footprint, baseline, rules, options, setting, built)
  warningsOf(built?.missingStages, report).forEach(warn)
  for (const line of failedBases(baseline.notes).flatMap(failedBaseLines)) printLine(escapeTerminal(line))
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
  built: Built | null = null,
): Promise<Report> {
  const history = await givenHistory(place, footprint, baseline, rules, signal)
  const { dockerfile = null, missingStages, faulty = null } = built ?? {}
  return makeReport({
    ...{ footprint, baseline, rules, faulty, title: null, reportedByFork: false, dockerfile, missingStages, history },
  })
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

/** Returns the rules with the texts of the files that they name. Null if there is no rule. */
export function rulesFor(options: ReportOptions, texts: ReadonlyMap<string, BudgetTexts>): CountingRules | null {
  return options.budgets.length === 0 ? null : countingRules(rulesOf(options), texts)
}
