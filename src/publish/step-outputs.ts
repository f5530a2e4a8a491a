/** Writes the outputs of the step. */
import { setOutput } from '@actions/core'
import { reasonOf } from '../files.ts'

/**
 * Sets the outputs of the step.
 *
 * @returns a sentence without a full stop if the runner's file cannot be written, or null on success
 */
export function setOutputs(outputs: readonly (readonly [name: string, value: string])[]): string | null {
  try {
    for (const [name, value] of outputs) setOutput(name, value)
    return null
  } catch (error) {
    return `outputs of this step are missing, since the file that GITHUB_OUTPUT names cannot be written: ${reasonOf(error)}`
  }
}
