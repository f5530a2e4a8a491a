/** What the command line prints besides its report. */
import { BudgetError } from '../budget/sources.ts'
import { describe } from '../errors.ts'
import { escapeTerminal } from '../report/escape.ts'
import { maskUrls } from '../url-secrets.ts'
import { clearLine } from './progress.ts'

/**
 * Returns an error's message and code. The message of a budget error has several lines and is already safe to print.
 */
export function terminalMessage(error: unknown): string {
  const sentence = describe(error, 'command line')
  return error instanceof BudgetError ? sentence : escapeTerminal(sentence)
}

/**
 * Prints a warning, with secrets in URLs masked.
 *
 * @param sentence without a full stop
 */
export function warn(sentence: string): void {
  printLine(`stage-footprint: ${escapeTerminal(maskUrls(sentence))}`)
}

/** Prints a line to standard error. */
export function printLine(text: string): void {
  // The line may contain a progress message.
  process.stderr.write(`${process.stderr.isTTY ? clearLine : ''}${text}\n`)
}
