/** What a report says of how its baseline was found, as values: `report/baseline-sentences.ts` has the words. */
import type { Unavailable } from '../unavailable.ts'

export type BaselineNote =
  | ({ readonly kind: 'no-base-commit' } & Unavailable)
  | { readonly kind: 'no-record-folder' }
  | { readonly kind: 'no-record-of-commit'; readonly commit: string }
  /** `name` of the job's records, where there are several. */
  | { readonly kind: 'no-record-of-branch'; readonly branch: string; readonly name: string | null }
  | { readonly kind: 'no-branch' }
  | { readonly kind: 'record-skipped'; readonly file: string; readonly fault: RecordFault }
  | { readonly kind: 'not-built'; readonly commit: string; readonly obstacle: Obstacle }
  | { readonly kind: 'not-weighed'; readonly commit: string; readonly failure: BaseFailure }
  | ({ readonly kind: 'unreadable'; readonly reference: string } & Unavailable)
  | ({ readonly kind: 'not-comparable' } & Unavailable)
  /** Nothing that the build reads differs between the commits. */
  | { readonly kind: 'same-inputs' }
  /** The same of these targets of a bake; `all` where no other one was built. */
  | { readonly kind: 'targets-with-same-inputs'; readonly targets: readonly string[]; readonly all: boolean }
  | { readonly kind: 'dockerfile-outside' }
  | { readonly kind: 'git-folder-read' }
  | ({ readonly kind: 'target-not-weighed'; readonly commit: string } & LostTarget)
  | { readonly kind: 'no-such-target'; readonly commit: string; readonly target: string }

/** Why a stored record does not count. */
export type RecordFault =
  | { readonly kind: 'other-revision' }
  | { readonly kind: 'from-the-future' }
  | { readonly kind: 'not-a-file' }
  | { readonly kind: 'too-large'; readonly mostBytes: number }
  | { readonly kind: 'not-read'; readonly code: string }
  | ({ readonly kind: 'invalid' } & Unavailable)

/** What keeps the base revision, or a target of it, from being built. */
export type Obstacle =
  | { readonly kind: 'existing-images' }
  | { readonly kind: 'standard-input' }
  | ExtraFiles
  /** There are more files that are not in the commit than can be looked through. */
  | { readonly kind: 'countless-files' }
  /** Of a named build context. */
  | { readonly kind: 'context'; readonly name: string; readonly obstacle: Obstacle }
  | { readonly kind: 'target'; readonly target: string; readonly obstacle: Obstacle }
  | { readonly kind: 'linked-target'; readonly target: string; readonly obstacle: Obstacle }
  /** As Git, bake, the builder or a rule of trust says it. */
  | ({ readonly kind: 'said' } & Unavailable)

/** Files that the build reads and the commit does not hold. */
export interface ExtraFiles {
  readonly kind: 'extra-files'
  readonly count: number
  /** Whether there may be more. */
  readonly atLeast: boolean
  readonly kinds: readonly ExtraKind[]
  /** The first of them, relative to the context, which they may lie outside of. */
  readonly named: readonly string[]
}

export type ExtraKind = 'untracked' | 'ignored' | 'modified' | 'lfs' | 'submodule'

export interface LostTarget {
  readonly target: string
  readonly obstacle: Obstacle
}

/** Why a base whose building was begun has no figures. */
export type BaseFailure = Unavailable | { readonly lost: readonly LostTarget[]; readonly missing: readonly string[] }
