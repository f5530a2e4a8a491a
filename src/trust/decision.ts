/**
 * What may be built where a run has this repository's secrets and a token that writes: only what is known to be of a
 * commit that somebody with write access made. Pure: `look.ts` finds out what the sources are.
 */
import { FootprintError } from '../errors.ts'
import { isCommitHash } from '../git/run-git.ts'
import type { Unavailable } from '../unavailable.ts'

/** A work tree that a file or folder lies in, and what of it the commit does not hold. */
export interface Checkout {
  /** What is checked out. */
  readonly commit: string
  /** Files that reach the build and are of no commit. */
  readonly changed: readonly string[]
}

/** Something that a build takes in. */
export type Source =
  /** A folder or file on this machine that is built: a context, a Dockerfile, a bake file. */
  | { readonly kind: 'local'; readonly what: string; readonly found: Checkout | Unavailable }
  /** A file that is handed over and not run, such as a secret's; `commit` of the checkout that it lies in, if any. */
  | { readonly kind: 'handed-over'; readonly what: string; readonly commit: string | null }
  /** An address that the builder fetches from. */
  | { readonly kind: 'remote'; readonly what: string; readonly address: string }
  /** An image, by its reference. */
  | { readonly kind: 'image'; readonly what: string; readonly reference: string }
  | { readonly kind: 'unknown'; readonly what: string; readonly why: string }

export interface GuardedRun {
  readonly eventName: string
  /** See `trustedCommits`. */
  readonly commits: readonly string[]
  /** Address of this repository as a Git context has it, such as `https://github.com/owner/name.git`. */
  readonly repositoryUrl: string
}

/** @throws FootprintError USAGE with the safe way, for the first source that is not known to be trusted */
export function refuseUntrusted(run: GuardedRun, sources: readonly Source[]): void {
  const faults = sources.map((source) => faultOf(source, run)).filter((fault) => fault !== null)
  const [first] = faults
  if (first === undefined) return
  throw new FootprintError(
    'USAGE',
    `Refused to build on the event ${run.eventName}, which runs with this repository's secrets and a token that writes: ${first}. Build on the event pull_request, and write the comment from a second workflow with "mode: publish": see docs/threat-model.md`,
  )
}

/** A clause why a source may be a stranger's; null where it is known not to be. */
export function faultOf(source: Source, { commits, repositoryUrl }: GuardedRun): string | null {
  switch (source.kind) {
    case 'local': {
      const { found } = source
      if ('why' in found) return `it cannot be determined whose ${source.what} is, since ${found.why}`
      if (!commits.includes(found.commit)) return ofAnotherCommit(source.what, found.commit)
      if (found.changed.length === 0) return null
      return `${source.what} has files that are in no commit (${found.changed.slice(0, 3).join(', ')}${found.changed.length > 3 ? ', …' : ''})`
    }
    case 'handed-over':
      return source.commit === null || commits.includes(source.commit)
        ? null
        : ofAnotherCommit(source.what, source.commit)
    case 'remote':
      return commits.some((commit) => isPinned(source.address, repositoryUrl, commit))
        ? null
        : `${source.what} is not this repository at the full hash of the workflow's own or the base's commit`
    case 'image':
      return /@sha256:[0-9a-f]{64}$/.test(source.reference) ? null : `${source.what} is an image without a digest`
    case 'unknown':
      return `it cannot be determined whose ${source.what} is, since ${source.why}`
  }
}

const ofAnotherCommit = (what: string, commit: string): string =>
  `${what} comes from commit ${commit.slice(0, 7)}, which is neither the workflow's own nor the base's`

/**
 * Whether a Git context is of exactly this commit: `URL#COMMIT`, `URL#COMMIT:FOLDER`, or `URL?ref=COMMIT` with nothing
 * but the hash and a folder. A branch may move, and a short hash may be that of another commit.
 */
export function isPinned(address: string, repositoryUrl: string, commit: string): boolean {
  if (!isCommitHash(commit) || !address.startsWith(repositoryUrl)) return false
  const rest = address.slice(repositoryUrl.length)
  const [, query = null, fragment = null] = /^(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? []
  const fields = query === null ? [] : [...new URLSearchParams(query)]
  if (fields.some(([name]) => !['ref', 'commit', 'checksum', 'subdir'].includes(name))) return false
  const revisions = fields.filter(([name]) => name !== 'subdir').map(([, value]) => value)
  const inFragment = fragment?.split(':')[0] ?? ''
  const all = [...revisions, ...(inFragment === '' ? [] : [inFragment])]
  return all.length > 0 && all.every((revision) => revision === commit)
}
