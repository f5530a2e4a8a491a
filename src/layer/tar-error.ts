import { FootprintError } from '../errors.ts'

/** A layer's tar archive is not as it must be. `problem` is the end of a sentence: "the tar archive …". */
export function tarError(problem: string): FootprintError {
  return new FootprintError('LAYER', `the tar archive ${problem}`)
}
