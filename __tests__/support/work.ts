/** Counts the steps of functions, of regular expressions and of searches in bytes together. */
import { pristineExec, workOf } from './regexp-steps.ts'
import type { CountSteps } from './steps.ts'

/** More steps than any worst-case input of a test may take. A task that would never end stops here. */
const maxSteps = 20_000_000
/** The same limit for bytes: a built-in processes many of them in the time of a step. */
const maxBytes = 1_000_000_000

type Search = (this: Buffer, value: number | string | Uint8Array, at?: number) => number
type Copy = (this: Buffer, target: Uint8Array, ...places: number[]) => number

interface BufferMethods {
  indexOf: Search
  lastIndexOf: Search
  copy: Copy
}

const methods = Buffer.prototype as BufferMethods
const pristine = { indexOf: methods.indexOf, lastIndexOf: methods.lastIndexOf, copy: methods.copy }

/**
 * Counts the work of a task: loop iterations and calls of `src/`, the steps of every regular expression (string methods
 * call `exec` if it is not the built-in one), and the bytes that are searched and copied in buffers.
 *
 * @throws TooManySteps if a regular expression does not end
 */
export async function workDone(task: () => unknown, countSteps: CountSteps): Promise<number> {
  let inExpressions = 0
  const counting = function (this: RegExp, text: string): RegExpExecArray | null {
    // The counting code uses regular expressions itself.
    RegExp.prototype.exec = pristineExec
    try {
      inExpressions += workOf(this, text, { maxSteps: maxSteps - inExpressions }).steps
    } finally {
      RegExp.prototype.exec = counting
    }
    return pristineExec.call(this, text)
  }
  let bytes = 0
  const counted = (more: number): void => {
    bytes += more
    if (bytes > maxBytes) throw new Error('bytes are searched or copied on and on')
  }
  RegExp.prototype.exec = counting
  methods.indexOf = function (value, at = 0): number {
    const found = pristine.indexOf.call(this, value, at)
    counted((found === -1 ? this.length : found + 1) - at)
    return found
  }
  methods.lastIndexOf = function (this: Buffer, value, at = this.length): number {
    const found = pristine.lastIndexOf.call(this, value, at)
    counted(at - found)
    return found
  }
  methods.copy = function (target, ...places): number {
    const copied = pristine.copy.call(this, target, ...places)
    counted(copied)
    return copied
  }
  try {
    return (await countSteps(task)) + inExpressions + bytes
  } finally {
    RegExp.prototype.exec = pristineExec
    Object.assign(methods, pristine)
  }
}
