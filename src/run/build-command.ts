/**
 * The command `build`. What it needs only after the build is loaded while the builder works, because loading takes
 * longer than everything else that it does for known layers.
 */
import { readBaselineInput, type BaselineInput } from '../base/baseline-input.ts'
import { plainLog, quotedLog, type BuilderLog } from '../docker/builder-log.ts'
import { Cancelled, ExitStatus, FootprintError } from '../errors.ts'
import type { RunEvent } from '../git/event-rule.ts'
import { readRunEvent } from '../git/run-event.ts'
import type { Command } from '../inputs/command.ts'
import { indexFolderOf } from '../inputs/places.ts'
import { printedJson } from '../printed-json.ts'
import { requireBaselinePath, requireTrend } from './before-build.ts'
import { checkRules } from './budget-check.ts'
import { rulesOrFault } from './budgets.ts'
import { buildAndWeigh } from './build.ts'
import { progressOf, readOptions, readStdin, rulesOf, showsPage, withSetting, type Setting } from './command-setting.ts'
import { dockerfileOf } from './dockerfile-path.ts'
import { baseRefusal, refuseUntrustedBuild } from './refuse-untrusted.ts'
import { requireReportFiles } from './report-files.ts'
import { baseBuildWords } from './progress.ts'
import type { BuildRequest, RunReport } from './run-request.ts'
import { printLine, terminalMessage, warn } from './terminal-messages.ts'

type BuildCommand = Extract<Command, { kind: 'build' }>

/**
 * Runs the command and returns its exit status.
 *
 * @throws BuildFailed; FootprintError; Cancelled if the signal aborts
 */
export async function runBuildCommand(command: BuildCommand, signal: AbortSignal): Promise<ExitStatus> {
  if (command.options.print) return print(command, signal)
  return withSetting({ weighs: true, page: showsPage(command.options), signal }, (setting) => build(command, setting))
}

async function print({ build }: BuildCommand, signal: AbortSignal): Promise<ExitStatus> {
  const { printPlan } = await import('./print-plan.ts')
  process.stdout.write(`${printedJson(await printPlan(build, readStdin, signal), 2)}\n`)
  return ExitStatus.ok
}

async function build(command: BuildCommand, setting: Setting): Promise<ExitStatus> {
  const { build, options } = command
  const budgets = rulesOf(options)
  const input = readBaselineInput(options.baseline ?? 'none')
  await checkRules(budgets, null, input.kind !== 'off', warn)
  await requireReportFiles(options, [dockerfileOf(build)])
  await requireTrend(options)
  await requireBaselinePath(input)
  const event = await readRunEvent(process.env, null)
  const trust = { event, env: process.env, tempFolders: setting.places.tempFolders, signal: setting.signal }
  await refuseUntrustedBuild(build, trust)
  const baseline = baselineRequest(input, event, options, setting)
  const report = await buildAndWeigh(requestOf(command, setting, { event, budgets, baseline }))
  const status = await showReport(report, command, setting)
  if (report.undelivered !== undefined) throw report.undelivered
  return status
}

function requestOf(
  { build, options }: BuildCommand,
  { places, lists, signal }: Setting,
  { event, budgets, baseline }: Pick<BuildRequest, 'budgets' | 'baseline'> & { readonly event: RunEvent },
): BuildRequest {
  return {
    build,
    // The same default as `docker buildx build`, unlike the action, which replaces docker/build-push-action.
    defaultAttestation: null,
    name: options.name,
    stageCompression: options.stageCompression,
    uncachedStages: options.uncachedStages,
    indexFolder: indexFolderOf(places),
    dockerConfigFolder: places.dockerConfigFolder,
    tempFolders: places.tempFolders,
    terminal: process.stderr.isTTY,
    quiet: options.quiet,
    log: builderLog(),
    signal,
    readStdin,
    onStarted: () => void loadReport().catch(() => undefined),
    onBuilt: () => undefined,
    onWarning: warn,
    onProblem: warn,
    ...progressOf(options),
    lists,
    revision: { event, env: process.env, token: process.env['GITHUB_TOKEN'] ?? '' },
    baseline,
    budgets,
  }
}

function baselineRequest(
  input: BaselineInput,
  event: RunEvent,
  options: BuildCommand['options'],
  setting: Setting,
): BuildRequest['baseline'] {
  return {
    input,
    required: true,
    timeout: options.baselineTimeout,
    recordFolder: null,
    refusal: baseRefusal({ event, env: process.env }),
    onBaseBuild: (commit) => {
      if (!options.quiet) printLine(baseBuildWords(commit))
    },
    read: async (text) => {
      const { readSourceOrRecord } = await import('../weigh/read-source-or-record.ts')
      return readSourceOrRecord(text, { ...readOptions(null, options, setting), isCompared: true })
    },
  }
}

/** Shows what came of a build that has succeeded. */
async function showReport(report: RunReport, { build, options }: BuildCommand, setting: Setting): Promise<ExitStatus> {
  if ('footprint' in report) {
    try {
      const { finishCommand } = await loadReport()
      const { rules, faulty } = rulesOrFault(rulesOf(options), report.budgetTexts)
      const built = { dockerfile: dockerfileOf(build), missingStages: report.missingStages, faulty }
      const status = await finishCommand(report.footprint, report.baseline, rules, options, setting, built)
      if (faulty !== null) throw faulty
      return status
    } catch (error) {
      if (error instanceof FootprintError || error instanceof Cancelled) throw error
      printLine(`stage-footprint: the image was built, but the report could not be finished: ${terminalMessage(error)}`)
      return ExitStatus.reportFailed
    }
  }
  if ('nothingBuilt' in report) return ExitStatus.ok
  printLine(`stage-footprint: the image was built, but could not be weighed: ${terminalMessage(report.problem)}`)
  return ExitStatus.reportFailed
}

/** Loads what makes the report. Only the first call takes time. */
const loadReport = () => import('./command-report.ts')

/** Returns the log for the builder's output. In a step of a workflow, a runner reads it too. */
function builderLog(): BuilderLog {
  const makeLog = process.env['GITHUB_ACTIONS'] === 'true' ? quotedLog : plainLog
  return makeLog(process.stderr, process.stdout)
}
