/** Parses a `stage-footprint build`. */
import type { Command } from '../../src/inputs/command.ts'
import type { Environment } from '../../src/inputs/inputs.ts'
import { parseCommand } from '../../src/inputs/parse-command.ts'

/** Returns the build and the options for these arguments after `build`. */
export function parseBuild(argv: readonly string[], env: Environment = {}): Extract<Command, { kind: 'build' }> {
  const command = parseCommand(['build', ...argv], env)
  if (command.kind !== 'build') throw new Error(`this is a command of the kind ${command.kind}`)
  return command
}
