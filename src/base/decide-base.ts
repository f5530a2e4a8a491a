/** Whether the base is built, and from what: decided here, over what was found out before. Pure. */
import type { BaselineOrigin } from '../compare/comparison.ts'
import type { Revisions } from '../git/compared-revisions.ts'
import type { BaseFailure, BaselineNote, ExtraKind, Obstacle } from './baseline-note.ts'
import type { ContextExtras } from './context-extras.ts'

export interface BaseFacts {
  readonly revisions: Revisions
  /** The revision that somebody named; null where the event decides. */
  readonly named: string | null
  /** Whether there is a stored record of exactly the base commit, under the same settings. */
  readonly exactRecord: boolean
  /** Commit of the target branch's newest stored record; null if there is none, or where it is the head's own. */
  readonly newestRecord: { readonly commit: string | null } | null
  /** Null where it was not asked, since there is no base commit or a record of it. */
  readonly rebuild: Rebuild | null
}

/** What is known of building the base commit. */
export type Rebuild =
  | { readonly kind: 'possible' }
  /** It reads the same as the head: the same builder gives the same image for both. */
  | { readonly kind: 'same-inputs' }
  | { readonly kind: 'prevented'; readonly obstacle: Obstacle }
  /** It was tried. */
  | { readonly kind: 'failed'; readonly failure: BaseFailure }

export type BaseDecision =
  | {
      readonly from: 'record' | 'head' | 'build' | 'newest-record'
      readonly origin: BaselineOrigin
      readonly notes: readonly BaselineNote[]
    }
  | { readonly from: 'nothing'; readonly notes: readonly BaselineNote[] }

/**
 * The first that there is of: a stored record of exactly the base commit, the base commit built in this job (or the
 * head's own figures, where both read the same), the target branch's newest record.
 *
 * @returns with a note for each that was passed over; where the base is built, that it has no record is no news
 */
export function decideBase({ revisions, named, exactRecord, newestRecord, rebuild }: BaseFacts): BaseDecision {
  const { base, targetBranch, why } = revisions
  const notes: BaselineNote[] = []
  if (base === null) notes.push({ kind: 'no-base-commit', why })
  else {
    const { commit } = base
    const reference = named ?? base.branch
    if (exactRecord) return { from: 'record', origin: { kind: 'record', commit, reference }, notes }
    const origin: BaselineOrigin = { kind: 'built', commit, reference }
    if (rebuild?.kind === 'possible') return { from: 'build', origin, notes }
    if (rebuild?.kind === 'same-inputs') return { from: 'head', origin, notes: [{ kind: 'same-inputs' }] }
    notes.push({ kind: 'no-record-of-commit', commit })
    if (rebuild?.kind === 'prevented') notes.push({ kind: 'not-built', commit, obstacle: rebuild.obstacle })
    if (rebuild?.kind === 'failed') notes.push({ kind: 'not-weighed', commit, failure: rebuild.failure })
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

export interface TargetFacts {
  /** Null where nothing keeps the target of the base from being built. */
  readonly obstacle: Obstacle | null
  /** Whether the head has it, and could weigh it. */
  readonly inHead: 'weighed' | 'lost' | 'no'
  /** How the base's bake definition has it, compared with the head's. */
  readonly inBase: 'alike' | 'different' | 'no'
  /** Whether no file that it reads differs between the commits. */
  readonly readsTheSame: boolean
}

/**
 * What becomes of a target of the base's bake. What the head could not weigh has nothing to be compared with.
 *
 * @returns `as-head` where it has the same figures as the head's
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
 * What keeps a bake from being built for the base: nothing, as long as one of its targets can be.
 *
 * @param obstacles by target
 */
export function obstacleOfBake(obstacles: ReadonlyMap<string, Obstacle>, targets: number): Obstacle | null {
  const [first] = obstacles
  return first === undefined || obstacles.size < targets
    ? null
    : { kind: 'target', target: first[0], obstacle: first[1] }
}

const namedAtMost = 3

/**
 * The files that keep the base from being built. In a workflow all do: they are left over from steps before. At
 * somebody's desk, edited and new files are the change itself.
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
  return { kind: 'extra-files', count, atLeast: more, kinds, named: named.slice(0, namedAtMost) }
}
