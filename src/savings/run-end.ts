/** Tells how a RUN ends, so whether a command that is added at its end would run. Pure. */
import { withoutStrings, type RunScript } from './run-script.ts'

/**
 * How a RUN ends. `exit`: its last command is an `exit`. `exec`: its shell ends with a program that an `exec` starts.
 * `early`: it may end before its last command, as if all went well.
 */
export type RunEnd = 'open' | 'exit' | 'exec' | 'early'

/** Returns how the commands of a RUN end. What is in strings does not count. */
export function endOf({ commands }: Pick<RunScript, 'commands'>): RunEnd {
  const text = withSingleSpaces(withoutStrings(commands).replace(/\\\r?\n/g, ' '))
  const exit = exitAtEnd.exec(text)
  const others = exit === null ? text : text.slice(0, exit.index)
  // What a trap runs at the end may hide a failure.
  if (trapWithExit.test(commands) || mayLeaveEarly(others)) return 'early'
  if (exit !== null) return 'exit'
  return execOfProgram.test(text) ? 'exec' : 'open'
}

/** It begins with what separates it from the command before. After `||` it is none of a RUN that went well. */
const exitAtEnd = /(?:^|;|&&|\n) ?exit(?: 0)? ?;?$/
const trapWithExit = /\btrap\s+['"][^'"]*\bexit\b/

/** An `exec` that only redirects the shell starts no program. */
const execOfProgram = /(?:^|[;({\n]|&&|\|\||\b(?:then|else|do))\s?exec (?!(?:\d+|&|\{\w+\})?[<>])/

const withSingleSpaces = (text: string): string =>
  text.trim().replace(/\s+/g, (space) => (space.includes('\n') ? '\n' : ' '))

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
