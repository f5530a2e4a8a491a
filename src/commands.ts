/** The commands of the command line, each from what was asked for to its report and exit status. */
import { relative, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { readRunEvent } from './baseline/run-event.ts'
import { budgetFiles } from './budget/sources.ts'
import { describe, say, warn } from './command-words.ts'
import { ExitStatus, FootprintError } from './errors.ts'
import { currentFolder } from './files.ts'
import { checkRules } from './flow/budget-check.ts'
import type { BudgetTexts } from './flow/budget-texts.ts'
import { budgetSourcesOf, countingRules } from './flow/budgets.ts'
import { buildAndWeigh } from './flow/build-and-weigh.ts'
import { givenBaseline, noBaseline, parseBaselineWish, type Baseline } from './flow/find-baseline.ts'
import { makeReport } from './flow/make-report.ts'
import { printPlan } from './flow/print-plan.ts'
import { progressPrinter } from './flow/progress.ts'
import { publishFromCommandLine } from './flow/publish-from-command-line.ts'
import { baseRefusal, refuseUntrustedBuild } from './flow/refuse-untrusted.ts'
import { placesHere, tellMissing } from './flow/surroundings.ts'
import { writeReport } from './flow/write-report.ts'
import type { Command } from './inputs/cli.ts'
import { indexFolderOf, type Places } from './inputs/places.ts'
import type { ReportOptions } from './inputs/own-flags.ts'
import type { Footprint } from './inspect/footprint.ts'
import type { ReadingProgress } from './inspect/layer-reader.ts'
import { inspectSource } from './inspect/source/inspect-source.ts'
import { parseSource } from './inspect/source/parse-source.ts'
import { readRecordFile } from './inspect/source/read-record-file.ts'
import { readSourceOrRecord, type ReadOptions } from './inspect/source/read-source-or-record.ts'
import { isRemoteContext } from './plan/build-source.ts'
import type { Report } from './render/report.ts'
import { plainLog, quotedLog, type BuilderLog } from './build/builder-log.ts'
import { jsonForRunner } from './text.ts'

type Running = Exclude<Command, { kind: 'help' | 'version' }>

/** Where a command runs. */
interface Setting {
  readonly places: Places
  readonly signal: AbortSignal
}

/** @throws FootprintError, and Cancelled on the signal */
export async function runCommand(command: Running, signal: AbortSignal): Promise<ExitStatus> {
  const places = placesHere(process.env, false)
  const telling = weighs(command) ? tellMissing(places, warn) : Promise.resolve()
  try {
    return await runIn(command, { places, signal })
  } finally {
    await telling
  }
}

/** Other commands read records, and need no folder. */
function weighs(command: Running): boolean {
  return command.kind === 'inspect' || command.kind === 'compare' || (command.kind === 'build' && !command.options.print)
}

async function runIn(command: Running, setting: Setting): Promise<ExitStatus> {
  switch (command.kind) {
    case 'render':
      return show(await readRecordFile(command.record, readStdin), null, command.options, setting)
    case 'inspect': {
      const { source, platform, options } = command
      return show(await inspectSource(parseSource(source), readOptions(platform, options, setting)), platform, options, setting)
    }
    case 'compare': {
      const { base, head, platform, options } = command
      const read = readOptions(platform, options, setting)
      const before = await readSourceOrRecord(base, read)
      return finish(await readSourceOrRecord(head, read), givenBaseline(base, before), await checkRules(rulesOf(options), null), options)
    }
    case 'build':
      return command.options.print ? print(command, setting.signal) : build(command, setting)
    case 'publish': {
      const { records, options } = command
      const texts = await checkRules(rulesOf(options), null)
      const baseline = await baselineOf(options, null, setting)
      return publishFromCommandLine({ records, options, baseline, rules: rulesFor(options, texts), env: process.env, places: setting.places, readStdin, say })
    }
  }
}

type BuildCommand = Extract<Command, { kind: 'build' }>

async function print({ build }: BuildCommand, signal: AbortSignal): Promise<ExitStatus> {
  process.stdout.write(`${jsonForRunner(JSON.stringify(await printPlan(build, readStdin, signal), null, 2))}\n`)
  return ExitStatus.ok
}

async function build({ build, options }: BuildCommand, setting: Setting): Promise<ExitStatus> {
  const sources = rulesOf(options)
  await checkRules(sources, null)
  const event = await readRunEvent(process.env, null)
  await refuseUntrustedBuild(build, { event, env: process.env, tempFolders: setting.places.tempFolders, signal: setting.signal })
  const report = await buildAndWeigh({
    build,
    // As `docker buildx build` has it, not as the action that stands in for docker/build-push-action.
    defaultAttestation: null,
    name: null,
    stageCompression: options.stageCompression,
    uncachedStages: options.uncachedStages,
    indexFolder: indexFolderOf(setting.places),
    tempFolders: setting.places.tempFolders,
    terminal: process.stderr.isTTY,
    quiet: options.quiet,
    log: builderLog(),
    signal: setting.signal,
    readStdin,
    onBuilt: () => undefined,
    onWarning: warn,
    onProblem: warn,
    onProgress: progressOf(options),
    revision: { event, env: process.env, token: process.env['GITHUB_TOKEN'] ?? '' },
    baseline: {
      input: parseBaselineWish(options.baseline ?? 'none'),
      timeout: options.baselineTimeout,
      recordFolder: null,
      refusal: baseRefusal({ event, env: process.env }),
      read: (text) => readSourceOrRecord(text, readOptions(null, options, setting)),
    },
    budgetFiles: budgetFiles(sources),
  })
  if ('footprint' in report) return finish(report.footprint, report.baseline, report.budgetTexts, options, dockerfileOf(build))
  if ('nothingBuilt' in report) return ExitStatus.ok
  say(`stage-footprint: the image was built, but could not be weighed: ${describe(report.problem)}`)
  return ExitStatus.reportFailed
}

/** In a step of a workflow a runner reads along. */
function builderLog(): BuilderLog {
  const makeLog = process.env['GITHUB_ACTIONS'] === 'true' ? quotedLog : plainLog
  return makeLog(process.stderr, process.stdout)
}

/** As a reader in the current folder would write it; from the context where that is elsewhere. */
function dockerfileOf({ context, file }: BuildCommand['build']): string | null {
  if (file === '-' || context === '-') return null
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  const here = currentFolder()
  const path = relative(here, resolve(here, file ?? `${context}/Dockerfile`))
  return path.startsWith('..') ? relative(resolve(here, context), resolve(here, file ?? `${context}/Dockerfile`)) : path
}

/** A footprint that is there already, compared with `--baseline` if there is one. */
async function show(footprint: Footprint, platform: string | null, options: ReportOptions, setting: Setting): Promise<ExitStatus> {
  const texts = await checkRules(rulesOf(options), null)
  return finish(footprint, await baselineOf(options, platform, setting), texts, options)
}

async function baselineOf(options: ReportOptions, platform: string | null, setting: Setting): Promise<Baseline> {
  if (options.baseline === null) return noBaseline
  const { kind } = parseBaselineWish(options.baseline)
  if (kind === 'off') return noBaseline
  if (kind === 'auto' || kind === 'revision')
    throw new FootprintError('USAGE', `--baseline ${options.baseline} is no record and no image; commits and branches are for "stage-footprint build"`)
  return givenBaseline(options.baseline, await readSourceOrRecord(options.baseline, readOptions(platform, options, setting)))
}

async function finish(
  footprint: Footprint,
  baseline: Baseline,
  texts: ReadonlyMap<string, BudgetTexts>,
  options: ReportOptions,
  dockerfile: string | null = null,
): Promise<ExitStatus> {
  const report = makeReport({ footprint, baseline, rules: rulesFor(options, texts), title: null, reportedByFork: false, dockerfile })
  await writeReport(report, options)
  return statusOf(report)
}

const rulesOf = ({ budgets }: ReportOptions): ReturnType<typeof budgetSourcesOf> => budgetSourcesOf('flag', budgets)

function rulesFor(options: ReportOptions, texts: ReadonlyMap<string, BudgetTexts>): ReturnType<typeof countingRules> | null {
  return options.budgets.length === 0 ? null : countingRules(rulesOf(options), texts)
}

const statusOf = ({ verdict }: Report): ExitStatus => (verdict?.outcome === 'fail' ? ExitStatus.budgetFailed : ExitStatus.ok)

function readOptions(platform: string | null, options: ReportOptions, { places, signal }: Setting): ReadOptions {
  return {
    platform,
    indexFolder: indexFolderOf(places),
    tempFolders: places.tempFolders,
    dockerConfigFolder: places.dockerConfigFolder,
    signal,
    onProgress: progressOf(options),
    readStdin,
  }
}

function progressOf({ quiet }: ReportOptions): (progress: ReadingProgress) => void {
  return quiet ? () => undefined : progressPrinter(process.stderr)
}

function readStdin(): Promise<Buffer> {
  return buffer(process.stdin)
}
