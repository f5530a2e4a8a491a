import { FootprintError } from '../errors.ts'
import type { Environment } from './inputs.ts'

/** The text of an input, empty if it is not set and trimmed unless told; as `getInput` of @actions/core. */
export type GetInput = (name: string, options?: { readonly trimWhitespace: boolean }) => string

/** By the rule of `getBooleanInput` (YAML 1.2 core); an empty input is false, the default of all of ours. */
export function booleanInput(get: GetInput, name: string): boolean {
  const value = get(name).trim()
  if (['true', 'True', 'TRUE'].includes(value)) return true
  if (['', 'false', 'False', 'FALSE'].includes(value)) return false
  throw new FootprintError('USAGE', `input ${name} is true or false (also True, TRUE, False, FALSE); not "${value}"`)
}

/** A boolean as Go's strconv reads it, which is what flags and variables of buildx take; null for any other text. */
export function goBoolean(text: string): boolean | null {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : null
}

/** Whether a variable of the environment says yes; a text that is no boolean says no. */
export function isSwitchedOn(env: Environment, name: string): boolean {
  return goBoolean(env[name] ?? '') === true
}
