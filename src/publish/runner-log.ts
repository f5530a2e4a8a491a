/**
 * What a step says to the runner, and what it fails with. Sentences may hold words of a builder, a registry or a record:
 * none of them becomes a command, and what cannot be seen in them is shown.
 */
import * as core from '@actions/core'
import { escapeLines } from '../report/escape.ts'

export const runnerLog = {
  info: (sentence: string): void => core.info(escapeLines(sentence)),
  warning: (sentence: string, properties: core.AnnotationProperties = {}): void =>
    core.warning(escapeLines(sentence), properties),
  error: (sentence: string, properties: core.AnnotationProperties = {}): void =>
    core.error(escapeLines(sentence), properties),
  /** The step fails once it has ended. */
  setFailed: (sentence: string): void => core.setFailed(escapeLines(sentence)),
}
