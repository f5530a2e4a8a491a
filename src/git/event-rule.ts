/** Maps the event that started a run to the rule for finding its base. Pure: the history is read later. */
import * as v from 'valibot'
import { isCommitHash } from '../inputs/commit-hash.ts'

/** The rule by which the base of a run is found. */
export type BaseRule =
  /**
   * Uses the first parent of the merge commit that is checked out, or the merge base if the head itself is checked out.
   */
  | {
      readonly kind: 'pull-request'
      readonly headCommit: string
      readonly baseCommit: string
      readonly baseBranch: string
      /** GITHUB_SHA. It is the merge commit, or with `pull_request_target` a commit of the base branch. */
      readonly runCommit: string | null
      readonly runCommitIs: 'merge' | 'base'
    }
  /** Uses this commit, or the other rule if it cannot be fetched. */
  | {
      readonly kind: 'commit'
      readonly commit: string
      readonly branch: string | null
      readonly because: string
      readonly orElse: BaseRule
    }
  /** Uses the merge base of this branch and the head. */
  | { readonly kind: 'branch'; readonly branch: string }
  /** Uses a revision that the user named. */
  | { readonly kind: 'given'; readonly revision: string }
  /** There is no base. `lost` is true if there should be one. */
  | { readonly kind: 'none'; readonly why: string; readonly lost: boolean }

/** How the branches and the base of a run are determined. */
export interface EventRule {
  /** Branch of the head, or null if the event has none, for example for a tag. */
  readonly headBranch: string | null
  /** The branch whose newest record may be used in place of the base. */
  readonly targetBranch: string | null
  readonly rule: BaseRule
}

/** The event that started a run. */
export interface RunEvent {
  /** GITHUB_EVENT_NAME, or null outside of a workflow. */
  readonly name: string | null
  /** The parsed JSON in the file at GITHUB_EVENT_PATH. */
  readonly payload: unknown
  /** The value of GITHUB_REF. */
  readonly ref: string | null
  /** The value of GITHUB_SHA. */
  readonly sha: string | null
  /** A revision that the user named as the baseline. */
  readonly given: string | null
}

const commit = v.pipe(v.string(), v.check(isCommitHash))
const branch = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024))
const side = v.object({ sha: commit, ref: branch })
const repository = v.optional(v.object({ default_branch: v.optional(branch) }))

const PullRequestSchema = v.object({ pull_request: v.object({ head: side, base: side }) })
const PushSchema = v.object({ ref: branch, before: commit, forced: v.optional(v.boolean()), repository })
const MergeGroupSchema = v.object({
  merge_group: v.object({ base_sha: commit, base_ref: branch, head_ref: branch }),
})
const AnySchema = v.object({ repository })

/** Returns the rule for an event. A revision that the user named takes precedence. */
export function eventRule(event: RunEvent): EventRule {
  const found = ruleOf(event)
  return event.given === null ? found : { ...found, rule: { kind: 'given', revision: event.given } }
}

function ruleOf(event: RunEvent): EventRule {
  const { name, payload, sha } = event
  switch (name) {
    case null:
      return { headBranch: null, targetBranch: null, rule: none('no baseline was named') }
    case 'pull_request':
    case 'pull_request_review':
    case 'pull_request_review_comment':
      return pullRequest(payload, sha, 'merge') ?? unreadable(name)
    case 'pull_request_target':
      return pullRequest(payload, sha, 'base') ?? unreadable(name)
    case 'push':
      return push(payload) ?? unreadable(name)
    case 'merge_group':
      return mergeGroup(payload) ?? unreadable(name)
    default:
      return other(event)
  }
}

function pullRequest(payload: unknown, runCommit: string | null, runCommitIs: 'merge' | 'base'): EventRule | null {
  const event = v.safeParse(PullRequestSchema, payload)
  if (!event.success) return null
  const { head, base } = event.output.pull_request
  return {
    headBranch: head.ref,
    targetBranch: base.ref,
    rule: {
      kind: 'pull-request',
      headCommit: head.sha,
      baseCommit: base.sha,
      baseBranch: base.ref,
      runCommit,
      runCommitIs,
    },
  }
}

/**
 * Uses the commit before the push. For a new branch, or if that commit is gone, uses the merge base with the default
 * branch.
 */
function push(payload: unknown): EventRule | null {
  const event = v.safeParse(PushSchema, payload)
  if (!event.success) return null
  const { ref, before, forced, repository: { default_branch: defaultBranch = null } = {} } = event.output
  const headBranch = branchOf(ref)
  const orElse = partedFrom(defaultBranch, headBranch)
  const fresh = /^0+$/.test(before)
  const because = forced === true ? 'the commit that this forced push replaced' : 'the commit before this push'
  return {
    headBranch,
    targetBranch: headBranch === null ? defaultBranch : fresh ? (defaultBranch ?? headBranch) : headBranch,
    rule:
      fresh || headBranch === null ? orElse : { kind: 'commit', commit: before, branch: headBranch, because, orElse },
  }
}

function mergeGroup(payload: unknown): EventRule | null {
  const event = v.safeParse(MergeGroupSchema, payload)
  if (!event.success) return null
  const { base_sha: base, base_ref: baseRef, head_ref: headRef } = event.output.merge_group
  const baseBranch = branchOf(baseRef) ?? baseRef
  return {
    headBranch: branchOf(headRef) ?? headRef,
    targetBranch: baseBranch,
    rule: {
      kind: 'commit',
      commit: base,
      branch: baseBranch,
      because: 'the base of the merge group',
      orElse: none('the base of the merge group cannot be fetched'),
    },
  }
}

/** Handles all other events, such as `workflow_dispatch` and `schedule`, which run on a branch or a tag. */
function other(event: RunEvent): EventRule {
  const headBranch = event.ref === null ? null : branchOf(event.ref)
  const defaultBranch = defaultBranchOf(event)
  return { headBranch, targetBranch: defaultBranch ?? headBranch, rule: partedFrom(defaultBranch, headBranch) }
}

/** Returns the default branch of the repository that a run belongs to. Null if the event does not name it. */
export function defaultBranchOf({ name, payload, ref }: RunEvent): string | null {
  const event = v.safeParse(AnySchema, payload)
  const said = (event.success ? event.output.repository?.default_branch : undefined) ?? null
  // A schedule runs on the default branch, and its payload may not name it.
  return said ?? (name === 'schedule' && ref !== null ? branchOf(ref) : null)
}

function partedFrom(defaultBranch: string | null, headBranch: string | null): BaseRule {
  if (defaultBranch === null) return none('the event does not name the default branch')
  if (headBranch === defaultBranch)
    return none('this run is of the default branch, and its event names no earlier commit')
  return { kind: 'branch', branch: defaultBranch }
}

const none = (why: string): BaseRule => ({ kind: 'none', why, lost: false })

function unreadable(name: string): EventRule {
  return {
    headBranch: null,
    targetBranch: null,
    rule: { kind: 'none', why: `the payload of the event ${name} cannot be read`, lost: true },
  }
}

/** Returns the branch in `refs/heads/NAME`, or a bare name unchanged. Any other ref gives null. */
function branchOf(ref: string): string | null {
  if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length)
  return ref.startsWith('refs/') ? null : ref
}
