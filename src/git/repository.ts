/** The user's repository, which is only read, and repositories of our own that borrow its objects. */
import { copyFile, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf, systemErrorCode } from '../files.ts'
import type { Unavailable } from '../unavailable.ts'
import { harmless } from './git-environment.ts'
import { isCommitHash, type ConfigEntry, type Git, type GitAnswer, type GitCall } from './run-git.ts'

export interface Repository {
  /** The work tree's top folder. */
  readonly root: string
  /** The folder that work trees share: objects, configuration, `shallow`. */
  readonly commonFolder: string
  readonly gitFolder: string
  readonly shallow: boolean
  readonly objectFormat: string
  /** Objects that are missing may have to be fetched by whoever reads them. */
  readonly partial: boolean
}

/**
 * The repository whose work tree `git` runs in, or a clause why there is none.
 *
 * @param context a folder that has to be in its work tree
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
  // A repository's own folder that holds the context is one that a commit brought along.
  if (insideOf(await realpath(root), real) === null || insideOf(await realpath(gitFolder), real) !== null)
    return { why: `the context is not in the work tree of the Git repository at ${gitFolder}` }
  const promisors = await git(['config', '--get-regexp', '^remote\\..*\\.promisor$'])
  return { partial: promisors.ok, root, commonFolder, gitFolder, shallow: shallow === 'true', objectFormat }
}

/** A bare repository in a temporary folder, deleted with it. What it fetches never reaches the user's repository. */
export interface ScratchRepository {
  readonly git: Git
  readonly folder: string
}

/**
 * Sees all objects of the user's repository and uses its configuration, so that filters, remotes and the credentials
 * that the checkout left there work. The user's refs, `shallow` and objects stay as they are.
 * @param tempFolder an existing folder of this run
 */
export async function borrowRepository(
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
        // The included file is of a repository with a work tree and helpers of its own.
        ['core.bare', 'true'],
        ...harmless,
      ],
      repository.partial,
    ),
  }
}

/** The same without a checkout, for a Git context: all comes from the remote. */
export async function remoteRepository(git: Git, url: string, tempFolder: string): Promise<ScratchRepository> {
  const folder = await initBare(git, tempFolder, 'sha1')
  return { folder, git: bound(git, folder, [['remote.origin.url', url]], true) }
}

/** `git sparse-checkout` keeps its setting for each work tree. */
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

/** Milliseconds that one fetch may take. */
const fetchTimeout = 120_000

export interface FetchOptions {
  /** Commits of history for each; all of it if null. */
  readonly depth: number | null
  /** Commits without their files. */
  readonly historyOnly?: boolean
}

/** Fetches commits, and nothing but objects: no tags, no FETCH_HEAD, no maintenance, no submodules. */
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

export async function hasCommit(git: Git, commit: string): Promise<boolean> {
  return isCommitHash(commit) && (await git(['cat-file', '-e', `${commit}^{commit}`])).ok
}
