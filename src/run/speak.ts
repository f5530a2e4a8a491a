/** What the command line says besides its report. */
import { BudgetError } from '../budget/sources.ts'
import { describe } from '../errors.ts'
import { escapeTerminal } from '../report/escape.ts'
import { clearLine } from './progress.ts'

/** What went wrong, and its code. What is wrong with budgets is shown line by line, and safe as it is. */
export function describeHere(error: unknown): string {
  const sentence = describe(error, 'command line')
  return error instanceof BudgetError ? sentence : escapeTerminal(sentence)
}

/** @param sentence without a full stop */
export function warn(sentence: string): void {
  say(`stage-footprint: ${escapeTerminal(sentence)}`)
}

export function say(text: string): void {
  // Progress may stand in the line.
  process.stderr.write(`${process.stderr.isTTY ? clearLine : ''}${text}\n`)
}
