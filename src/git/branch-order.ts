/** The commits of a branch in their order, as a checkout knows them. Nothing is fetched. */
import type { Unavailable } from '../unavailable.ts'
import { openCheckout, type CheckoutRequest } from './checkout.ts'
import { firstLine, isCommitHash, type Git } from './run-git.ts'

/** A branch has one commit for each change, so this is a long history. */
const maxCommits = 100_000

/** Answers about the branches of a checkout. */
export interface Branches {
  /**
   * Returns the commits of a branch along first parents, the oldest first. Empty if the checkout has no such branch. A
   * shallow checkout knows only its newest commits.
   */
  readonly commitsOf: (branch: string) => Promise<readonly string[]>
  /**
   * Returns the first parents of a revision from itself to the oldest, or why there is none.
   *
   * @param revision a tag, a branch or a commit hash, as a user wrote it
   */
  readonly pathTo: (revision: string) => Promise<readonly string[] | Unavailable>
}

/** Opens the checkout that contains a folder. */
export async function openBranches(request: CheckoutRequest): Promise<Branches | Unavailable> {
  const opened = await openCheckout(request)
  if ('why' in opened) return opened
  const { git } = opened
  return {
    commitsOf: async (branch) => {
      for (const ref of [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`]) {
        const tip = await exactRef(git, ref)
        if (tip !== null) return (await firstParents(git, tip)).toReversed()
      }
      return []
    },
    pathTo: async (revision) => {
      const commit = await commitOf(git, revision)
      return commit === null
        ? { why: `${revision} is not in the checkout (fetch-depth: 0 fetches all tags and commits)` }
        : firstParents(git, commit)
    },
  }
}

/** Returns the commit of a ref. The name is taken as it is, since it may come from a file that anybody wrote. */
async function exactRef(git: Git, ref: string): Promise<string | null> {
  const shown = firstLine(await git(['show-ref', '--verify', '--hash', '--', ref]))
  return shown === null ? null : commitAt(git, shown)
}

async function commitOf(git: Git, revision: string): Promise<string | null> {
  for (const ref of [`refs/tags/${revision}`, `refs/heads/${revision}`, `refs/remotes/origin/${revision}`]) {
    const found = await exactRef(git, ref)
    if (found !== null) return found
  }
  return /^[0-9a-f]{7,64}$/.test(revision) ? commitAt(git, revision) : null
}

async function commitAt(git: Git, revision: string): Promise<string | null> {
  const found = firstLine(await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]))
  return found !== null && isCommitHash(found) ? found : null
}

async function firstParents(git: Git, commit: string): Promise<readonly string[]> {
  const answer = await git(['rev-list', '--first-parent', `--max-count=${maxCommits}`, commit])
  return answer.ok ? answer.stdout.split('\n').filter(isCommitHash) : [commit]
}
