/** Reads the files that budgets name with `@FILE`, in the head and in the base revision. */
import { realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Located } from '../base/locate-revisions.ts'
import { FootprintError } from '../errors.ts'
import { currentFolder, insideOf } from '../files.ts'
import { fetchCommits, remoteRepository } from '../git/repository.ts'
import type { Git } from '../git/run-git.ts'
import type { Unavailable } from '../unavailable.ts'
import { budgetsOnDisk, maxBudgetBytes } from './budgets-on-disk.ts'

/** The text of a budget file in both revisions. */
export interface BudgetTexts {
  /** Null if the base revision has no such file. The head's text if there is no base revision, or it does not count. */
  readonly base: string | null
  readonly head: string | null
  /** A sentence if the head's text replaces that of a base that cannot be read, otherwise null. */
  readonly note: string | null
}

/** The budget files to read, and the revisions. */
export interface BudgetTextsRequest {
  /** Relative to the current folder, or to the repository's root if a Git context is built. */
  readonly paths: readonly string[]
  readonly located: Located | Unavailable
  /** Name of the event. Null outside of a workflow. */
  readonly event: string | null
  /** See `budgetsOnDisk`. */
  readonly workspace: string | null
  /** Temporary folder of this run. */
  readonly tempFolder: string
}

/**
 * Returns the texts of budget files by path.
 *
 * @throws FootprintError UNREADABLE_INPUT if a file of a workflow is outside of the repository or cannot be used, or if
 * a pull request would be judged by its own text because the base's cannot be read
 */
export async function budgetTexts(request: BudgetTextsRequest): Promise<ReadonlyMap<string, BudgetTexts>> {
  const { paths, located, event, workspace, tempFolder } = request
  if (paths.length === 0) return new Map()
  const read =
    'why' in located
      ? async (path: string): Promise<Read> => ({
          head: await budgetsOnDisk(path, workspace),
          base: event === null ? null : { why: located.why },
        })
      : located.repository === null
        ? await openRemote(located, tempFolder)
        : openCheckout(located, located.repository.root)
  const found = await Promise.all(paths.map(async (path) => [path, textsOf(path, await read(path), event)] as const))
  return new Map(found)
}

/** The text in a revision, null if the file does not exist there, or why it cannot be determined. */
type AtRevision = { readonly text: string | null } | Unavailable

interface Read {
  readonly head: string | null
  /** Null if there is no base revision. */
  readonly base: AtRevision | null
}

function textsOf(path: string, { head, base }: Read, event: string | null): BudgetTexts {
  // What was pushed is merged already, so that a limit that reviewers let a pull request raise counts.
  if (base === null || event === 'push') return { base: head, head, note: null }
  if ('text' in base) return { base: base.text, head, note: null }
  const what = `the base commit's version of the budgets file ${path} counts, but cannot be read: ${base.why}`
  if (isJudgedByBase(event)) {
    throw new FootprintError(
      'UNREADABLE_INPUT',
      (option) =>
        `${what}; check the repository out with fetch-depth: 0, or write the rules in ${option('budgets')} itself`,
    )
  }
  return { base: head, head, note: `T${what.slice(1)}. This revision's own version was used instead.` }
}

/** Returns whether untrusted text could raise its own limit in a run for this event. */
export const isJudgedByBase = (event: string | null): boolean =>
  event !== null && (event.startsWith('pull_request') || event === 'merge_group')

function openCheckout({ revisions, local, objectsOf }: Located, root: string): (path: string) => Promise<Read> {
  const { base, lost, why } = revisions
  return async (path) => {
    const full = resolve(currentFolder(), path)
    // The folder may be reached through a symbolic link. The file itself is read as Git stores it.
    const folder = await realpath(dirname(full)).catch(() => dirname(full))
    const inside = insideOf(root, join(folder, full.slice(dirname(full).length + 1)))
    if (inside === null && !local)
      throw new FootprintError('UNREADABLE_INPUT', `the budgets file ${path} lies outside of the repository`)
    // A file outside of the repository in a local run belongs to no revision.
    if (inside === null) return { head: await budgetsOnDisk(path, null), base: null }
    const head = await budgetsOnDisk(path, root)
    if (base === null) return { head, base: lost ? { why } : null }
    const objects = await objectsOf(base.commit)
    return { head, base: 'why' in objects ? objects : await textAt(objects.git, base.commit, inside) }
  }
}

/** Returns a function that reads both texts from the repository that is built, because nothing is checked out. */
async function openRemote(
  { git, url, revisions }: Located,
  tempFolder: string,
): Promise<(path: string) => Promise<Read>> {
  const { git: remote } = await remoteRepository(git, url ?? '', tempFolder)
  const { base, lost, why } = revisions
  const fetch = async (commit: string | null): Promise<(path: string) => Promise<AtRevision>> => {
    if (commit === null) return () => Promise.resolve({ why })
    const fetched = await fetchCommits(remote, [commit], { depth: 1 })
    return fetched.ok
      ? (path) => textAt(remote, commit, path)
      : () => Promise.resolve({ why: `the commit ${commit.slice(0, 7)} cannot be fetched: ${fetched.message}` })
  }
  const atHead = await fetch(revisions.head.commit)
  const atBase = base === null && !lost ? null : await fetch(base?.commit ?? null)
  return async (path) => {
    const inside = insideOf('/', resolve('/', path)) ?? path
    const head = await atHead(inside)
    return { head: 'text' in head ? head.text : null, base: (await atBase?.(inside)) ?? null }
  }
}

async function textAt(git: Git, commit: string, path: string): Promise<AtRevision> {
  const listed = await git(['ls-tree', '-z', '--full-tree', commit, '--', path])
  if (!listed.ok) return { why: listed.message }
  const [, mode, kind, object] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(listed.stdout) ?? []
  if (mode === undefined || object === undefined) return { text: null }
  if (kind !== 'blob' || mode === '120000')
    return { why: mode === '120000' ? 'it is a symbolic link there' : 'it is not a file there' }
  const size = await git(['cat-file', '-s', object])
  if (!size.ok) return { why: size.message }
  if (Number(size.stdout) > maxBudgetBytes) return { why: `it has more than ${maxBudgetBytes / 1024} KiB there` }
  const text = await git(['cat-file', 'blob', object])
  return text.ok ? { text: text.stdout } : { why: text.message }
}
