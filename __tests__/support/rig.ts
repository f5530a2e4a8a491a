/**
 * Runs tests that need a part only if this machine has it. script/test counts the tests that were skipped, and names the
 * parts that are missing.
 */
import { describe, test } from '@jest/globals'
import { rig, type Part } from './parts.ts'

export { rig }

const isThere = (parts: readonly Part[]): boolean => parts.every((part) => rig[part] !== '')

/** Returns `describe` if these parts are available, and `describe.skip` otherwise. */
export const describeWith = (...parts: readonly Part[]): typeof describe.skip =>
  isThere(parts) ? describe : describe.skip

/** Returns `test` if these parts are available, and `test.skip` otherwise. */
export const testWith = (...parts: readonly Part[]): typeof test.skip => (isThere(parts) ? test : test.skip)
