/** The files that budgets name with `@FILE`, as the head and the base revision have them. */
import { readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { insideOf } from '../baseline/build-reading.ts'
import type { Git } from '../baseline/git.ts'
import { fetchCommits, remoteRepository } from '../baseline/repository.ts'
import { FootprintError } from '../errors.ts'
import type { Located } from './locate.ts'

export interface BudgetTexts {
  /** Null where that revision has no such file, or none that can be had; the head's where there is no base revision. */
  readonly base: string | null
  readonly head: string | null
}

/**
 * @param paths from the current folder, or from the repository's root where a Git context is built
 * @throws FootprintError UNREADABLE_INPUT where a file of a workflow lies outside of the repository
 */
export async function budgetTexts(
  paths: readonly string[],
  located: Located | { readonly why: string },
  tempFolder: string,
): Promise<ReadonlyMap<string, BudgetTexts>> {
  if (paths.length === 0) return new Map()
  if ('why' in located) return new Map(await Promise.all(paths.map(async (path) => [path, ofHead(await onDisk(path))] as const)))
  return located.repository === null ? fromRemote(paths, located, tempFolder) : fromCheckout(paths, located)
}

async function fromCheckout(paths: readonly string[], located: Located): Promise<ReadonlyMap<string, BudgetTexts>> {
  const { repository, revisions } = located
  if (repository === null) return new Map()
  const { base } = revisions
  const objects = base && (await located.objectsOf(base.commit))
  const found = await Promise.all(
    paths.map(async (path) => {
      const full = resolve(path)
      // The folder may be named through a link; the file itself is taken as Git has it.
      const folder = await realpath(dirname(full)).catch(() => dirname(full))
      const inside = insideOf(repository.root, join(folder, full.slice(dirname(full).length + 1)))
      if (inside === null && !located.local)
        throw new FootprintError('UNREADABLE_INPUT', `the budgets file ${path} lies outside of the repository`)
      const head = await onDisk(path)
      // What lies outside of the repository is of no revision.
      if (base === null || inside === null) return [path, ofHead(head)] as const
      return [path, { base: objects && !('why' in objects) ? await textAt(objects.git, base.commit, inside) : null, head }] as const
    }),
  )
  return new Map(found)
}

/** Nothing is checked out: both texts come from the repository that is built. */
async function fromRemote(paths: readonly string[], { git, url, revisions }: Located, tempFolder: string): Promise<ReadonlyMap<string, BudgetTexts>> {
  if (url === null) return new Map()
  const { git: remote } = await remoteRepository(git, url, tempFolder)
  const [head, base] = [revisions.head.commit, revisions.base?.commit ?? null]
  for (const commit of [head, base]) if (commit !== null) await fetchCommits(remote, [commit], { depth: 1 })
  const textOf = async (commit: string | null, path: string): Promise<string | null> => (commit === null ? null : textAt(remote, commit, path))
  const found = await Promise.all(
    paths.map(async (path) => {
      const inside = insideOf('/', resolve('/', path)) ?? path
      const atHead = await textOf(head, inside)
      return [path, base === null ? ofHead(atHead) : { base: await textOf(base, inside), head: atHead }] as const
    }),
  )
  return new Map(found)
}

/** Nothing was edited, as far as anybody can tell. */
const ofHead = (head: string | null): BudgetTexts => ({ base: head, head })

async function textAt(git: Git, commit: string, path: string): Promise<string | null> {
  const answer = await git(['cat-file', 'blob', `${commit}:${path}`])
  return answer.ok ? answer.stdout : null
}

async function onDisk(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
