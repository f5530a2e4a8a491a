/** What every mode of the action needs: folders, the runner's log and outputs, and what its report is compared with. */
import { readBaselineInput } from '../base/baseline-input.ts'
import type { BaselineOptions } from '../base/find-baseline.ts'
import { quotedLog } from '../docker/builder-log.ts'
import { FootprintError } from '../errors.ts'
import type { ActionInputs, ComparedInputs } from '../inputs/action-inputs.ts'
import { indexFolderOf, recordFolderOf } from '../inputs/places.ts'
import { runnerLog } from '../publish/runner-log.ts'
import { setOutputs } from '../publish/step-outputs.ts'
import { readSourceOrRecord, type ReadOptions } from '../weigh/read-source-or-record.ts'
import { budgetSourcesOf } from './budgets.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { GitHubRun } from './github-run.ts'
import { baseBuildWords, progressPrinter } from './progress.ts'
import { baseRefusal, type TrustRequest } from './refuse-untrusted.ts'
import type { RunRequest } from './run-request.ts'

/** What every mode of the action needs from the step. */
export interface RunTools {
  readonly signal: AbortSignal
  /**
   * Reports that a part of the report is missing, in a sentence without a full stop. A repeated sentence is reported
   * once.
   */
  readonly reportProblem: (problem: string) => void
  /** Collects what the report's page needs of each layer. */
  readonly lists: LayerLists
}

/**
 * Returns the function for missing parts. The build itself succeeded, so the input fail-on-report-error decides whether
 * the step fails.
 */
export function problemReporter(inputs: ActionInputs): RunTools['reportProblem'] {
  const fails = inputs.mode !== 'publish' && inputs.failOnReportError
  const reported = new Set<string>()
  return (problem) => {
    if (reported.has(problem)) return
    reported.add(problem)
    if (fails) runnerLog.setFailed(problem)
    else runnerLog.warning(problem)
  }
}

/** The part of a request that is the same in every mode that builds. */
export type CommonRequest = Omit<
  RunRequest,
  'stageCompression' | 'uncachedStages' | 'revision' | 'baseline' | 'budgets'
>

/** Returns the part of a request that is the same in every mode that builds. */
export function commonRequest({ places }: GitHubRun, { signal, reportProblem, lists }: RunTools): CommonRequest {
  return {
    indexFolder: indexFolderOf(places),
    dockerConfigFolder: places.dockerConfigFolder,
    tempFolders: places.tempFolders,
    terminal: false,
    quiet: false,
    log: quotedLog(process.stdout, process.stdout),
    signal,
    onBuilt: ({ imageId, digest, metadata }) => {
      const problem = setOutputs([
        ['imageid', imageId],
        ['digest', digest],
        ['metadata', metadata],
      ])
      if (problem !== null) reportProblem(problem)
    },
    onWarning: runnerLog.warning,
    onProblem: reportProblem,
    ...progressPrinter(process.stderr),
    lists,
  }
}

/** Returns what the report is compared with and judged by. */
export function comparisonOf(
  inputs: ComparedInputs,
  run: GitHubRun,
  tools: RunTools,
): Pick<RunRequest, 'revision' | 'baseline' | 'budgets'> {
  return {
    revision: { event: run.event, env: process.env, token: inputs.token },
    baseline: baselineOptionsOf(inputs, run, tools),
    budgets: budgetSourcesOf('input', inputs.budgets),
  }
}

function baselineOptionsOf(
  { baseline, baselineTimeout }: ComparedInputs,
  run: GitHubRun,
  tools: RunTools,
): BaselineOptions {
  return {
    input: readBaselineInput(baseline),
    required: false,
    timeout: baselineTimeout,
    recordFolder: recordFolderOf(run.places),
    refusal: baseRefusal(trustOf(run, tools)),
    onBaseBuild: (commit) => runnerLog.info(baseBuildWords(commit)),
    read: (text) => readSourceOrRecord(text, readOptions(run, tools)),
  }
}

/** Returns the options for reading images and records. */
export function readOptions(run: GitHubRun, tools: RunTools): ReadOptions {
  return { ...commonRequest(run, tools), platform: null, readStdin: refuseStdin, isCompared: true }
}

/** Returns the request for checking whose code a run would build. */
export function trustOf({ event, places }: GitHubRun, { signal }: RunTools): TrustRequest {
  return { event, env: process.env, tempFolders: places.tempFolders, signal }
}

/** Rejects with FootprintError USAGE, because a workflow step has no standard input. */
export function refuseStdin(): Promise<never> {
  return Promise.reject(new FootprintError('USAGE', 'a workflow step has no standard input to read from'))
}
