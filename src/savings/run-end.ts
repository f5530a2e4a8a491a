/** Tells how a RUN ends, so whether a command that is added at its end would run. Pure. */
import { withoutStrings, type RunScript } from './run-script.ts'

/**
 * How a RUN ends. `exit`: its last command is an `exit`. `exec`: its shell ends with a program that an `exec` starts. The
 * others may end it before its last command, as if all went well: `early-exit` and `early-exec` in a branch, and `trap`,
 * which may hide that a command failed.
 */
export type RunEnd = 'open' | 'exit' | 'exec' | 'early-exit' | 'early-exec' | 'trap'

/** Returns how the commands of a RUN end. What is in strings does not count. */
export function endOf({ commands }: Pick<RunScript, 'commands'>): RunEnd {
  const text = withSingleSpaces(withoutStrings(commands))
  const exit = exitAtEnd.exec(text)
  const others = exit === null ? text : text.slice(0, exit.index)
  if (trapWithExit.test(withSingleSpaces(commands))) return 'trap'
  if (mayLeaveEarly(others)) return 'early-exit'
  if (execInBranch.test(text)) return 'early-exec'
  if (exit !== null) return 'exit'
  return execOfProgram.test(text) ? 'exec' : 'open'
}

/**
 * It begins with what separates it from the command before. After `||` it is none of a RUN that went well. The status of
 * the command before needs a line of its own.
 */
const exitAtEnd = /(?:(?:^|;|&&|\n) ?exit(?: 0)?|\n ?exit [^\s;]+) ?;?$/
const trapWithExit = /(?:^|[;&|\n({]) ?trap ['"](?:[^'"]*[\s;])?exit(?: 0)? ?['"] (?:\w+ )*(?:EXIT|ERR|0)\b/

/** An `exec` that only redirects the shell starts no program. */
const execOfProgram = /(?:^|[;({\n]|&&)\s?exec (?!(?:\d+|&|\{\w+\})?[<>])/
const execInBranch = /(?:\|\||\b(?:then|else|do))\s?exec (?!(?:\d+|&|\{\w+\})?[<>])/

const withSingleSpaces = (text: string): string =>
  text
    .replace(/\\\r?\n/g, ' ')
    .trim()
    .replace(/\s+/g, (space) => (space.includes('\n') ? '\n' : ' '))

/** Words that a command may follow. */
const openers: readonly string[] = ['if', 'then', 'elif', 'else', 'while', 'until', 'do', '!']

/**
 * Returns whether commands of a shell may end it as if all went well. After `||`, an `exit` without a number has the
 * status of what failed, and the build fails.
 */
function mayLeaveEarly(commands: string): boolean {
  const parts = commands.split(/(\|\||[;&|\n(){}])/)
  return parts.some((part, at) => {
    const words = part.split(/\s/).filter((word) => word !== '' && !openers.includes(word))
    if (words[0] !== 'exit' || /^[1-9]/.test(words[1] ?? '')) return false
    return words[1] === '0' || parts[at - 1] !== '||'
  })
}
