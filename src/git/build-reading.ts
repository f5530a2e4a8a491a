/** What of a repository's files reaches the build: neither kept out by an ignore file, nor left where no stage copies it. */
import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { dockerignoreFor, filesBeside, policyFor } from '../dockerfile/beside-dockerfile.ts'
import { mayReadBelow, sourceMatcher, throughLinks, type ContextSources } from '../dockerfile/copied-paths.ts'
import {
  ignoreMatcher,
  ignoresNothing,
  mayKeepBelow,
  readIgnoreFile,
  type IgnoreRules,
} from '../dockerfile/ignore-file.ts'
import { insideOf } from '../files.ts'
import type { Repository } from './repository.ts'
import { zeroEnded, type Git } from './run-git.ts'

export interface ContextRequest {
  readonly repository: Repository
  /** Runs in the repository. */
  readonly git: Git
  /** Folder of the context. */
  readonly context: string
  /** The Dockerfile on this machine; null for a context that is not the main one, or a Dockerfile from elsewhere. */
  readonly dockerfilePath: string | null
  /** Policies that the build names, as paths of this machine; none unless told. */
  readonly policies?: readonly string[]
  readonly sources: ContextSources
}

export interface Reading {
  /** The context, relative to the repository's root with `/`; empty for the root itself. */
  readonly prefix: string
  /**
   * Files of the repository that decide the build whether they are copied or not: the Dockerfile, ignore files, policies.
   * They may lie outside of the context, and need not be there.
   */
  readonly deciding: ReadonlySet<string>
  /** The same of one path of the repository; what a policy imports counts as well. */
  readonly decides: (path: string) => boolean
  /** Whether a path of the context, relative to it, reaches the build. */
  readonly reaches: (path: string) => boolean
  /** False where nothing below this folder of the context can reach the build. */
  readonly mayReachBelow: (folder: string) => boolean
  /** Tracked submodules of the context, relative to it. */
  readonly submodules: readonly string[]
}

/** Null where the context is outside of the repository. */
export async function readingOf(request: ContextRequest): Promise<Reading | null> {
  const { repository, git, context, dockerfilePath, sources } = request
  const prefix = await prefixOf(repository, context)
  if (prefix === null) return null
  const [ignore, special, deciding, hasPolicy] = await Promise.all([
    ignoreRulesOf(context, dockerfilePath),
    specialEntries(git, prefix),
    decidingFiles(request),
    hasPolicies(request),
  ])
  const ignored = ignoreMatcher(ignore)
  const read = throughLinks(sources, special.links)
  const copied = sourceMatcher(read)
  return {
    prefix,
    deciding,
    // A policy imports others by their path in the context.
    decides: (path) =>
      deciding.has(path) || (hasPolicy && path.endsWith('.rego') && belowPrefix(prefix, path) !== null),
    reaches: (path) => copied(path) && !ignored(path),
    mayReachBelow: (folder) =>
      (copied(folder) || mayReadBelow(read, folder)) && (!ignored(folder) || mayKeepBelow(ignore, folder)),
    submodules: special.submodules,
  }
}

/** Where a context lies in the repository; null where it is outside. */
export async function prefixOf({ root }: Repository, context: string): Promise<string | null> {
  return insideOf(root, await realpath(context))
}

/** See `Reading.deciding`. */
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
    // Where it is a link, what it leads to counts as well.
    paths.push(written, await realpath(written).catch(() => written))
  }
  return new Set(paths.map((path) => insideOf(repository.root, path)).filter((path) => path !== null))
}

async function hasPolicies({ dockerfilePath, policies = [] }: ContextRequest): Promise<boolean> {
  if (policies.length > 0) return true
  return (
    dockerfilePath !== null &&
    (await realpath(policyFor(dockerfilePath)).then(
      () => true,
      () => false,
    ))
  )
}

/** `<Dockerfile>.dockerignore`, else `.dockerignore` of the context. */
async function ignoreRulesOf(context: string, dockerfilePath: string | null): Promise<IgnoreRules> {
  const files = [...(dockerfilePath === null ? [] : [dockerignoreFor(dockerfilePath)]), join(context, '.dockerignore')]
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text !== null) return readIgnoreFile(text)
  }
  return ignoresNothing
}

interface SpecialEntries {
  readonly links: readonly string[]
  readonly submodules: readonly string[]
}

async function specialEntries(git: Git, prefix: string): Promise<SpecialEntries> {
  const entries = zeroEnded(await git(['ls-files', '--stage', '-z', '--', pathspec(prefix)])) ?? []
  const withMode = (mode: string): readonly string[] =>
    entries
      .filter((entry) => entry.startsWith(mode))
      .map((entry) => belowPrefix(prefix, entry.slice(entry.indexOf('\t') + 1)))
      .filter((path) => path !== null)
  return { links: withMode('120000'), submodules: withMode('160000') }
}

/** Names a folder of the repository, whatever characters it holds. */
export function pathspec(prefix: string): string {
  return prefix === '' ? ':(top)' : `:(top,literal)${prefix}`
}

/** A path of the repository as one of the context; null where it is outside. */
export function belowPrefix(prefix: string, path: string): string | null {
  if (prefix === '') return path
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : null
}
