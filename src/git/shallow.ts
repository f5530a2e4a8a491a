import type { Git } from './run-git.ts'

/** What to do if a shallow checkout may be the reason that a commit is missing, as the end of a clause. */
export const shallowAdvice =
  '; the checkout is shallow, and "git fetch --unshallow" (or "fetch-depth: 0" of actions/checkout) completes it'

/** Returns whether a checkout has only the newest commits of its history. */
export async function isShallow(git: Git): Promise<boolean> {
  const answer = await git(['rev-parse', '--is-shallow-repository'])
  return answer.ok && answer.stdout.trim() === 'true'
}
