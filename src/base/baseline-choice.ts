/** What to compare with: the user's word, and the ladder of what can stand in for it. Pure. */
import type { Revisions } from '../git/compared-revisions.ts'

export type BaselineInput =
  | { readonly kind: 'auto' }
  | { readonly kind: 'off' }
  | { readonly kind: 'revision'; readonly revision: string }
  /** As in `containers-transports(5)`. */
  | { readonly kind: 'source'; readonly source: string }
  /** A record, or an archive or layout that is recognised by what is in it; `-` is a record from standard input. */
  | { readonly kind: 'path'; readonly path: string }

const transports = ['oci:', 'oci-archive:', 'docker-archive:', 'docker-daemon:', 'docker://']

/**
 * A word is a path if it is written as one (`./x`, `/x`, `x.json`, `x.tar`), or if a file or an image layout lies
 * there; every other word is a revision.
 * @param isImageOrRecord whether the path is a file, or a folder with an image layout
 */
export function parseBaseline(input: string, isImageOrRecord: (path: string) => boolean): BaselineInput {
  const text = input.trim()
  switch (text.toLowerCase()) {
    case '':
    case 'auto':
      return { kind: 'auto' }
    case 'off':
    case 'none':
    case 'false':
      return { kind: 'off' }
  }
  if (transports.some((transport) => text.startsWith(transport))) return { kind: 'source', source: text }
  const writtenAsPath = text === '-' || /^\.{0,2}\//.test(text) || /\.(?:json|tar|tar\.gz|tgz|tar\.zst)$/.test(text)
  return writtenAsPath || isImageOrRecord(text) ? { kind: 'path', path: text } : { kind: 'revision', revision: text }
}

/** A rung of the ladder, in the words of the report. */
export type Rung = 'record' | 'built' | 'newest-record' | 'given'

/** What is tried, in order: the first that works is the baseline. It is what a comparison calls its origin. */
export interface Attempt {
  readonly kind: Rung
  readonly commit: string | null
  /** Branch, or what was given, as written. */
  readonly reference: string | null
}

export interface BaselineLadder {
  readonly attempts: readonly Attempt[]
  /** One sentence for each rung that was passed over. */
  readonly passedOver: readonly string[]
}

export interface LadderFacts {
  readonly input: BaselineInput
  readonly revisions: Revisions
  /** Whether there is a stored record of exactly the base commit, under the same settings. */
  readonly exactRecord: boolean
  /** Why the base revision cannot be built; null if it can. */
  readonly cannotBuild: string | null
  /** Commit of the target branch's newest stored record; null if there is none, or where it is the head's own. */
  readonly newestRecord: { readonly commit: string | null } | null
}

/**
 * Stored record of exactly the base commit, else the base built in this job, else the target branch's newest record.
 * What the user named is the only rung where it is no revision.
 */
export function baselineLadder({
  input,
  revisions,
  exactRecord,
  cannotBuild,
  newestRecord,
}: LadderFacts): BaselineLadder {
  if (input.kind === 'off') return { attempts: [], passedOver: [] }
  if (input.kind === 'source' || input.kind === 'path') {
    const reference = input.kind === 'source' ? input.source : input.path
    return { attempts: [{ kind: 'given', commit: null, reference }], passedOver: [] }
  }
  const { base, targetBranch, why } = revisions
  const attempts: Attempt[] = []
  const passedOver: string[] = []
  const rung = (kind: Rung, commit: string | null, reference: string | null): void => {
    attempts.push({ kind, commit, reference })
  }
  if (base === null) {
    passedOver.push(`There is no base commit: ${why}.`)
  } else {
    const reference = input.kind === 'revision' ? input.revision : base.branch
    if (exactRecord) rung('record', base.commit, reference)
    else passedOver.push(`No stored record is of the base commit ${short(base.commit)} under the same settings.`)
    if (cannotBuild === null) rung('built', base.commit, reference)
    else if (!exactRecord) passedOver.push(`The base commit ${short(base.commit)} was not built: ${cannotBuild}.`)
  }
  if (newestRecord !== null) rung('newest-record', newestRecord.commit, targetBranch)
  else if (attempts.length === 0)
    passedOver.push(
      targetBranch === null
        ? 'No branch is known whose newest record could stand in.'
        : `No stored record is of the branch ${targetBranch} under the same settings.`,
    )
  return { attempts, passedOver }
}

const short = (commit: string): string => commit.slice(0, 7)
