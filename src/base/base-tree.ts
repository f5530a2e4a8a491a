/** Prepares the files of the base revision, and builds it within a time limit. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StepFailed } from '../docker/stage-export.ts'
import { messageOf } from '../errors.ts'
import { placeGitFolder } from '../git/align-tree.ts'
import { makeBaseTree } from '../git/check-out-base.ts'
import type { Unavailable } from '../unavailable.ts'
import type { BaselineNote, WithLog } from './baseline-note.ts'
import type { Located } from './locate-revisions.ts'

/** The root of the repository in the user's work tree, and the corresponding folder of the base. */
export interface TwoTrees {
  readonly root: string
  readonly baseFolder: string
}

/**
 * Writes the files of the base revision.
 *
 * @param folder temporary folder of this run
 * @returns a reason if the files cannot be written
 */
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

/** Gives the base the head's `.git` folder, for a build that reads it. Returns the note that says so. */
export async function takeGitFolder({ root, baseFolder }: TwoTrees): Promise<BaselineNote> {
  await placeGitFolder(root, baseFolder)
  return { kind: 'git-folder-read' }
}

/** A time limit, and a signal that stops the task earlier. */
export interface TimeLimit {
  /** In milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Runs a task with a time limit. If it fails, the report of the head is still valid.
 *
 * @returns a reason if the task fails or takes too long
 * @throws Cancelled if the signal stops it
 */
export async function attemptWithin<T>(
  { timeout, signal }: TimeLimit,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | (Unavailable & WithLog)> {
  // This signal is asked in the end, not the combined one: a combined signal without a listener holds its sources only
  // weakly, and forgets a time limit that has passed and is gone (Node.js 24.21).
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout)
  try {
    return await task(AbortSignal.any([signal, late.signal]))
  } catch (error) {
    if (signal.aborted) throw error
    if (late.signal.aborted) return { why: `it took longer than ${Math.round(timeout / 1000)} s (baseline-timeout)` }
    return failureOf(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Returns why something failed, with the last lines of the step that did, if a step did. */
export function failureOf(error: unknown): Unavailable & WithLog {
  return { why: clauseOf(error), ...(error instanceof StepFailed ? { log: error.log } : {}) }
}

/** Returns the message of an error in a form that fits into a sentence. */
const clauseOf = (error: unknown): string => messageOf(error).replace(/\.$/, '')
