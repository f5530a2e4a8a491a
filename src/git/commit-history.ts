/**
 * Answers questions about the history of a repository. Commits that a shallow checkout lacks are fetched into a
 * temporary repository.
 */
import { isCommitHash } from '../inputs/commit-hash.ts'
import {
  makeScratchRepository,
  fetchCommits,
  hasCommit,
  remoteRepository,
  type Repository,
  type ScratchRepository,
} from './repository.ts'
import { firstLine, type Git } from './run-git.ts'

/** The history of a repository. */
export interface History {
  /** Whether the checkout is shallow, so that expressions such as `HEAD~1` and older tags may not be known. */
  readonly isShallow: boolean
  /** Returns the full hash of a revision, or null if it does not exist. */
  readonly commitOf: (revision: string) => Promise<string | null>
  /** Returns whether a revision is the name of a branch here or of a remote's branch, and not a tag, hash or expression. */
  readonly isBranch: (revision: string) => Promise<boolean>
  /** Returns the short name of the branch that is checked out, or null if there is none. */
  readonly currentBranch: () => Promise<string | null>
  /** Returns the parents of a commit, or null if the commit cannot be fetched. */
  readonly parentsOf: (commit: string) => Promise<readonly string[] | null>
  /** Returns whether the commit is available or can be fetched. */
  readonly has: (commit: string) => Promise<boolean>
  /** Returns the newest commit of a branch of the remote, or null if there is no such branch. */
  readonly branchTip: (branch: string) => Promise<string | null>
  /** Returns the names of branches and tags that the checkout knows, as far as they may be suggested. */
  readonly refNames: () => Promise<readonly string[]>
  /** Returns the branches and tags of the remote, which is asked once. */
  readonly remoteRefs: () => Promise<RemoteRefs>
  /** Returns the nearest common ancestor of two commits, or null if none can be found or fetched. */
  readonly mergeBase: (one: string, other: string) => Promise<string | null>
}

/** A branch or a tag of the remote. */
export interface RemoteRef {
  /** Short name, such as `main` or `v1.2`. */
  readonly name: string
  readonly isTag: boolean
  /** Full hash. For an annotated tag, the hash of what it names. */
  readonly commit: string
}

/** What the remote says. `none`: the checkout has no remote. */
export interface RemoteRefs {
  readonly answer: 'given' | 'failed' | 'none'
  /** Empty if there is no answer. */
  readonly refs: readonly RemoteRef[]
}

/** How deep to fetch from a shallow checkout to find a common ancestor. Each step fetches commits without files. */
const depths = [30, 150, 750, 4_000]

/** Limits for the names that a mistyped one is compared with: their number, and the length of each in characters. */
const maxRefNames = 2_000
const maxRefName = 200

/** Where a history is read from. */
export interface HistorySetting {
  readonly git: Git
  /** A folder of this run for what is fetched. */
  readonly tempFolder: string
  /** The checkout, or for a Git context the URL to fetch from. */
  readonly from: Repository | { readonly url: string }
}

/** What a checkout itself says about its history. */
type CheckoutAnswers = Pick<History, 'isShallow' | 'commitOf' | 'isBranch' | 'currentBranch' | 'refNames'>

/** Opens the history of a repository. The temporary repository is made on first use. */
export function openHistory({ git, tempFolder, from }: HistorySetting): History {
  const checkout = 'url' in from ? null : from
  let opened: Promise<ScratchRepository> | null = null
  const scratch = (): Promise<ScratchRepository> =>
    (opened ??=
      'url' in from ? remoteRepository(git, from.url, tempFolder) : makeScratchRepository(git, from, tempFolder))
  const isCut = checkout === null || checkout.shallow
  let listed: Promise<RemoteRefs> | null = null

  async function has(commit: string): Promise<boolean> {
    if (checkout !== null && (await hasCommit(git, commit))) return true
    const { git: own } = await scratch()
    if (await hasCommit(own, commit)) return true
    return (
      (await fetchCommits(own, [commit], { depth: isCut ? 1 : null, historyOnly: true })).ok && hasCommit(own, commit)
    )
  }

  async function listRemote(): Promise<RemoteRefs> {
    if (checkout !== null && !(await git(['remote', 'get-url', 'origin'])).ok) return { answer: 'none', refs: [] }
    return remoteRefsIn((await scratch()).git)
  }

  return {
    ...(checkout === null ? withoutCheckout(has) : answersOf(git, checkout.shallow)),
    has,
    parentsOf: async (commit) => ((await has(commit)) ? parentsIn((await scratch()).git, commit) : null),
    mergeBase: async (one, other) =>
      (await has(one)) && (await has(other)) ? mergeBaseIn((await scratch()).git, [one, other], isCut) : null,
    remoteRefs: () => (listed ??= listRemote()),
    branchTip: async (branch) =>
      (checkout === null ? null : await commitIn(git, `refs/remotes/origin/${branch}`)) ??
      (await tipAtRemote((await scratch()).git, branch)),
  }
}

function answersOf(git: Git, isShallow: boolean): CheckoutAnswers {
  return {
    isShallow,
    commitOf: (revision) => commitIn(git, revision),
    async isBranch(revision) {
      const name = await git(['rev-parse', '--verify', '--quiet', '--symbolic-full-name', '--end-of-options', revision])
      return /^refs\/(?:heads|remotes)\//.test(firstLine(name) ?? '')
    },
    currentBranch: async () => firstLine(await git(['symbolic-ref', '--quiet', '--short', 'HEAD'])),
    refNames: () => refNamesIn(git),
  }
}

/** Without a checkout, only full hashes are known. */
function withoutCheckout(has: History['has']): CheckoutAnswers {
  return {
    isShallow: false,
    commitOf: async (revision) => (isCommitHash(revision) && (await has(revision)) ? revision : null),
    isBranch: () => Promise.resolve(false),
    currentBranch: () => Promise.resolve(null),
    refNames: () => Promise.resolve([]),
  }
}

async function commitIn(git: Git, revision: string): Promise<string | null> {
  return firstLine(await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]))
}

async function refNamesIn(git: Git): Promise<readonly string[]> {
  const places = ['refs/heads', 'refs/tags', 'refs/remotes/origin']
  const names = await git(['for-each-ref', `--count=${maxRefNames}`, '--format=%(refname:lstrip=2)', ...places])
  return names.ok
    ? names.stdout
        .split('\n')
        .map((name) => name.replace(/^origin\//, ''))
        .filter((name) => name !== '' && name !== 'HEAD' && name.length <= maxRefName)
    : []
}

/** A commit names its parents even where a shallow checkout has cut the history. */
async function parentsIn(git: Git, commit: string): Promise<readonly string[] | null> {
  const answer = await git(['cat-file', 'commit', commit])
  if (!answer.ok) return null
  const header = answer.stdout.split('\n\n', 1)[0] ?? ''
  return Array.from(header.matchAll(/^parent ([0-9a-f]+)$/gm), ([, parent]) => parent ?? '')
}

/** @param isCut whether commits between the two may have to be fetched */
async function mergeBaseIn(git: Git, [one, other]: readonly [string, string], isCut: boolean): Promise<string | null> {
  const known = async (): Promise<string | null> => firstLine(await git(['merge-base', '--', one, other]))
  const found = await known()
  if (found !== null || !isCut) return found
  for (const depth of depths) {
    const both = await fetchCommits(git, [one, other], { depth, historyOnly: true })
    // A commit that was not pushed cannot be fetched.
    if (!both.ok && !(await fetchCommits(git, [other], { depth, historyOnly: true })).ok) return null
    const base = await known()
    if (base !== null) return base
  }
  return null
}

async function tipAtRemote(git: Git, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`
  const listed = await git(['ls-remote', '--quiet', 'origin', ref], { timeout: 60_000, fetches: true })
  // Git takes the name as a pattern, and as the end of longer names.
  const line = listed.ok ? listed.stdout.split('\n').find((each) => each.endsWith(`\t${ref}`)) : undefined
  const tip = line?.split('\t')[0] ?? ''
  return isCommitHash(tip) ? tip : null
}

async function remoteRefsIn(git: Git): Promise<RemoteRefs> {
  const all = ['ls-remote', '--quiet', '--heads', '--tags', 'origin']
  const listed = await git(all, { timeout: 60_000, fetches: true })
  return listed.ok ? { answer: 'given', refs: parseRemoteRefs(listed.stdout) } : { answer: 'failed', refs: [] }
}

/** Parses the output of `git ls-remote`. */
function parseRemoteRefs(text: string): readonly RemoteRef[] {
  const refs = new Map<string, RemoteRef>()
  for (const line of text.split('\n')) {
    const [, commit = '', kind = '', name = ''] = /^([0-9a-f]+)\trefs\/(heads|tags)\/(.+)$/.exec(line) ?? []
    if (!isCommitHash(commit) || name.length > maxRefName) continue
    // What an annotated tag names is listed after the tag.
    const short = name.replace(/\^\{\}$/, '')
    refs.set(`${kind}/${short}`, { name: short, isTag: kind === 'tags', commit })
  }
  return [...refs.values()]
}
