/**
 * The command line: standard output carries the report alone, everything else goes to standard error. What runs a
 * command is loaded once its words are read: it takes longer to load than most commands take to run.
 */
import { Cancelled, ExitStatus, FootprintError } from '../errors.ts'
import { UnknownFlag } from '../inputs/flag-scan.ts'
import { helpFor } from '../inputs/help.ts'
import { parseCommand, type Command } from '../inputs/parse-command.ts'
import { version } from '../version.ts'
import { describeHere, say } from './speak.ts'

/** @returns the exit status; see docs/errors.md */
export async function runCommandLine(argv: readonly string[], signal: AbortSignal): Promise<ExitStatus> {
  try {
    return await run(await parsed(argv, signal), signal)
  } catch (error) {
    if (error instanceof Cancelled) return ExitStatus.ok
    // The builder has said it in its own words already, above.
    say(`stage-footprint: ${describeHere(error)}`)
    return error instanceof FootprintError ? error.exitStatus : ExitStatus.reportFailed
  }
}

/** A flag that is not known here may be one of a newer buildx, which is asked then. */
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
  if (command.kind === 'help') {
    process.stdout.write(helpFor(command.command))
    return ExitStatus.ok
  }
  if (command.kind === 'version') {
    process.stdout.write(`${version}\n`)
    return ExitStatus.ok
  }
  const { runCommand } = await import('./commands.ts')
  return runCommand(command, signal)
}
