/** What the command line says besides its report. */
import { BudgetError } from './budget/sources.ts'
import { FootprintError, messageOf } from './errors.ts'
import { escapeTerminal } from './render/escape.ts'

/** What went wrong, and its code. What is wrong with budgets is shown line by line, and safe as it is. */
export function describe(error: unknown): string {
  const sentence = error instanceof BudgetError ? error.message : escapeTerminal(messageOf(error))
  return `${sentence} [${error instanceof FootprintError ? error.code : 'BUG'}]`
}

/** @param sentence without a full stop */
export function warn(sentence: string): void {
  say(`stage-footprint: ${escapeTerminal(sentence)}`)
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
