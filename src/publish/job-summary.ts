import { appendFile } from 'node:fs/promises'

/** @param path what GITHUB_STEP_SUMMARY names; nothing is written without it */
export async function appendJobSummary(markdown: string, path: string | undefined): Promise<void> {
  if (path === undefined || path === '') return
  await appendFile(path, `${markdown}\n`)
}
