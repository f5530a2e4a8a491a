/** The report in the job summary: always, whatever becomes of the comment. */
import { appendFile, stat } from 'node:fs/promises'

/** What a step may write, in bytes; of more, GitHub shows nothing. */
const mostBytes = 1024 * 1024

/**
 * @param path what GITHUB_STEP_SUMMARY names; nothing is written without it
 * @param shorter the same report with fewer details, longest first, for where the whole does not fit
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
  const fits = (text: string): boolean => written + Buffer.byteLength(text) + 1 <= mostBytes
  const chosen = [
    markdown,
    ...shorter,
    'The report is too long for a job summary: the output `markdown` names the file that has it.',
  ].find(fits)
  if (chosen !== undefined) await appendFile(path, `${chosen}\n`)
  return chosen === markdown
}
