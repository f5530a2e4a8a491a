/**
 * Decides what may be built in a run that has this repository's secrets and a token with write access. Only code from a
 * commit that is known to come from somebody with write access may be built. Pure: `inspect-places.ts` inspects the sources.
 */
import { FootprintError } from '../errors.ts'
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { Unavailable } from '../unavailable.ts'

/** The work tree that contains a file or folder, and its uncommitted changes. */
export interface Checkout {
  /** The commit that is checked out. */
  readonly commit: string
  /** Files that reach the build and are not in a commit. */
  readonly changed: readonly string[]
}

/** Something that a build takes in. */
export type Source =
  /** A folder or file on this machine that the build runs or reads: a context, a Dockerfile, a bake file. */
  | { readonly kind: 'local'; readonly what: string; readonly found: Checkout | Unavailable }
  /**
   * A file that is passed to the build but not run, such as the file of a secret. `commit` is that of the checkout that
   * contains it, or null.
   */
  | { readonly kind: 'handed-over'; readonly what: string; readonly commit: string | null }
  /** A URL that the builder fetches from. */
  | { readonly kind: 'remote'; readonly what: string; readonly address: string }
  /** An image, by its reference. */
  | { readonly kind: 'image'; readonly what: string; readonly reference: string }
  | { readonly kind: 'unknown'; readonly what: string; readonly why: string }

/** A run whose event is guarded. */
export interface GuardedRun {
  readonly eventName: string
  /** The result of `trustedCommits`. */
  readonly commits: readonly string[]
  /** URL of this repository as used in a Git context, such as `https://github.com/owner/name.git`. */
  readonly repositoryUrl: string
}

/**
 * Checks all sources of a build.
 *
 * @throws FootprintError USAGE for the first source that is not known to be trusted. The message describes a safe
 * alternative
 */
export function refuseUntrusted(run: GuardedRun, sources: readonly Source[]): void {
  const faults = sources.map((source) => faultOf(source, run)).filter((fault) => fault !== null)
  const [first] = faults
  if (first === undefined) return
  throw new FootprintError(
    'USAGE',
    `Refused to build on the event ${run.eventName}, which runs with this repository's secrets and a token that writes: ${first}. Build on the event pull_request, and write the comment from a second workflow with "mode: publish": see docs/threat-model.md`,
  )
}

/** Returns a clause that says why a source may be untrusted, or null if it is known to be trusted. */
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
 * Returns whether a Git context is pinned to exactly this commit: `URL#COMMIT`, `URL#COMMIT:FOLDER`, or
 * `URL?ref=COMMIT` with nothing but the hash and a folder. A branch may move, and a short hash may match another
 * commit.
 */
function isPinned(address: string, repositoryUrl: string, commit: string): boolean {
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
