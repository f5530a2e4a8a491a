import { FootprintError } from '../errors.ts'
import type { Environment } from './inputs.ts'

/** Returns the text of an input, like `getInput` of @actions/core: empty if it is not set, and trimmed by default. */
export type GetInput = (name: string, options?: { readonly trimWhitespace: boolean }) => string

/**
 * Parses a boolean input like `getBooleanInput` (YAML 1.2 core schema). An empty input is false, which is the default
 * of all of our inputs.
 *
 * @throws FootprintError USAGE if it is neither true nor false
 */
export function booleanInput(get: GetInput, name: string): boolean {
  const value = get(name).trim()
  if (['true', 'True', 'TRUE'].includes(value)) return true
  if (['', 'false', 'False', 'FALSE'].includes(value)) return false
  throw new FootprintError(
    'USAGE',
    `input ${name} must be true or false (also True, TRUE, False, FALSE), not "${value}"`,
  )
}

/** Parses a boolean like Go's strconv, which buildx uses for flags and variables. Returns null for any other text. */
export function goBoolean(text: string): boolean | null {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : null
}

/** Returns whether an environment variable is true. A text that is not a boolean counts as false. */
export function isSwitchedOn(env: Environment, name: string): boolean {
  return goBoolean(env[name] ?? '') === true
}
