/** The command line: standard output carries the report alone, everything else goes to standard error. */
import { readFile, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { buildAndWeigh, type BuildReport } from './build-and-weigh.ts'
import { Cancelled } from './build/client.ts'
import { ExitStatus, FootprintError, messageOf } from './errors.ts'
import { parseCommand, type Command, type ReportOptions } from './inputs/cli.ts'
import { helpFor } from './inputs/help.ts'
import type { Footprint } from './inspect/footprint.ts'
import { parseRecord } from './inspect/record.ts'
import { dockerConfigFolder } from './inspect/source/credentials.ts'
import { inspectSource } from './inspect/source/inspect-source.ts'
import { parseSource } from './inspect/source/parse-source.ts'
import { defaultIndexFolder } from './layer/index-store.ts'
import { printPlan } from './print-plan.ts'
import { progressPrinter } from './progress.ts'
import { escapeTerminal } from './render/escape.ts'
import { renderMarkdown } from './render/markdown.ts'
import { renderRecord } from './render/record.ts'
import { reportOf } from './render/report.ts'
import { renderTerminal } from './render/terminal.ts'
import { version } from './version.ts'

/** @returns the exit status; see docs/errors.md */
export async function runCommandLine(argv: readonly string[], signal: AbortSignal): Promise<ExitStatus> {
  try {
    return await run(parseCommand(argv, process.env), signal)
  } catch (error) {
    if (error instanceof Cancelled) return ExitStatus.ok
    // The builder has said it in its own words already, above.
    const code = error instanceof FootprintError ? error.code : 'BUG'
    say(`stage-footprint: ${escapeTerminal(messageOf(error))} [${code}]`)
    return error instanceof FootprintError ? error.exitStatus : ExitStatus.reportFailed
  }
}

async function run(command: Command, signal: AbortSignal): Promise<ExitStatus> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(helpFor(command.command))
      return ExitStatus.ok
    case 'version':
      process.stdout.write(`${version}\n`)
      return ExitStatus.ok
    case 'render':
      await write(await readRecord(command.record), command.options)
      return ExitStatus.ok
    case 'inspect':
      await write(await inspect(command, signal), command.options)
      return ExitStatus.ok
    case 'build':
      return command.options.print ? print(command, signal) : build(command, signal)
  }
}

function inspect(
  { source, platform, options }: Extract<Command, { kind: 'inspect' }>,
  signal: AbortSignal,
): Promise<Footprint> {
  return inspectSource(parseSource(source), {
    platform,
    indexFolder: defaultIndexFolder(process.env, homedir()),
    tempFolder: tmpdir(),
    dockerConfigFolder: dockerConfigFolder(process.env, homedir()),
    signal,
    onProgress: options.quiet ? () => undefined : progressPrinter(process.stderr),
  })
}

type BuildCommand = Extract<Command, { kind: 'build' }>

async function print({ build }: BuildCommand, signal: AbortSignal): Promise<ExitStatus> {
  process.stdout.write(`${JSON.stringify(await printPlan(build, readStdin, signal), null, 2)}\n`)
  return ExitStatus.ok
}

async function build({ build, options }: BuildCommand, signal: AbortSignal): Promise<ExitStatus> {
  const report: BuildReport = await buildAndWeigh({
    build,
    stageCompression: options.stageCompression,
    indexFolder: defaultIndexFolder(process.env, homedir()),
    tempFolder: tmpdir(),
    terminal: process.stderr.isTTY,
    quiet: options.quiet,
    signal,
    readStdin,
    onBuilt: () => undefined,
    onProgress: options.quiet ? () => undefined : progressPrinter(process.stderr),
  })
  if ('footprint' in report) {
    await write(report.footprint, options)
    return ExitStatus.ok
  }
  if ('nothingBuilt' in report) return ExitStatus.ok
  const { problem } = report
  say(`stage-footprint: the image was built, but could not be weighed: ${escapeTerminal(messageOf(problem))} [${problem instanceof FootprintError ? problem.code : 'BUG'}]`)
  return ExitStatus.reportFailed
}

async function write(footprint: Footprint, options: ReportOptions): Promise<void> {
  const files: readonly [string | null, () => string][] = [
    [options.json, () => renderRecord(footprint)],
    [options.markdown, () => renderMarkdown(reportOf(footprint))],
  ]
  await Promise.all(
    files.map(async ([path, render]) => {
      if (path !== null) await writeReport(path, render())
    }),
  )
  process.stdout.write(formatted(footprint, options))
}

function formatted(footprint: Footprint, options: ReportOptions): string {
  switch (options.format) {
    case 'json':
      return renderRecord(footprint)
    case 'markdown':
      return renderMarkdown(reportOf(footprint))
    case 'terminal':
      return renderTerminal(reportOf(footprint), {
        width: process.stdout.isTTY ? process.stdout.columns : 100,
        color: process.stdout.isTTY && !options.noColor,
      })
  }
}

async function writeReport(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    throw new FootprintError('UNREADABLE_INPUT', `the report cannot be written to ${path}: ${messageOf(cause)}`, { cause })
  })
}

async function readRecord(path: string): Promise<Footprint> {
  const text =
    path === '-'
      ? (await readStdin()).toString('utf8')
      : await readFile(path, 'utf8').catch((cause: unknown) => {
          throw new FootprintError('UNREADABLE_INPUT', `the record ${path} cannot be read: ${messageOf(cause)}`, { cause })
        })
  return parseRecord(text, path)
}

function readStdin(): Promise<Buffer> {
  return buffer(process.stdin)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

