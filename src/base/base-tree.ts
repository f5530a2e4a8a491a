/** The base revision in its temporary folder, and its building under a limit of time. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { placeGitFolder } from '../git/align-tree.ts'
import { makeBaseTree } from '../git/check-out-base.ts'
import type { Unavailable } from '../unavailable.ts'
import type { BaselineNote } from './baseline-note.ts'
import type { Located } from './locate-revisions.ts'

/** The repository's root in the user's work tree, and the folder that stands for it in the base. */
export interface TwoTrees {
  readonly root: string
  readonly baseFolder: string
}

/** @param folder of this run */
export async function openBaseTree(
  { git, repository, objectsOf }: Located,
  commit: string,
  folder: string,
): Promise<TwoTrees | Unavailable> {
  if (repository === null) return { why: 'there is no checkout' }
  const tempFolder = join(folder, 'base-tree')
  await mkdir(tempFolder)
  const objects = await objectsOf(commit)
  if ('why' in objects) return objects
  const tree = await makeBaseTree({ git, repository, commit, tempFolder, objects })
  return 'why' in tree ? tree : { root: repository.root, baseFolder: tree.folder }
}

/** Where a build reads `.git`, it is the head's on both sides; the report says so. */
export async function takeGitFolder({ root, baseFolder }: TwoTrees): Promise<BaselineNote> {
  await placeGitFolder(root, baseFolder)
  return { kind: 'git-folder-read' }
}

export interface TimeLimit {
  /** Milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * @returns a clause where the task fails or takes too long; the head's report stands all the same
 * @throws Cancelled
 */
export async function contained<T>(
  { timeout, signal }: TimeLimit,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | Unavailable> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  try {
    return await task(within)
  } catch (error) {
    if (signal.aborted) throw error
    if (within.aborted) return { why: `it took longer than ${Math.round(timeout / 1000)} s (baseline-timeout)` }
    return { why: clauseOf(error) }
  }
}

/** What went wrong, to stand within a sentence. */
export const clauseOf = (error: unknown): string => messageOf(error).replace(/\.$/, '')
