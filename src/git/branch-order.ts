/** The commits of a branch in their order, as a checkout knows them. Nothing is fetched. */
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { Unavailable } from '../unavailable.ts'
import { openCheckout, type CheckoutRequest } from './checkout.ts'
import { firstLine, type Git } from './run-git.ts'
import { isShallow, shallowAdvice } from './shallow.ts'

/** A branch has one commit for each change, so this is a long history. */
const maxCommits = 100_000

/** Time limit in milliseconds. An expression such as `:/TEXT` searches the whole history. */
const maxResolving = 30_000

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
   * @param revision any expression that Git knows (gitrevisions(7)), as a user wrote it: a tag, `main~2`, a hash
   */
  readonly pathTo: (revision: string) => Promise<readonly string[] | Unavailable>
  /** Returns a commit and all that it comes from, also by merges. It has only itself if the checkout does not know more. */
  readonly ancestorsOf: (commit: string) => Promise<readonly string[]>
  /** What to do if the checkout lacks older commits because it is shallow, as the end of a clause. Empty if it is not. */
  readonly shallowAdvice: string
}

/** Opens the checkout that contains a folder. */
export async function openBranches(request: CheckoutRequest): Promise<Branches | Unavailable> {
  const opened = await openCheckout(request)
  if ('why' in opened) return opened
  const { git } = opened
  const advice = (await isShallow(git)) ? shallowAdvice : ''
  return {
    shallowAdvice: advice,
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
        ? { why: `the checkout has no tag, branch or commit ${revision}${advice}` }
        : firstParents(git, commit)
    },
    ancestorsOf: (commit) => ancestors(git, commit),
  }
}

/** Returns the commit of a ref. The name is taken as it is, since it may come from a file that anybody wrote. */
async function exactRef(git: Git, ref: string): Promise<string | null> {
  const shown = firstLine(await git(['show-ref', '--verify', '--hash', '--', ref]))
  return shown === null ? null : commitAt(git, shown)
}

/**
 * A name is first looked up as a tag and as a branch, also as one of the remote, because a workflow often checks out a
 * commit without a branch. This is also so for a name with steps, such as `main~2`. Git resolves everything else.
 */
async function commitOf(git: Git, revision: string): Promise<string | null> {
  const [, name = '', steps = ''] = /^([^~^]+)([~^].*)?$/s.exec(revision) ?? []
  for (const folder of ['refs/tags', 'refs/heads', 'refs/remotes/origin']) {
    const found = name === '' ? null : await exactRef(git, `${folder}/${name}`)
    if (found !== null) return steps === '' ? found : commitAt(git, `${found}${steps}`)
  }
  return commitAt(git, revision)
}

/** The commit is asked for in a second call, because `:/TEXT` takes everything after it as text. */
async function commitAt(git: Git, revision: string): Promise<string | null> {
  const object = await objectAt(git, revision)
  return object === null ? null : objectAt(git, `${object}^{commit}`)
}

async function objectAt(git: Git, revision: string): Promise<string | null> {
  const found = firstLine(
    await git(['rev-parse', '--verify', '--quiet', '--end-of-options', revision], { timeout: maxResolving }),
  )
  return found !== null && isCommitHash(found) ? found : null
}

const firstParents = (git: Git, commit: string): Promise<readonly string[]> => ancestors(git, commit, '--first-parent')

async function ancestors(git: Git, commit: string, ...options: readonly string[]): Promise<readonly string[]> {
  const answer = await git(['rev-list', ...options, `--max-count=${maxCommits}`, commit])
  return answer.ok ? answer.stdout.split('\n').filter(isCommitHash) : [commit]
}
