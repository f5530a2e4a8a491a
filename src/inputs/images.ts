/** Parses the action's input `images`: existing images to be weighed without a build. */
import { FootprintError } from '../errors.ts'
import { keysInSet } from './bake-inputs.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { inputList } from './input-list.ts'

/** Inputs that say what is built or where it goes. */
const ofBuilds = ['files', 'targets', 'set', 'vars', 'source', ...Object.keys(keysInSet)]

/**
 * Returns the SOURCEs in the input `images` as written, without duplicates.
 *
 * @throws FootprintError USAGE if another input asks for a build, or a source is standard input
 */
export function parseImages(get: GetInput): readonly string[] {
  const sources = [...new Set(inputList('images', get('images'), { ignoreComma: true, quote: false }))]
  if (sources.length === 0) return []
  const other =
    ofBuilds.find((name) => get(name).trim() !== '') ?? ['push', 'load'].find((name) => booleanInput(get, name))
  if (other !== undefined) {
    throw new FootprintError(
      'USAGE',
      `input images weighs existing images, but input ${other} is for a build: use a separate step for each`,
    )
  }
  if (sources.includes('-'))
    throw new FootprintError('USAGE', 'input images contains "-", but a workflow step has no standard input')
  return sources
}
