import { FootprintError } from '../../src/errors.ts'

/** The error a call ends with; it must be one for the user. */
export function thrownBy(call: () => unknown): FootprintError {
  try {
    call()
  } catch (error) {
    if (error instanceof FootprintError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
