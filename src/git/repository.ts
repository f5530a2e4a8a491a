/** The user's repository, which is only read, and temporary repositories that borrow its objects. */
import { copyFile, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf, systemErrorCode } from '../files.ts'
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { Unavailable } from '../unavailable.ts'
import { safeGitConfig } from './git-environment.ts'
import type { ConfigEntry, Git, GitAnswer, GitCall } from './run-git.ts'

/** A repository with a work tree. */
export interface Repository {
  /** The top folder of the work tree. */
  readonly root: string
  /** The folder that all worktrees share: objects, configuration, `shallow`. */
  readonly commonFolder: string
  readonly gitFolder: string
  readonly shallow: boolean
  readonly objectFormat: string
  /** Whether this is a partial clone. Then reading an object may mean fetching it. */
  readonly partial: boolean
}

/**
 * Returns the repository whose work tree `git` runs in, or a reason why there is none.
 *
 * @param context a folder that must be in the work tree
 */
export async function findRepository(git: Git, context: string): Promise<Repository | Unavailable> {
  const answer = await git([
    'rev-parse',
    '--path-format=absolute',
    '--show-toplevel',
    '--git-common-dir',
    '--git-dir',
    '--is-shallow-repository',
    '--show-object-format',
  ])
  if (!answer.ok) return { why: `the context is not in a Git checkout that can be read: ${answer.message}` }
  const [root, commonFolder, gitFolder, shallow, objectFormat] = answer.stdout.split('\n')
  if (!root || !commonFolder || !gitFolder || !objectFormat)
    return { why: 'the context is not in a Git checkout that can be read: git 2.31 or newer is needed' }
  const real = await realpath(context)
  // If the repository's own folder contains the context, then a commit brought that repository along.
  if (insideOf(await realpath(root), real) === null || insideOf(await realpath(gitFolder), real) !== null)
    return { why: `the context is not in the work tree of the Git repository at ${gitFolder}` }
  const promisors = await git(['config', '--get-regexp', '^remote\\..*\\.promisor$'])
  return { partial: promisors.ok, root, commonFolder, gitFolder, shallow: shallow === 'true', objectFormat }
}

/**
 * A bare repository in a temporary folder, which is deleted with it. Nothing that it fetches gets into the user's
 * repository.
 */
export interface ScratchRepository {
  readonly git: Git
  readonly folder: string
}

/**
 * Makes a repository that sees all objects of the user's repository and uses its configuration, so that its filters,
 * remotes and credentials work. The user's refs, `shallow` and objects are not changed.
 *
 * @param tempFolder an existing folder of this run
 * @throws FootprintError WEIGHING_FAILED if the repository cannot be made
 */
export async function makeScratchRepository(
  git: Git,
  repository: Repository,
  tempFolder: string,
): Promise<ScratchRepository> {
  const folder = await initBare(git, tempFolder, repository.objectFormat)
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(repository.commonFolder, 'objects')}\n`)
  await copyIfThere(join(repository.commonFolder, 'shallow'), join(folder, 'shallow'))
  await copyIfThere(join(repository.commonFolder, 'info', 'attributes'), join(folder, 'info', 'attributes'))
  await copyIfThere(join(repository.gitFolder, 'info', 'sparse-checkout'), join(folder, 'info', 'sparse-checkout'))
  return {
    folder,
    git: bound(
      git,
      folder,
      [
        ['include.path', join(repository.commonFolder, 'config')],
        ...(await worktreeConfig(git, repository)),
        // The included file belongs to a repository that has a work tree and may have its own helpers.
        ['core.bare', 'true'],
        ...safeGitConfig,
      ],
      repository.partial,
    ),
  }
}

/**
 * Makes such a repository without a checkout, for a Git context. All objects come from the remote.
 *
 * @throws FootprintError WEIGHING_FAILED if the repository cannot be made
 */
export async function remoteRepository(git: Git, url: string, tempFolder: string): Promise<ScratchRepository> {
  const folder = await initBare(git, tempFolder, 'sha1')
  return { folder, git: bound(git, folder, [['remote.origin.url', url]], true) }
}

/** `git sparse-checkout` stores its settings per worktree. */
async function worktreeConfig(git: Git, { gitFolder }: Repository): Promise<readonly ConfigEntry[]> {
  const answer = await git(['config', '--bool', 'extensions.worktreeConfig'])
  return answer.ok && answer.stdout.trim() === 'true' ? [['include.path', join(gitFolder, 'config.worktree')]] : []
}

async function initBare(git: Git, tempFolder: string, objectFormat: string): Promise<string> {
  const folder = await mkdtemp(join(tempFolder, 'git-'))
  const answer = await git(['init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`, folder])
  if (!answer.ok)
    throw new FootprintError(
      'WEIGHING_FAILED',
      `git cannot make a temporary repository in ${tempFolder}: ${answer.message}`,
    )
  await mkdir(join(folder, 'info'), { recursive: true })
  return folder
}

function bound(git: Git, folder: string, config: readonly ConfigEntry[], fetches: boolean): Git {
  return (args, call: GitCall = {}) =>
    git(args, { fetches, ...call, env: { GIT_DIR: folder, ...call.env }, config: [...config, ...(call.config ?? [])] })
}

async function copyIfThere(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  })
}

/** Time limit for one fetch, in milliseconds. */
const fetchTimeout = 120_000

/** How much is fetched. */
export interface FetchOptions {
  /** How many commits of history to fetch for each commit, or null for all. */
  readonly depth: number | null
  /** Fetches commits without their files. */
  readonly historyOnly?: boolean
}

/** Fetches the objects of commits and nothing else: no tags, no FETCH_HEAD, no maintenance, no submodules. */
export async function fetchCommits(git: Git, commits: readonly string[], options: FetchOptions): Promise<GitAnswer> {
  if (!commits.every(isCommitHash)) return { ok: false, status: null, message: 'that is not a commit hash' }
  return git(
    [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
      ...(options.depth === null ? [] : [`--depth=${options.depth}`]),
      ...(options.historyOnly === true ? ['--filter=tree:0'] : []),
      'origin',
      ...commits,
    ],
    { timeout: fetchTimeout, fetches: true },
  )
}

/** Returns whether the repository has this commit. The hash must be a full one. */
export async function hasCommit(git: Git, commit: string): Promise<boolean> {
  return isCommitHash(commit) && (await git(['cat-file', '-e', `${commit}^{commit}`])).ok
}
