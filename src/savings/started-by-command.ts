/** Decides what the command of an image may start. Pure. */
import type { Instruction } from '../record/footprint.ts'
import { keywordOf, says } from './rule.ts'

/** Programs that start whatever a file says. */
const runners = ['make', 'just', 'task', 'air', 'watchexec', 'supervisord', 'foreman', 'overmind', 's6-svscan']
const shells = ['sh', 'ash', 'bash', 'dash', 'ksh', 'zsh', 'fish']
/** A file of commands, such as `./serve.sh` or `/docker-entrypoint`. */
const script = /(?:\.(?:sh|bash|zsh)|entrypoint)$/

/**
 * Returns whether containers may start one of these tools: the last CMD or ENTRYPOINT names it, or a script or a shell
 * whose commands are not known.
 */
export function mayStart(instructions: readonly Pick<Instruction, 'text'>[], ...tools: readonly string[]): boolean {
  return ['ENTRYPOINT', 'CMD'].some((keyword) => {
    const text = instructions.findLast((one) => keywordOf(one.text) === keyword)?.text
    return text !== undefined && (says(text, ...tools) || startsUnknown(text.slice(keyword.length)))
  })
}

function startsUnknown(command: string): boolean {
  const words = command.split(/[\s"',[\]]+/).filter((word) => word !== '')
  if (words.some((word) => script.test(word))) return true
  const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1))
  if (says(command, ...runners)) return true
  // Another program may start the shell, such as `tini` or `env`. After `-c` or `-lc`, the commands themselves follow.
  const shell = names.findIndex((name) => shells.includes(name))
  return shell !== -1 && !words.slice(shell + 1).some((word) => /^-\w*c$/.test(word))
}
