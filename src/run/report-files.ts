/** The files that the flags of a report name. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FootprintError } from '../errors.ts'
import { isFolder } from '../files.ts'
import type { ReportOptions } from '../inputs/own-flags.ts'
import { requireOwnFiles } from './output-files.ts'

/**
 * Checks before the build that files of the report can be written.
 *
 * @param inputs files that the command reads, besides those that the options name
 * @throws FootprintError UNREADABLE_INPUT if a path is a folder, or its folder does not exist; USAGE if a file of the
 * report would replace another one that the command reads or writes
 */
export async function requireReportFiles(
  { json, markdown, html, baseline, trend, budgets }: ReportOptions,
  inputs: readonly (string | null)[],
): Promise<void> {
  for (const path of [json, markdown, html].filter((path) => path !== null)) {
    if (await isFolder(path)) throw unwritable(path, 'it is a folder')
    await stat(dirname(path)).catch((cause: unknown) => {
      throw unwritable(path, `there is no folder ${dirname(path)}`, cause)
    })
  }
  const budgetFiles = budgets.filter((rule) => rule.startsWith('@')).map((rule) => rule.slice(1))
  await requireOwnFiles(
    [
      { flag: '--json', path: json },
      { flag: '--markdown', path: markdown },
      { flag: '--html', path: html },
    ],
    [baseline, trend, ...budgetFiles, ...inputs],
  )
}

/** Returns the error for a file that cannot be written. */
export const unwritable = (path: string, why: string, cause?: unknown): FootprintError =>
  new FootprintError('UNREADABLE_INPUT', `the report cannot be written to ${path}: ${why}`, { cause })
