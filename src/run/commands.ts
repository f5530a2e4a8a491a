/** The commands of the command line. Each takes parsed options, makes its report and returns an exit status. */
import { existsSync } from 'node:fs'
import { readBaselineInput } from '../base/baseline-input.ts'
import { givenBaseline, noBaseline, type Baseline } from '../base/find-baseline.ts'
import { ExitStatus, FootprintError } from '../errors.ts'
import { currentFolder } from '../files.ts'
import { parseSource } from '../images/parse-source.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import type { Command } from '../inputs/command.ts'
import type { Footprint } from '../record/footprint.ts'
import { readRecordFile } from '../weigh/read-record-file.ts'
import { readSourceOrRecord } from '../weigh/read-source-or-record.ts'
import { inspectSource } from '../weigh/weigh-source.ts'
import { requireTrend } from './before-build.ts'
import { checkRules } from './budget-check.ts'
import type { CountingRules } from './budgets.ts'
import { finishCommand, reportOf, rulesFor, statusOf } from './command-report.ts'
import { readOptions, readStdin, rulesOf, showsPage, withSetting, type Setting } from './command-setting.ts'
import { printParts } from './print-parts.ts'
import { publishFromCommandLine } from './publish-from-command-line.ts'
import { requireReportFiles } from './report-files.ts'
import { showTrend } from './show-trend.ts'
import { printLine, warn } from './terminal-messages.ts'
import { viewPage } from './view-page.ts'
import { terminalHere, warnOfBudgets } from './write-report.ts'

type Running = Exclude<Extract<Command, { readonly options: unknown }>, { kind: 'build' }>

/**
 * Runs a command and returns its exit status.
 *
 * @throws FootprintError; Cancelled if the signal aborts
 */
export function runCommand(command: Running, signal: AbortSignal): Promise<ExitStatus> {
  return withSetting({ weighs: weighs(command), page: wantsPage(command), signal }, (setting) =>
    runIn(command, setting),
  )
}

/** Returns whether a command weighs something. Other commands read records and need no folder. */
const weighs = ({ kind }: Running): boolean => kind === 'inspect' || kind === 'compare' || kind === 'view'

/** Returns the files that a command without a build reads, among other words such as references of images. */
function filesReadBy(command: Exclude<Running, { kind: 'trend' }>): readonly (string | null)[] {
  switch (command.kind) {
    case 'render':
      return [command.record]
    case 'view':
      return [pathOf(command.shown)]
    case 'inspect':
      return [pathOf(command.source)]
    case 'compare':
      return [pathOf(command.base), pathOf(command.head)]
    case 'publish':
      return command.records
  }
}

/** Returns the path that a SOURCE or the path of a record names. Null for other sources. */
function pathOf(text: string): string | null {
  if (existsSync(text)) return text
  try {
    const source = parseSource(text)
    return 'path' in source ? source.path : null
  } catch {
    // The command reports it.
    return null
  }
}

async function runIn(command: Running, setting: Setting): Promise<ExitStatus> {
  if (command.kind === 'trend') return trend(command, setting)
  const { options } = command
  // Errors in rules and files are reported before anything is read.
  const rules = rulesFor(options, await checkRules(rulesOf(options), null, true, warn))
  await requireReportFiles(options, filesReadBy(command))
  await requireTrend(options)
  switch (command.kind) {
    case 'render':
      return show(() => readRecordFile(command.record, readStdin), null, rules, options, setting)
    case 'view':
      return view(command, rules, setting)
    case 'inspect': {
      const { source, platform } = command
      return show(
        () => inspectSource(parseSource(source), readOptions(platform, options, setting)),
        platform,
        rules,
        options,
        setting,
      )
    }
    case 'compare': {
      const { base, head, platform } = command
      const read = { ...readOptions(platform, options, setting), isCompared: true }
      const before = await readSourceOrRecord(base, read)
      return finishCommand(await readSourceOrRecord(head, read), givenBaseline(base, before), rules, options, setting)
    }
    case 'publish': {
      const baseline = await baselineOf(command.options, null, setting)
      return publishFromCommandLine({
        records: command.records,
        options: command.options,
        baseline,
        rules,
        env: process.env,
        places: setting.places,
        signal: setting.signal,
        readStdin,
        printLine,
      })
    }
  }
}

async function trend(
  { sources, options }: Extract<Command, { kind: 'trend' }>,
  { signal }: Setting,
): Promise<ExitStatus> {
  const checkout = { folder: currentFolder(), env: process.env, signal }
  const terminal = terminalHere(options)
  await printParts(await showTrend({ sources, options, terminal, readStdin, checkout, warn }))
  return ExitStatus.ok
}

async function view(
  { shown, platform, options }: Extract<Command, { kind: 'view' }>,
  rules: CountingRules | null,
  setting: Setting,
): Promise<ExitStatus> {
  const baseline = await baselineOf(options, platform, setting)
  const footprint = await readSourceOrRecord(shown, readOptions(platform, options, setting))
  const report = await reportOf(footprint, baseline, rules, options, setting)
  const { path, notOpened } = await viewPage(report, {
    lists: setting.lists,
    file: options.html,
    tempFolders: setting.places.tempFolders,
    platform: process.platform,
    env: process.env,
    signal: setting.signal,
  })
  process.stdout.write(`${path}\n`)
  warnOfBudgets(report, 'html')
  if (notOpened !== null && !options.quiet) warn(`no browser was opened: ${notOpened}; open the file yourself`)
  return statusOf(report, baseline, false)
}

/** Shows a footprint that exists already, compared with `--baseline` if there is one. */
async function show(
  read: () => Promise<Footprint>,
  platform: string | null,
  rules: CountingRules | null,
  options: ReportOptions,
  setting: Setting,
): Promise<ExitStatus> {
  const baseline = await baselineOf(options, platform, setting)
  return finishCommand(await read(), baseline, rules, options, setting)
}

async function baselineOf(options: ReportOptions, platform: string | null, setting: Setting): Promise<Baseline> {
  if (options.baseline === null) return noBaseline
  const { kind } = readBaselineInput(options.baseline)
  if (kind === 'off') return noBaseline
  if (kind === 'auto' || kind === 'revision')
    throw new FootprintError(
      'USAGE',
      `--baseline ${options.baseline} is neither a record nor an image; commits and branches are for "stage-footprint build"`,
    )
  return givenBaseline(
    options.baseline,
    await readSourceOrRecord(options.baseline, { ...readOptions(platform, options, setting), isCompared: true }),
  )
}

function wantsPage(command: Running): boolean {
  if (command.kind === 'trend' || command.kind === 'view') return command.kind === 'view'
  return showsPage(command.options)
}
