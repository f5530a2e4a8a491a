import type { Git } from './run-git.ts'

/**
 * Returns when a commit of the checkout was committed, in milliseconds since 1970. Null if the checkout does not have
 * the commit, or its header has no such time.
 */
export async function commitTime(git: Git, commit: string): Promise<number | null> {
  const answer = await git(['cat-file', 'commit', commit])
  const header = answer.ok ? (answer.stdout.split('\n\n', 1)[0] ?? '') : ''
  const committer = header.split('\n').findLast((line) => line.startsWith('committer '))
  const seconds = /> (\d{1,11}) [+-]\d{4}$/.exec(committer ?? '')?.[1]
  return seconds === undefined ? null : Number(seconds) * 1000
}
