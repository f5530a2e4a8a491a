/** The files of the base commit in a temporary folder, as a checkout of it would have made them. */
import { mkdir, mkdtemp } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Unavailable } from '../unavailable.ts'
import { alignTree } from './align-tree.ts'
import { borrowRepository, fetchCommits, hasCommit, type Repository, type ScratchRepository } from './repository.ts'
import { zeroEnded, type Git } from './run-git.ts'

export interface BaseTree {
  /** Stands for the repository's root. */
  readonly folder: string
  /** Sees the objects of the base and of the checkout; writes to a temporary folder alone. */
  readonly objects: Git
  /** Submodules of the commit: their folders are empty. */
  readonly submodules: readonly string[]
}

export interface BaseTreeRequest {
  /** Runs in the repository. */
  readonly git: Git
  readonly repository: Repository
  readonly commit: string
  /** An existing folder of this run; what is made lies in it. */
  readonly tempFolder: string
  /** What `baseObjects` gave for this commit, where it was asked before: else it is asked now. */
  readonly objects?: ScratchRepository
}

/** The objects of both sides, whatever a shallow checkout lacks; a sentence where the commit cannot be had. */
export async function baseObjects({
  git,
  repository,
  commit,
  tempFolder,
}: BaseTreeRequest): Promise<ScratchRepository | Unavailable> {
  const scratch = await borrowRepository(git, repository, tempFolder)
  if (await hasCommit(scratch.git, commit)) return scratch
  const fetched = await fetchCommits(scratch.git, [commit], { depth: repository.shallow ? 1 : null })
  if (!fetched.ok) return { why: `the commit ${commit.slice(0, 7)} cannot be fetched: ${fetched.message}` }
  return scratch
}

/** Milliseconds that writing the files may take. */
const checkoutTimeout = 300_000

/**
 * Neither `export-ignore` nor a work tree of Git's plays a part; filters (line ends, smudge) are those that the
 * user's configuration names, and LFS files stay pointers.
 */
export async function makeBaseTree(request: BaseTreeRequest): Promise<BaseTree | Unavailable> {
  const { git, repository, commit, tempFolder } = request
  const objects = request.objects ?? (await baseObjects(request))
  if ('why' in objects) return objects
  const place = await mkdtemp(join(tempFolder, 'base-'))
  // An untagged image is named after the folder that it is built from: the base's has the same name.
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

/** Paths whose files in the user's work tree are not those of this commit. */
async function differingFrom(git: Git, scratch: string, commit: string): Promise<ReadonlySet<string> | null> {
  const env = { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(scratch, 'objects') }
  const paths = zeroEnded(
    await git(['diff-index', '--no-ext-diff', '-z', '--name-only', '--no-renames', '--ignore-submodules=all', commit], {
      env,
    }),
  )
  return paths === null ? null : new Set(paths)
}
