/** Decides whether the base is built, and from what, using facts that were collected before. Pure. */
import type { BaselineOrigin } from '../compare/comparison.ts'
import type { Revisions } from '../git/compared-revisions.ts'
import type { BaseFailure, BaselineNote, ExtraKind, Obstacle } from './baseline-note.ts'
import type { ContextExtras } from './context-extras.ts'

/** The facts for the decision on the base. */
export interface BaseFacts {
  readonly revisions: Revisions
  /** The revision that the user named, or null if the event decides. */
  readonly named: string | null
  /** Whether there is a stored record of exactly the base commit with the same settings. */
  readonly exactRecord: boolean
  /** Whether that record lacks targets of the head that could not be weighed when it was made. Default: false. */
  readonly lacksTargets?: boolean
  /** The commit of the target branch's newest stored record. Null if there is no record, or it is the head's own. */
  readonly newestRecord: { readonly commit: string | null } | null
  /** Null if this was not determined, because there is no base commit or there is a record of it. */
  readonly rebuild: Rebuild | null
}

/** What is known about building the base commit. */
export type Rebuild =
  | { readonly kind: 'possible' }
  /** The base and the head read the same inputs, so one builder gives the same image for both. */
  | { readonly kind: 'same-inputs' }
  | { readonly kind: 'prevented'; readonly obstacle: Obstacle }
  /** The base was built or weighed, and that failed. */
  | { readonly kind: 'failed'; readonly failure: BaseFailure }

/** Where the baseline comes from. */
export type BaseDecision =
  | {
      readonly from: 'record' | 'head' | 'build' | 'newest-record'
      readonly origin: BaselineOrigin
      readonly notes: readonly BaselineNote[]
    }
  | { readonly from: 'nothing'; readonly notes: readonly BaselineNote[] }

/**
 * Returns the best baseline that is available. In this order: a stored record of exactly the base commit; the base
 * commit built by the same builder, or the head's own figures if both read the same inputs; the target branch's newest
 * record.
 *
 * @returns the decision, with a note for each source that could not be used. If the base is built, a missing record is
 * not noted.
 */
export function decideBase(facts: BaseFacts): BaseDecision {
  const { revisions, named, exactRecord, lacksTargets = false, newestRecord, rebuild } = facts
  const { head, base, lost, targetBranch, why } = revisions
  const notes: BaselineNote[] = []
  // A run of the branch that its own next run is compared with.
  const isFirst = named === null && !lost && targetBranch !== null && head.branch === targetBranch
  if (base === null) notes.push({ kind: 'no-base-commit', why, ...(isFirst ? { isFirst } : {}) })
  else {
    const { commit, parted } = base
    const reference = named ?? base.branch
    const recorded = { from: 'record', origin: { kind: 'record', commit, reference, parted }, notes } as const
    if (exactRecord && !lacksTargets) return recorded
    const origin: BaselineOrigin = { kind: 'built', commit, reference, parted }
    if (rebuild?.kind === 'possible') return { from: 'build', origin, notes }
    if (rebuild?.kind === 'same-inputs')
      return { from: 'head', origin: { ...origin, isHead: true }, notes: [{ kind: 'same-inputs' }] }
    if (!exactRecord) notes.push({ kind: 'no-record-of-commit', commit })
    if (rebuild?.kind === 'prevented') notes.push({ kind: 'not-built', commit, obstacle: rebuild.obstacle })
    if (rebuild?.kind === 'failed') notes.push({ kind: 'not-weighed', commit, failure: rebuild.failure })
    if (exactRecord) return recorded
  }
  if (newestRecord !== null) {
    const origin: BaselineOrigin = { kind: 'newest-record', commit: newestRecord.commit, reference: targetBranch }
    return { from: 'newest-record', origin, notes }
  }
  if (rebuild?.kind !== 'failed')
    notes.push(
      targetBranch === null ? { kind: 'no-branch' } : { kind: 'no-record-of-branch', branch: targetBranch, name: null },
    )
  return { from: 'nothing', notes }
}

/** The facts for the decision on a target of the base. */
export interface TargetFacts {
  /** Null if nothing prevents the base's target from being built. */
  readonly obstacle: Obstacle | null
  /** Whether the head has the target, and whether it could be weighed. */
  readonly inHead: 'weighed' | 'lost' | 'no'
  /** Whether the base's bake definition has the target, and whether it is the same as in the head's. */
  readonly inBase: 'alike' | 'different' | 'no'
  /** Whether all files that the target reads are the same in both commits. */
  readonly readsTheSame: boolean
}

/**
 * Decides what to do with a target of the base's bake. A target that the head could not weigh has nothing to be
 * compared with.
 *
 * @returns `as-head` if the target has the same figures as the head's
 */
export function decideTarget({
  obstacle,
  inHead,
  inBase,
  readsTheSame,
}: TargetFacts): 'as-head' | 'build' | 'missing' | 'leave' | Obstacle {
  if (obstacle !== null) return obstacle
  if (inHead === 'lost') return 'leave'
  if (inBase === 'no') return 'missing'
  return inHead === 'weighed' && inBase === 'alike' && readsTheSame ? 'as-head' : 'build'
}

/**
 * Returns the obstacle that prevents the base's bake from being built. Returns null if at least one target can be
 * built.
 *
 * @param obstacles the obstacle of each target that has one, by target name
 * @param targets number of targets
 */
export function obstacleOfBake(obstacles: ReadonlyMap<string, Obstacle>, targets: number): Obstacle | null {
  const [first] = obstacles
  return first === undefined || obstacles.size < targets
    ? null
    : { kind: 'target', target: first[0], obstacle: first[1] }
}

/** How many files an obstacle names. */
const maxNamed = 3

/**
 * Returns the files that prevent the base from being built, or null. In a workflow every file outside of the commit
 * does, because earlier steps left it there. In a local run, edited and new files are the change itself.
 */
export function obstacleOfExtras(
  { extras, counts, more }: ContextExtras,
  { local }: { readonly local: boolean },
): Obstacle | null {
  const kinds = (Object.keys(counts) as ExtraKind[]).filter(
    (kind) => counts[kind] > 0 && !(local && (kind === 'modified' || kind === 'untracked')),
  )
  const count = kinds.reduce((sum, kind) => sum + counts[kind], 0)
  if (count === 0) return more ? { kind: 'countless-files' } : null
  const named = extras.filter(({ kind }) => kinds.includes(kind)).map(({ path }) => path)
  return { kind: 'extra-files', count, atLeast: more, kinds, named: named.slice(0, maxNamed) }
}
