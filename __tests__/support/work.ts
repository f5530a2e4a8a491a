/** Steps of functions and of regular expressions together. */
import { pristineExec, workOf } from './regexp-steps.ts'
import type { CountSteps } from './steps.ts'

/** More than any worst input of a test may take: what would take forever ends here. */
const mostSteps = 20_000_000

/**
 * How much a task does: turns of loops and calls of `src/`, and the steps of every regular expression, since the methods
 * of strings go through `exec` where it is not the built-in one.
 *
 * @throws TooManySteps where a regular expression goes on and on
 */
export async function workDone(task: () => unknown, countSteps: CountSteps): Promise<number> {
  let inExpressions = 0
  const counting = function (this: RegExp, text: string): RegExpExecArray | null {
    // What counts has regular expressions of its own.
    RegExp.prototype.exec = pristineExec
    try {
      inExpressions += workOf(this, text, { mostSteps: mostSteps - inExpressions }).steps
    } finally {
      RegExp.prototype.exec = counting
    }
    return pristineExec.call(this, text)
  }
  RegExp.prototype.exec = counting
  try {
    return (await countSteps(task)) + inExpressions
  } finally {
    RegExp.prototype.exec = pristineExec
  }
}
