/**
 * Writes messages to the runner. They may contain text from a builder, a registry or a record. This text is escaped, so
 * that it cannot become a workflow command and invisible characters are shown.
 */
import * as core from '@actions/core'
import { escapeLines } from '../report/escape.ts'

/** Writes escaped messages to the log of the runner. */
export const runnerLog = {
  info: (sentence: string): void => core.info(escapeLines(sentence)),
  warning: (sentence: string, properties: core.AnnotationProperties = {}): void =>
    core.warning(escapeLines(sentence), properties),
  error: (sentence: string, properties: core.AnnotationProperties = {}): void =>
    core.error(escapeLines(sentence), properties),
  /** Makes the step fail when it ends. */
  setFailed: (sentence: string): void => core.setFailed(escapeLines(sentence)),
}
