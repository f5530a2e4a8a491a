/**
 * Finds files in the job that are not in its commit and that reach the build or affect it (`Reading.deciding`). The
 * base revision would be built without them, so they would count as growth that no change caused.
 */
import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { isOccupied, readRegularFile } from '../files.ts'
import { attributesBelow } from '../git/attributes.ts'
import { belowPrefix, readingOf, type ContextRequest, type Reading } from '../git/build-reading.ts'
import type { Repository } from '../git/repository.ts'
import type { Git } from '../git/run-git.ts'
import { statusBelow, type WorkTreeStatus } from '../git/work-tree-status.ts'
import type { Unavailable } from '../unavailable.ts'
import type { ExtraKind } from './baseline-note.ts'

/** A file that is not in the commit. */
export interface Extra {
  readonly kind: ExtraKind
  /** Path relative to the context. The file may be outside of it. */
  readonly path: string
}

/** The files that are not in the commit. */
export interface ContextExtras {
  /** The first of them, by path. */
  readonly extras: readonly Extra[]
  readonly counts: Readonly<Record<ExtraKind, number>>
  /** Whether the search stopped early, so that there may be more. */
  readonly more: boolean
  /** Whether the repository's own `.git` reaches the build. */
  readonly gitFolder: boolean
}

/** How many files are named. */
const maxNamed = 20
/** How many entries of untracked folders are visited. */
const defaultMaxWalked = 50_000

/** What to search for files that are not in the commit. */
export interface ExtrasRequest extends ContextRequest {
  /**
   * Returns the status for folders that include the context and the files that affect the build. If it is absent, Git
   * is asked about exactly these.
   */
  readonly status?: () => Promise<WorkTreeStatus>
  /**
   * Whether to search also for entries that Git never reports: those named `.git` below the top. This needs a walk
   * through the context.
   */
  readonly unseen?: boolean
}

/**
 * Returns the files that are not in the commit and reach the build. Returns a reason if Git fails, or the context is
 * outside of the repository.
 */
export async function contextExtras(
  request: ExtrasRequest,
  maxWalked = defaultMaxWalked,
): Promise<ContextExtras | Unavailable> {
  const { git, context } = request
  const reading = await readingOf(request)
  if ('why' in reading) return reading
  const [status, lfs, submodules, unseen] = await Promise.all([
    request.status?.() ?? statusBelow(git, [reading.prefix, ...reading.deciding]),
    lfsContent(git, context, reading),
    filledSubmodules(context, reading),
    request.unseen === true ? gitEntriesBelow(context, reading) : [],
  ])
  if (status === null) return { why: 'Git cannot determine which files of the context are not in the commit' }
  const found: Extra[] = [...lfs, ...submodules, ...unseen]
  const walk = { left: maxWalked }
  for (const { kind, path } of status) {
    const folder = path.endsWith('/') ? folderIn(reading.prefix, path.slice(0, -1)) : null
    const file = path.endsWith('/') ? null : belowPrefix(reading.prefix, path)
    if (reading.decides(path)) found.push({ kind, path: posix.relative(reading.prefix, path) })
    else if (file !== null && reading.reaches(file)) found.push({ kind, path: file })
    for (const deciding of path.endsWith('/') ? await decidingBelow(path, request.repository, reading) : [])
      found.push({ kind, path: deciding })
    if (folder !== null) {
      const files = await filesBelow(context, folder, reading, walk)
      found.push(...files.map((each) => ({ kind, path: each })))
    }
  }
  const once = [...new Map(found.map((extra) => [extra.path, extra])).values()]
  once.sort((a, b) => (a.path < b.path ? -1 : 1))
  return {
    extras: once.slice(0, maxNamed),
    counts: countsOf(once),
    more: walk.left <= 0,
    gitFolder: reading.prefix === '' && (reading.reaches('.git') || (await gitReaches(context, reading))),
  }
}

function countsOf(extras: readonly Extra[]): Record<ExtraKind, number> {
  const of = (kind: ExtraKind): number => extras.filter((extra) => extra.kind === kind).length
  return {
    untracked: of('untracked'),
    ignored: of('ignored'),
    modified: of('modified'),
    lfs: of('lfs'),
    submodule: of('submodule'),
  }
}

/**
 * Returns the files that affect the build and are in an untracked folder.
 *
 * @param folder path with a slash at its end
 */
async function decidingBelow(
  folder: string,
  { root }: Repository,
  { prefix, deciding }: Reading,
): Promise<readonly string[]> {
  const below = [...deciding].filter((path) => path.startsWith(folder))
  const there = await Promise.all(below.map((path) => isOccupied(join(root, path))))
  return below.filter((_, nth) => there[nth]).map((path) => posix.relative(prefix, path))
}

/** Returns the path of a folder relative to the context. It is empty if the folder is the context or contains it. */
function folderIn(prefix: string, folder: string): string | null {
  return `${prefix}/`.startsWith(`${folder}/`) ? '' : belowPrefix(prefix, folder)
}

/**
 * Returns the files below a folder that reach the build. A folder that the ignore file excludes completely is not
 * visited.
 */
async function filesBelow(
  context: string,
  folder: string,
  reading: Reading,
  walk: { left: number },
): Promise<string[]> {
  if (folder !== '' && !reading.mayReachBelow(folder)) return []
  const entries = await readdir(join(context, folder), { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const entry of entries) {
    if (walk.left-- <= 0) break
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(context, path, reading, walk)))
    else if (reading.reaches(path)) found.push(path)
  }
  return found
}

/** Returns the Git LFS files whose content is in the work tree, and not only their pointer. */
async function lfsContent(git: Git, context: string, reading: Reading): Promise<readonly Extra[]> {
  const filtered = (await attributesBelow(git, reading.prefix, ['filter'])) ?? []
  const paths = filtered
    .filter(({ value }) => value === 'lfs')
    .map(({ path }) => belowPrefix(reading.prefix, path))
    .filter((path) => path !== null)
    .filter(reading.reaches)
  const found: Extra[] = []
  for (const path of paths) if (!(await isPointer(join(context, path)))) found.push({ kind: 'lfs', path })
  return found
}

const pointerStart = 'version https://git-lfs.github.com/spec/'
/** Size limit for a pointer, in bytes (the specification of Git LFS). */
const maxPointerBytes = 1_024

/**
 * Returns whether a file is a pointer. What has no content of its own counts as one: a missing file, and a symbolic
 * link, which Git stores as it is even if an attribute names LFS.
 */
async function isPointer(path: string): Promise<boolean> {
  const read = await readRegularFile(path, maxPointerBytes)
  return 'why' in read ? read.why !== 'too-large' : read.toString('latin1').startsWith(pointerStart)
}

/** Returns the submodules that have files. Each counts once, by its folder. */
async function filledSubmodules(context: string, reading: Reading): Promise<readonly Extra[]> {
  const found: Extra[] = []
  for (const path of reading.submodules) {
    if (!reading.reaches(path) && !reading.mayReachBelow(path)) continue
    const walk = { left: 1_000 }
    const files = await filesBelow(context, path, reading, walk)
    if (files.length > 0 || walk.left <= 0) found.push({ kind: 'submodule', path })
  }
  return found
}

/**
 * Returns the files named `.git`, and the files in folders of that name, that reach the build. Those of the repository
 * itself are not included.
 */
async function gitEntriesBelow(context: string, reading: Reading, folder = ''): Promise<readonly Extra[]> {
  if (folder !== '' && !reading.mayReachBelow(folder)) return []
  const entries = await readdir(join(context, folder), { withFileTypes: true }).catch(() => [])
  const found: Extra[] = []
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.name !== '.git') found.push(...(entry.isDirectory() ? await gitEntriesBelow(context, reading, path) : []))
    else if (folder !== '') {
      const files = entry.isDirectory()
        ? await filesBelow(context, path, reading, { left: defaultMaxWalked })
        : [path].filter(reading.reaches)
      found.push(...files.slice(0, maxNamed).map((file): Extra => ({ kind: 'untracked', path: file })))
    }
  }
  return found
}

/** Returns whether files in `.git` reach the build. `.git` itself may be ignored while some of its files are not. */
async function gitReaches(context: string, reading: Reading): Promise<boolean> {
  return (await filesBelow(context, '.git', reading, { left: defaultMaxWalked })).length > 0
}
