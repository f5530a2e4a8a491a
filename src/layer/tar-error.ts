import { FootprintError } from '../errors.ts'

/** Returns the error for an invalid tar archive. `problem` completes the sentence "the tar archive …". */
export function tarError(problem: string): FootprintError {
  return new FootprintError('LAYER', `the tar archive ${problem}`)
}
