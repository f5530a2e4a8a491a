/** Writes the report to the job summary. This always happens, whatever becomes of the comment. */
import { appendFile, stat } from 'node:fs/promises'

/** Size limit for the summary of a step, in bytes. GitHub shows nothing of a larger one. */
const maxBytes = 1024 * 1024

/**
 * Appends the report to the job summary.
 *
 * @param path the value of GITHUB_STEP_SUMMARY; nothing is written without it
 * @param shorter the same report with fewer details, longest first, in case the whole report does not fit
 * @returns whether the whole report was written
 */
export async function appendJobSummary(
  markdown: string,
  path: string | undefined,
  shorter: readonly string[] = [],
): Promise<boolean> {
  if (path === undefined || path === '') return false
  const written = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const fits = (text: string): boolean => written + Buffer.byteLength(text) + 1 <= maxBytes
  const chosen = [
    markdown,
    ...shorter,
    'The report is too long for a job summary: the output `markdown` names the file that has it.',
  ].find(fits)
  if (chosen !== undefined) await appendFile(path, `${chosen}\n`)
  return chosen === markdown
}
