/** Notes on how a baseline was found, as values. `report/baseline-sentences.ts` turns them into sentences. */
import type { Unavailable } from '../unavailable.ts'

/** A note on how the baseline was found, or why a better one was not used. */
export type BaselineNote =
  /** `isFirst`: nothing is missing, because this is the first run of the branch. Its next run has a base commit. */
  | ({ readonly kind: 'no-base-commit'; readonly isFirst?: true } & Unavailable)
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
  /** `comparedWith`: the targets of the base whose images its images are compared with. Left out if there are none. */
  | {
      readonly kind: 'no-such-target'
      readonly commit: string
      readonly target: string
      readonly comparedWith?: readonly string[]
    }

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
  /** The run wrote these places into a folder that the base would read too, relative to it. `.` is the folder itself. */
  | { readonly kind: 'written'; readonly places: readonly string[] }
  /** A named build context has an obstacle. */
  | { readonly kind: 'context'; readonly name: string; readonly obstacle: Obstacle }
  | { readonly kind: 'target'; readonly target: string; readonly obstacle: Obstacle }
  | { readonly kind: 'linked-target'; readonly target: string; readonly obstacle: Obstacle }
  /** A reason in the words of Git, bake, the builder or a trust rule. */
  | ({ readonly kind: 'said' } & Unavailable & WithLog)

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

/** The last lines that a step printed before it failed. Masked, and untrusted. Absent if no step failed. */
export interface WithLog {
  readonly log?: readonly string[]
}

/** The end of the log of a base revision, or of one of its targets, that could not be built. */
export interface FailedBase {
  /** The targets of a bake that failed at this step. Null for a build. */
  readonly targets: readonly string[] | null
  /** Masked, and untrusted. */
  readonly log: readonly string[]
}

/** Returns the ends of the logs of what failed. Targets that failed at the same step have one log. */
export function failedBases(notes: readonly BaselineNote[]): readonly FailedBase[] {
  const failed = new Map<string, FailedBase>()
  const add = (target: string | null, one: Obstacle | WithLog): void => {
    const log = 'log' in one ? one.log : undefined
    if (log === undefined || log.length === 0) return
    const key = JSON.stringify(log)
    const others = failed.get(key)?.targets ?? []
    failed.set(key, { targets: target === null ? null : [...others, target], log })
  }
  for (const note of notes) {
    if (note.kind === 'target-not-weighed') add(note.target, note.obstacle)
    if (note.kind !== 'not-weighed') continue
    if (!('lost' in note.failure)) add(null, note.failure)
    else for (const { target, obstacle } of note.failure.lost) add(target, obstacle)
  }
  return [...failed.values()]
}

/** Why there are no figures for a base whose build was started. */
export type BaseFailure =
  (Unavailable & WithLog) | { readonly lost: readonly LostTarget[]; readonly missing: readonly string[] }
