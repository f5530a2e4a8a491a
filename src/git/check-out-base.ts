/** Writes the files of the base commit to a temporary folder, as a checkout of that commit would. */
import { mkdir, mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Unavailable } from '../unavailable.ts'
import { alignTree } from './align-tree.ts'
import {
  makeScratchRepository,
  fetchCommits,
  hasCommit,
  type Repository,
  type ScratchRepository,
} from './repository.ts'
import { zeroEnded, type Git } from './run-git.ts'

/** The files of the base commit. */
export interface BaseTree {
  /** Corresponds to the root of the repository. */
  readonly folder: string
  /** Git with access to the objects of the base and of the checkout. It writes only to a temporary folder. */
  readonly objects: Git
  /** Paths of the commit's submodules. Their folders are empty. */
  readonly submodules: readonly string[]
}

/** The commit whose files are needed, and where to put them. */
export interface BaseTreeRequest {
  /** Runs in the repository. */
  readonly git: Git
  readonly repository: Repository
  readonly commit: string
  /** An existing folder of this run. All files are written below it. */
  readonly tempFolder: string
  /** The result of `baseObjects` for this commit, if it is already known. */
  readonly objects?: ScratchRepository
}

/**
 * Returns a repository that has the objects of both sides, including those that a shallow checkout lacks. Returns a
 * reason if the commit cannot be fetched.
 */
export async function baseObjects({
  git,
  repository,
  commit,
  tempFolder,
}: BaseTreeRequest): Promise<ScratchRepository | Unavailable> {
  const scratch = await makeScratchRepository(git, repository, tempFolder)
  if (await hasCommit(scratch.git, commit)) return scratch
  const fetched = await fetchCommits(scratch.git, [commit], { depth: repository.shallow ? 1 : null })
  if (!fetched.ok) return { why: `the commit ${commit.slice(0, 7)} cannot be fetched: ${fetched.message}` }
  return scratch
}

/** Time limit for writing the files, in milliseconds. */
const checkoutTimeout = 300_000

/**
 * Writes the files of the base commit. `export-ignore` is not applied, and Git's own worktrees are not used. Filters
 * (line endings, smudge) are those that the user's configuration names. LFS files remain pointers.
 *
 * @returns a reason if the commit cannot be fetched or its files cannot be written
 */
export async function makeBaseTree(request: BaseTreeRequest): Promise<BaseTree | Unavailable> {
  const { git, repository, commit, tempFolder } = request
  const objects = request.objects ?? (await baseObjects(request))
  if ('why' in objects) return objects
  const place = await mkdtemp(join(tempFolder, 'base-'))
  // The name of an untagged image comes from the folder that it is built from. So the base's folder has the same name.
  const folder = join(place, 'tree', basename(repository.root))
  await mkdir(folder, { recursive: true })
  const env = { GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(place, 'index') }
  const inTree: Git = (args, call = {}) =>
    objects.git(args, {
      ...call,
      env: { ...env, ...call.env },
      config: [['core.bare', 'false'], ...(call.config ?? [])],
    })
  const written = await inTree(['read-tree', '-m', '-u', '--no-recurse-submodules', commit], {
    timeout: checkoutTimeout,
  })
  if (!written.ok) return { why: `the files of commit ${commit.slice(0, 7)} cannot be written: ${written.message}` }
  const entries = zeroEnded(await inTree(['ls-files', '--stage', '-z'])) ?? []
  const pathOf = (entry: string): string => entry.slice(entry.indexOf('\t') + 1)
  const differing = await differingFrom(git, objects.folder, commit)
  if (differing !== null) {
    const same = entries.map(pathOf).filter((path) => !differing.has(path))
    await alignTree(repository.root, folder, same, entries.map(pathOf))
  }
  return {
    folder,
    objects: objects.git,
    submodules: entries.filter((entry) => entry.startsWith('160000')).map(pathOf),
  }
}

/** Returns the paths whose files in the user's work tree differ from this commit, or null if Git fails. */
async function differingFrom(git: Git, scratch: string, commit: string): Promise<ReadonlySet<string> | null> {
  const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(scratch, 'objects') }
  const paths = zeroEnded(
    await git(['diff-index', '--no-ext-diff', '-z', '--name-only', '--no-renames', '--ignore-submodules=all', commit], {
      env,
    }),
  )
  return paths === null ? null : new Set(paths)
}
