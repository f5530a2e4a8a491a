/** The end of every run of the action: compares, judges, updates the pull request and reports to the runner. */
import { failedBases } from '../base/baseline-note.ts'
import { recordNameOf, type Baseline } from '../base/find-baseline.ts'
import { openRecordStore } from '../base/record-store.ts'
import { Cancelled, describe, messageOf, optionsOf } from '../errors.ts'
import type { CommonInputs } from '../inputs/action-inputs.ts'
import { runnerLog } from '../publish/runner-log.ts'
import type { Footprint } from '../record/footprint.ts'
import { failedBaseLines } from '../report/baseline-sentences.ts'
import type { Report } from '../report/report.ts'
import { faultSentence } from '../report/verdict-sentence.ts'
import type { RunTools } from './action-run.ts'
import type { BudgetTexts } from './budget-texts.ts'
import { budgetSourcesOf, rulesOrFault } from './budgets.ts'
import type { GitHubRun } from './github-run.ts'
import { warningsOf, type MissingStages } from './missing-stages.ts'
import { makeReport, unmetBaseline, type Dockerfiles } from './make-report.ts'
import { findTarget, publishReport, type Published, type PublishOptions, type Target } from './publish-report.ts'
import { keepPoints, readHistory } from './run-history.ts'
import { deliverReport } from './deliver-report.ts'
import { historyRequestOf } from './trend-place.ts'

/** A weighed footprint and where its report goes. */
export interface Finish {
  readonly footprint: Footprint
  readonly baseline: Baseline
  readonly budgetTexts: ReadonlyMap<string, BudgetTexts>
  /** Null if it is not known. */
  readonly dockerfile: Dockerfiles | null
  /** Stages of budgets that the Dockerfile does not have. Absent if there are none. */
  readonly missingStages?: MissingStages | undefined
  /** Folder in which the record is kept for later runs. Null if the record is not this run's own. */
  readonly recordFolder: string | null
  readonly title: string | null
  /** The name that identifies the job's comment. */
  readonly commentName: string
  readonly fileName: string
  readonly reportedByFork: boolean
  /** Whether this run weighed the footprint itself, so that it may add to the trend. */
  readonly isOwn: boolean
}

/**
 * Finishes a report. What is missing in it, and where it could not be written, is reported as a problem.
 *
 * @param tools data of the layers that were read, for the page; the signal that stops the run; and where problems go
 * @param target pull request for the comment, if it is already known
 * @throws BudgetError, after everything was written, if a rule is invalid
 */
export async function finishReport(
  finish: Finish,
  inputs: CommonInputs,
  run: GitHubRun,
  { lists, signal, reportProblem }: RunTools,
  target: Target | { readonly sentence: string | null } | null = null,
): Promise<void> {
  const { recordFolder, isOwn } = finish
  const { rules, faulty } = rulesOrFault(budgetSourcesOf('input', inputs.budgets), finish.budgetTexts)
  for (const note of rules?.notes ?? []) runnerLog.warning(note)
  const fault = rules?.edited?.fault ?? null
  if (fault !== null) runnerLog.warning(faultSentence(fault, (text) => text))
  const request = historyRequestOf(inputs.trend, finish.footprint, run, {
    ...{ env: process.env, signal, recordFolder, isOwn },
  })
  const history = request && (await readHistory(finish.footprint, finish.baseline, rules, request))
  for (const note of history?.notes ?? []) runnerLog.warning(note)
  const made = {
    ...makeReport({ ...finish, rules, faulty, history: history ?? undefined, option: optionsOf('action') }),
    ...(inputs.pageUrl === null ? {} : { pageUrl: inputs.pageUrl }),
  }
  const { footprint } = made
  for (const warning of warningsOf(finish.missingStages, made)) runnerLog.warning(warning)
  const unmet = unmetBaseline(finish.baseline, made)
  for (const failed of failedBases(finish.baseline.notes)) runnerLog.info(failedBaseLines(failed).join('\n'))
  if (recordFolder !== null && footprint.revision?.commit) {
    const notKept = await openRecordStore(recordFolder).put(footprint, recordNameOf(footprint))
    if (notKept !== null) runnerLog.info(`The record was not kept for later runs: ${notKept}`)
  }
  const notAdded = request && history && (await keepPoints(request.place, history.added))
  const options = { ...inputs, name: finish.commentName, isUnmet: unmet !== null }
  const published = await publish(made, options, run, target)
  const untold = await deliverReport({
    published,
    lists,
    history,
    fileName: finish.fileName,
    folders: run.places.tempFolders,
    summaryPath: process.env['GITHUB_STEP_SUMMARY'],
  })
  const lost = footprint.unweighedTargets ?? []
  const uncompared = new Set(made.comparison?.notWeighed?.map(({ name }) => name))
  const problems = [
    ...(lost.length === 0 ? [] : [`not weighed: target ${lost.join(', ')} (the end of the report says why)`]),
    ...(uncompared.size === 0
      ? []
      : [`not compared: target ${[...uncompared].join(', ')} was not weighed for the baseline`]),
    ...(unmet === null ? [] : [`nothing was compared: ${describe(unmet, 'action')}`]),
    ...(notAdded === null ? [] : [notAdded]),
    ...untold,
  ]
  problems.forEach(reportProblem)
  if (faulty !== null) throw faulty
}

/** Updates the pull request. Errors there affect neither the report nor its verdict. */
async function publish(
  made: Report,
  options: PublishOptions,
  run: GitHubRun,
  target: Target | { readonly sentence: string | null } | null,
): Promise<Published> {
  try {
    return await publishReport(made, run, options, target ?? (await findTarget(run, options.token)))
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return { report: made, comment: null, sentences: [`No comment: ${messageOf(error)}`] }
  }
}
