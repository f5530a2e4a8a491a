/** Where the work tree differs from the commit, as Git tells it. */
import { pathspec } from './build-reading.ts'
import { zeroEnded, type Git } from './run-git.ts'

export interface StatusEntry {
  readonly kind: 'untracked' | 'ignored' | 'modified'
  /** Of the repository; with a slash at the end for a folder that is as a whole. */
  readonly path: string
}

/** Null where git cannot tell. */
export type WorkTreeStatus = readonly StatusEntry[] | null

/**
 * Below these folders of the repository, whatever they hold. Git lists an ignored folder as one entry and does not walk
 * it; such an entry may stand for a folder above the one that was asked for.
 */
export async function statusBelow(git: Git, prefixes: readonly string[]): Promise<WorkTreeStatus> {
  // Without a folder git would look through all of it.
  if (prefixes.length === 0) return []
  const entries = zeroEnded(
    await git([
      'status',
      '--porcelain=v1',
      '-z',
      '--no-renames',
      '--untracked-files=normal',
      '--ignored=matching',
      '--ignore-submodules=all',
      '--',
      ...new Set(prefixes.map(pathspec)),
    ]),
  )
  if (entries === null) return null
  return entries.map((entry): StatusEntry => {
    const state = entry.slice(0, 2)
    const path = entry.slice(3)
    return { kind: state === '??' ? 'untracked' : state === '!!' ? 'ignored' : 'modified', path }
  })
}
