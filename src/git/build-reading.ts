/** Decides which files of a repository reach the build: those that no ignore file excludes and that a stage copies. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { filesBeside, policyFor } from '../dockerfile/beside-dockerfile.ts'
import { mayReadBelow, sourceMatcher, throughLinks, type ContextSources } from '../dockerfile/copied-paths.ts'
import { ignoreMatcher, mayKeepBelow } from '../dockerfile/ignore-file.ts'
import { exists, insideOf } from '../files.ts'
import { ignoreRulesOf } from '../plan/ignore-rules.ts'
import type { Unavailable } from '../unavailable.ts'
import type { Repository } from './repository.ts'
import { zeroEnded, type Git } from './run-git.ts'

/** A build context, and how the build reads it. */
export interface ContextRequest {
  readonly repository: Repository
  /** Runs in the repository. */
  readonly git: Git
  /** The folder of the context. */
  readonly context: string
  /**
   * Path of the Dockerfile on this machine. Null for an additional build context, or for a Dockerfile from elsewhere.
   */
  readonly dockerfilePath: string | null
  /** Paths of policies that the build names. The default is none. */
  readonly policies?: readonly string[]
  readonly sources: ContextSources
}

/** How a build reads its context. */
export interface Reading {
  /** Path of the context relative to the root of the repository, with `/`. Empty for the root itself. */
  readonly prefix: string
  /**
   * Files that affect the build even if they are not copied: the Dockerfile, ignore files and policies. Their paths are
   * relative to the root of the repository. They may be outside of the context, and may not exist.
   */
  readonly deciding: ReadonlySet<string>
  /** Whether a path of the repository affects the build in this way. Includes files that a policy may import. */
  readonly decides: (path: string) => boolean
  /** Whether a path, relative to the context, reaches the build. */
  readonly reaches: (path: string) => boolean
  /** Returns false if nothing below this folder of the context can reach the build. */
  readonly mayReachBelow: (folder: string) => boolean
  /** Tracked submodules in the context, relative to it. */
  readonly submodules: readonly string[]
}

/** Returns how the build reads its context, or why this cannot be determined. */
export async function readingOf(request: ContextRequest): Promise<Reading | Unavailable> {
  const { repository, git, context, dockerfilePath, sources } = request
  const prefix = await prefixOf(repository, context)
  if (prefix === null) return { why: 'the context is outside of the Git checkout' }
  const [ignore, special, deciding, hasPolicy] = await Promise.all([
    ignoreRulesOf(context, dockerfilePath),
    specialEntries(git, prefix),
    decidingFiles(request),
    hasPolicies(request),
  ])
  if (special === null) return { why: 'Git cannot list the files of the context' }
  const ignored = ignoreMatcher(ignore)
  const read = throughLinks(sources, special.links)
  const copied = sourceMatcher(read)
  return {
    prefix,
    deciding,
    // A policy imports other policies by their path in the context.
    decides: (path) =>
      deciding.has(path) || (hasPolicy && path.endsWith('.rego') && belowPrefix(prefix, path) !== null),
    reaches: (path) => copied(path) && !ignored(path),
    mayReachBelow: (folder) =>
      (copied(folder) || mayReadBelow(read, folder)) && (!ignored(folder) || mayKeepBelow(ignore, folder)),
    submodules: special.submodules,
  }
}

/** Returns the path of a context relative to the root of the repository, or null if it is outside. */
export async function prefixOf({ root }: Repository, context: string): Promise<string | null> {
  return insideOf(root, await realpath(context))
}

/** Returns the files that affect the build without being copied. See `Reading.deciding`. */
export async function decidingFiles({
  repository,
  context,
  dockerfilePath,
  policies = [],
}: Pick<ContextRequest, 'repository' | 'context' | 'dockerfilePath' | 'policies'>): Promise<ReadonlySet<string>> {
  const paths = [join(await realpath(context), '.dockerignore')]
  for (const path of [
    ...(dockerfilePath === null ? [] : [dockerfilePath, ...filesBeside.map((nameFor) => nameFor(dockerfilePath))]),
    ...policies,
  ]) {
    const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)))
    const written = join(folder, basename(path))
    // If the path is a symbolic link, its target counts as well.
    paths.push(written, await realpath(written).catch(() => written))
  }
  return new Set(paths.map((path) => insideOf(repository.root, path)).filter((path) => path !== null))
}

async function hasPolicies({ dockerfilePath, policies = [] }: ContextRequest): Promise<boolean> {
  return policies.length > 0 || (dockerfilePath !== null && (await exists(policyFor(dockerfilePath))))
}

interface SpecialEntries {
  readonly links: readonly string[]
  readonly submodules: readonly string[]
}

/** Returns the links and submodules in a folder of the repository. Returns null if Git fails. */
async function specialEntries(git: Git, prefix: string): Promise<SpecialEntries | null> {
  const entries = zeroEnded(await git(['ls-files', '--stage', '-z', '--', pathspec(prefix)]))
  if (entries === null) return null
  const withMode = (mode: string): readonly string[] =>
    entries
      .filter((entry) => entry.startsWith(mode))
      .map((entry) => belowPrefix(prefix, entry.slice(entry.indexOf('\t') + 1)))
      .filter((path) => path !== null)
  return { links: withMode('120000'), submodules: withMode('160000') }
}

/** Returns a pathspec for a folder of the repository, whatever characters its name contains. */
export function pathspec(prefix: string): string {
  return prefix === '' ? ':(top)' : `:(top,literal)${prefix}`
}

/** Converts a path relative to the repository to one relative to the context. Returns null if it is outside. */
export function belowPrefix(prefix: string, path: string): string | null {
  if (prefix === '') return path
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : null
}
