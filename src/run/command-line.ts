/**
 * The command line. Standard output contains only the report; everything else goes to standard error. The code that
 * runs a command is loaded after its arguments were parsed, because loading takes longer than most commands.
 */
import { Cancelled, ExitStatus, FootprintError } from '../errors.ts'
import { cobraText, completionOf } from '../inputs/complete.ts'
import { isPlugin, pluginMetadata } from '../inputs/docker-plugin.ts'
import { UnknownFlag } from '../inputs/flag-scan.ts'
import { helpFor } from '../inputs/help.ts'
import type { Command } from '../inputs/command.ts'
import { parseCommand } from '../inputs/parse-command.ts'
import { completionScript } from '../inputs/shell-scripts.ts'
import { version } from '../version.ts'
import { withFiles } from './complete-files.ts'
import { terminalMessage, printLine } from './terminal-messages.ts'
import { placesOnThisMachine } from './places-on-this-machine.ts'

/** Runs the command line and returns the exit status; see docs/errors.md. */
export async function runCommandLine(argv: readonly string[], signal: AbortSignal): Promise<ExitStatus> {
  try {
    return await run(await parsed(argv, signal), signal)
  } catch (error) {
    if (error instanceof Cancelled) return ExitStatus.ok
    // For a failed build, the builder's own message was printed above.
    printLine(`stage-footprint: ${terminalMessage(error)}`)
    return error instanceof FootprintError ? error.exitStatus : ExitStatus.reportFailed
  }
}

/** Parses the arguments. An unknown flag may belong to a newer buildx, which is then asked. */
async function parsed(argv: readonly string[], signal: AbortSignal): Promise<Command> {
  try {
    return parseCommand(argv, process.env)
  } catch (error) {
    if (!(error instanceof UnknownFlag) || argv[0] !== 'build') throw error
    const { learnFlags } = await import('../docker/learn-flags.ts')
    return parseCommand(argv, process.env, await learnFlags(signal))
  }
}

async function run(command: Command, signal: AbortSignal): Promise<ExitStatus> {
  if (command.kind === 'build') {
    const { runBuildCommand } = await import('./build-command.ts')
    return runBuildCommand(command, signal)
  }
  if ('options' in command) {
    const { runCommand } = await import('./commands.ts')
    return runCommand(command, signal)
  }
  process.stdout.write(await textOf(command))
  return ExitStatus.ok
}

/** Returns the output of a command that neither weighs anything nor shows a report. */
async function textOf(command: Exclude<Command, { readonly options: unknown }>): Promise<string> {
  switch (command.kind) {
    case 'help':
      return helpFor(command.command, isPlugin(process.argv[1] ?? '') ? 'docker footprint' : 'stage-footprint')
    case 'version':
      return `${version}\n`
    case 'plugin-metadata':
      return pluginMetadata(version)
    case 'complete':
      return cobraText(await withFiles(completionOf(command.words), command.words.at(-1) ?? ''))
    case 'completion':
      return completionScript(command.shell)
    case 'install-plugin': {
      const { installPlugin } = await import('./install-plugin.ts')
      return installPlugin(process.argv[1] ?? '', placesOnThisMachine(process.env, false), process.platform)
    }
  }
}
