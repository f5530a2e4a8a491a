/** Notes on how a baseline was found, as values. `report/baseline-sentences.ts` turns them into sentences. */
import type { Unavailable } from '../unavailable.ts'

/** A note on how the baseline was found, or why a better one was not used. */
export type BaselineNote =
  | ({ readonly kind: 'no-base-commit' } & Unavailable)
  | { readonly kind: 'no-record-folder' }
  | { readonly kind: 'no-record-of-commit'; readonly commit: string }
  /** `name` is the name of the job's records if the branch has records of several jobs. */
  | { readonly kind: 'no-record-of-branch'; readonly branch: string; readonly name: string | null }
  | { readonly kind: 'no-branch' }
  | { readonly kind: 'record-skipped'; readonly file: string; readonly fault: RecordFault }
  | { readonly kind: 'not-built'; readonly commit: string; readonly obstacle: Obstacle }
  | { readonly kind: 'not-weighed'; readonly commit: string; readonly failure: BaseFailure }
  | ({ readonly kind: 'unreadable'; readonly reference: string } & Unavailable)
  | ({ readonly kind: 'not-comparable' } & Unavailable)
  /** Nothing that the build reads differs between the two commits. */
  | { readonly kind: 'same-inputs' }
  /** Nothing that these targets of a bake read differs. `all` says that no other target was built. */
  | { readonly kind: 'targets-with-same-inputs'; readonly targets: readonly string[]; readonly all: boolean }
  | { readonly kind: 'dockerfile-outside' }
  | { readonly kind: 'git-folder-read' }
  | ({ readonly kind: 'target-not-weighed'; readonly commit: string } & LostTarget)
  | { readonly kind: 'no-such-target'; readonly commit: string; readonly target: string }

/** Why a stored record is not used. */
export type RecordFault =
  | { readonly kind: 'other-revision' }
  | { readonly kind: 'from-the-future' }
  | { readonly kind: 'not-a-file' }
  | { readonly kind: 'too-large'; readonly maxBytes: number }
  | { readonly kind: 'not-read'; readonly code: string }
  | ({ readonly kind: 'invalid' } & Unavailable)

/** What prevents the base revision, or one of its targets, from being built. */
export type Obstacle =
  | { readonly kind: 'existing-images' }
  | { readonly kind: 'standard-input' }
  | ExtraFiles
  /** There are too many files outside of the commit to examine them all. */
  | { readonly kind: 'countless-files' }
  /** A named build context has an obstacle. */
  | { readonly kind: 'context'; readonly name: string; readonly obstacle: Obstacle }
  | { readonly kind: 'target'; readonly target: string; readonly obstacle: Obstacle }
  | { readonly kind: 'linked-target'; readonly target: string; readonly obstacle: Obstacle }
  /** A reason in the words of Git, bake, the builder or a trust rule. */
  | ({ readonly kind: 'said' } & Unavailable & FailedStep)

/** Files that the build reads and that are not in the commit. */
export interface ExtraFiles {
  readonly kind: 'extra-files'
  readonly count: number
  /** Whether there may be more files than `count`. */
  readonly atLeast: boolean
  readonly kinds: readonly ExtraKind[]
  /** The first of the files, relative to the context. A file may be outside of the context. */
  readonly named: readonly string[]
}

/** Why a file is not in the commit: `lfs` is Git LFS content in place of its pointer, `submodule` one that has files. */
export type ExtraKind = 'untracked' | 'ignored' | 'modified' | 'lfs' | 'submodule'

/** A target of the base that has no figures, and why. */
export interface LostTarget {
  readonly target: string
  readonly obstacle: Obstacle
}

/** The last lines that a step printed before it failed. Masked, and untrusted. Absent if none did. */
interface FailedStep {
  readonly log?: readonly string[]
}

/** Returns the last lines of the steps that failed. */
export function failedStepsOf(notes: readonly BaselineNote[]): readonly string[] {
  const logOf = (one: object): readonly string[] => ('log' in one ? ((one as FailedStep).log ?? []) : [])
  return notes.flatMap((note) => {
    if (note.kind === 'target-not-weighed') return logOf(note.obstacle)
    if (note.kind !== 'not-weighed') return []
    return 'lost' in note.failure ? note.failure.lost.flatMap(({ obstacle }) => logOf(obstacle)) : logOf(note.failure)
  })
}

/** Why there are no figures for a base whose build was started. */
export type BaseFailure =
  (Unavailable & FailedStep) | { readonly lost: readonly LostTarget[]; readonly missing: readonly string[] }
