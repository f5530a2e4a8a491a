import { FootprintError } from '../../src/errors.ts'

/** Returns the error that a call throws, which must be a FootprintError. */
export function thrownBy(call: () => unknown): FootprintError {
  try {
    call()
  } catch (error) {
    if (error instanceof FootprintError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
