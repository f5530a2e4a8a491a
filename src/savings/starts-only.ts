/** Tells whether a tool can be started once more at the end of a RUN. Pure. */
import { commandsIn, commandsOf, nameIn } from './commands.ts'
import { says } from './rule.ts'
import { startedBy } from './started-commands.ts'

/** Commands that may remove the tool itself. */
const removing = ['autoremove', 'del', 'erase', 'purge', 'remove', 'uninstall']

/**
 * Returns whether the commands of an instruction start a tool, and do so by its name alone: in the settings of the shell
 * that a command at the end has too. A tool that another program or a shell in brackets starts may have those of another
 * user, or be known only there.
 *
 * @param tools names of the tool
 */
export function startsOnly(instruction: string, ...tools: readonly string[]): boolean {
  const commands = commandsIn(instruction).filter(
    (command) => says(command, ...tools) && !/\s-(?:v|-version)\s*$/.test(command),
  )
  const started = startedBy(instruction)?.filter(([name = '']) => tools.includes(name)) ?? []
  return (
    commands.length > 0 &&
    commands.every((command) => tools.includes(nameIn(command) ?? '')) &&
    // In quotes, a command looks as if this shell started it.
    commands.length === started.length &&
    !/(?:^|[^$<>])\(/.test(instruction) &&
    !says(instruction, ...removing) &&
    !commandsOf(instruction, 'rm', 'rmdir', 'mv').some(({ words }) => !words.every(isOther))
  )
}

/** Returns whether a path is neither of a program, nor the folder that the commands run in. */
const isOther = (path: string): boolean => /^["']?\/(?:var|usr\/share)\//.test(path)
