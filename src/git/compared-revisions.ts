/** Determines the head and the base commit of a comparison. */
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { History } from './commit-history.ts'
import type { EventRule, BaseRule } from './event-rule.ts'
import { shallowAdvice } from './shallow.ts'
import { whyUnknown } from './unknown-revision.ts'

/** A commit, and the branch that it was found by. */
export interface NamedCommit {
  /** Full hash. */
  readonly commit: string
  readonly branch: string | null
  /** True if this is the last commit that the head shares with the branch, and the branch has newer commits. */
  readonly parted: boolean
}

/** The two sides of a comparison. */
export interface Revisions {
  readonly head: { readonly commit: string | null; readonly branch: string | null }
  /** Null if there is no commit to compare with. */
  readonly base: NamedCommit | null
  /** True if there should be a commit to compare with, but it cannot be found or fetched. */
  readonly lost: boolean
  /** The branch whose newest record may be used in place of the base. */
  readonly targetBranch: string | null
  /** A clause that says how the base was found, or why there is none. It has no capital letter and no full stop. */
  readonly why: string
}

type Found =
  /** `how` says what the commit is, such as "the commit of main~1". */
  | { readonly base: NamedCommit; readonly lost: false; readonly how: string; readonly why: string }
  | { readonly base: null; readonly lost: boolean; readonly why: string }

/**
 * Determines head and base of a run.
 *
 * @param built the commit that was built, if it is not the one that is checked out (a Git context)
 * @param local true if the head is a local work tree. It may have uncommitted changes, so it can be compared with its
 * own commit
 */
export async function revisionsOf(
  event: EventRule,
  history: History,
  { built, local }: { readonly built: string | null; readonly local: boolean },
): Promise<Revisions> {
  const commit = built ?? (await history.commitOf('HEAD'))
  const branch = event.headBranch ?? (local ? await history.currentBranch() : null)
  const head = { commit, branch }
  const { targetBranch } = event
  if (commit === null)
    return { head, base: null, lost: true, targetBranch, why: 'there is no Git commit of what is built' }
  const found = await baseBy(event.rule, commit, history)
  const { base, lost: isLost, why } = found
  if (found.base !== null && found.base.commit === commit && !(local && event.rule.kind === 'given'))
    return { head, base: null, lost: false, targetBranch, why: `the head is itself ${found.how}` }
  return {
    head,
    base,
    lost: isLost,
    why,
    targetBranch: event.rule.kind === 'given' ? standInFor(event.rule.revision, found, targetBranch) : targetBranch,
  }
}

/**
 * Returns the branch whose newest record may replace the base. A revision that cannot be found may still be the name of
 * a branch with a record. In that case no other branch is used.
 */
function standInFor(revision: string, { base, lost }: Found, targetBranch: string | null): string | null {
  return lost ? revision : (base?.branch ?? targetBranch)
}

async function baseBy(rule: BaseRule, head: string, history: History): Promise<Found> {
  switch (rule.kind) {
    case 'none':
      return rule.lost ? lost(rule.why) : nothing(rule.why)
    case 'pull-request':
      return ofPullRequest(rule, head, history)
    case 'commit': {
      if (await history.has(rule.commit)) return found(rule.commit, rule.branch, rule.because)
      const other = await baseBy(rule.orElse, head, history)
      const why = `${rule.because} (${short(rule.commit)}) cannot be fetched; ${other.why}`
      return other.base === null ? lost(why) : { ...other, why }
    }
    case 'branch': {
      const tip = await history.branchTip(rule.branch)
      return tip === null
        ? lost(`the branch ${rule.branch} cannot be found in the repository or at its remote`)
        : parting(head, tip, rule.branch, history)
    }
    case 'given':
      return ofGiven(rule.revision, head, history)
  }
}

type PullRequestRule = Extract<BaseRule, { kind: 'pull-request' }>

async function ofPullRequest(rule: PullRequestRule, head: string, history: History): Promise<Found> {
  const { baseCommit, baseBranch, runCommit, runCommitIs } = rule
  if (head === baseCommit || (runCommitIs === 'base' && head === runCommit))
    return nothing(`what is checked out is the branch ${baseBranch} itself, not the pull request`)
  const first = await firstParentOfMerge(rule, head, history)
  return first === null
    ? parting(head, baseCommit, baseBranch, history)
    : found(first, baseBranch, 'the first parent of the merge commit that is checked out')
}

/**
 * Returns the base's side of the merge commit that GitHub makes for a pull request, or null for any other commit. The
 * branch of the pull request may itself end in a merge commit. The first parent of that one is not the base.
 */
async function firstParentOfMerge(
  { headCommit, runCommit, runCommitIs }: PullRequestRule,
  head: string,
  history: History,
): Promise<string | null> {
  if (head === headCommit) return null
  const [first, second, ...more] = (await history.parentsOf(head)) ?? []
  if (first === undefined || second === undefined || more.length > 0) return null
  if (second === headCommit || (runCommitIs === 'merge' && head === runCommit)) return first
  // A Git context is fetched later than the event, so the pull request may have more commits by then.
  return (await history.mergeBase(second, headCommit)) === headCommit ? first : null
}

async function parting(head: string, tip: string, branch: string, history: History): Promise<Found> {
  const base = await history.mergeBase(head, tip)
  return base === null
    ? lost(
        `no common ancestor with the branch ${branch} can be found or fetched${history.isShallow ? shallowAdvice : ''}`,
      )
    : found(base, branch, `the merge base with the branch ${branch}`, { parted: base !== tip })
}

/**
 * The name of a branch means the merge base of it and the head, as in `git diff main...`. Anything else means exactly
 * that commit: a hash, a tag or an expression such as `main~1`.
 */
async function ofGiven(revision: string, head: string, history: History): Promise<Found> {
  const here = revision.startsWith('-') ? null : await history.commitOf(revision)
  const commit = here ?? (revision.startsWith('-') ? null : await history.branchTip(revision))
  if (commit === null) {
    if (isCommitHash(revision) && (await history.has(revision)))
      return found(revision, null, 'the commit that was given')
    // A checkout of one branch has no tags.
    const tag = (await history.remoteRefs()).refs.find(({ name, isTag }) => isTag && name === revision)
    return tag !== undefined && (await history.has(tag.commit))
      ? found(tag.commit, null, `the commit of ${revision}`)
      : lost(await whyUnknown(revision, history))
  }
  if (/^[0-9a-f]{4,}$/.test(revision) && commit.startsWith(revision))
    return found(commit, null, 'the commit that was given')
  if (here !== null && !(await history.isBranch(revision))) return found(commit, null, `the commit of ${revision}`)
  const base = await history.mergeBase(head, commit)
  if (base === null)
    return found(commit, revision, `${revision} itself, since no common ancestor can be found or fetched`)
  if (base === commit) return found(commit, revision, `the commit of ${revision}, which is an ancestor of the head`)
  return found(base, revision, `the merge base with ${revision}`, { parted: true })
}

const found = (
  commit: string,
  branch: string | null,
  how: string,
  { parted }: Pick<NamedCommit, 'parted'> = { parted: false },
): Found => ({
  base: { commit, branch, parted },
  lost: false,
  how,
  why: `it is ${how}`,
})
const nothing = (why: string): Found => ({ base: null, lost: false, why })
const lost = (why: string): Found => ({ base: null, lost: true, why })
const short = (commit: string): string => commit.slice(0, 7)
