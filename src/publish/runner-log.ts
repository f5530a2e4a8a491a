/**
 * Writes messages to the runner. They may contain text from a builder, a registry or a record. This text is escaped, so
 * that it cannot become a workflow command and invisible characters are shown, and secrets in URLs are masked.
 */
import * as core from '@actions/core'
import { escapeLines } from '../report/escape.ts'
import { maskUrls } from '../url-secrets.ts'

const safe = (sentence: string): string => escapeLines(maskUrls(sentence))

/** Writes escaped messages to the log of the runner. */
export const runnerLog = {
  info: (sentence: string): void => core.info(safe(sentence)),
  warning: (sentence: string, properties: core.AnnotationProperties = {}): void =>
    core.warning(safe(sentence), properties),
  error: (sentence: string, properties: core.AnnotationProperties = {}): void => core.error(safe(sentence), properties),
  /** Makes the step fail when it ends. */
  setFailed: (sentence: string): void => core.setFailed(safe(sentence)),
}
