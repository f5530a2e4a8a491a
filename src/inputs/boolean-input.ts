import { FootprintError } from '../errors.ts'

/** The text of an input, empty if it is not set; as `getInput` of @actions/core. */
export type GetInput = (name: string) => string

/** By the rule of `getBooleanInput` (YAML 1.2 core); an empty input is false, the default of all of ours. */
export function booleanInput(get: GetInput, name: string): boolean {
  const value = get(name).trim()
  if (['true', 'True', 'TRUE'].includes(value)) return true
  if (['', 'false', 'False', 'FALSE'].includes(value)) return false
  throw new FootprintError('USAGE', `input ${name} is true or false (also True, TRUE, False, FALSE); not "${value}"`)
}
