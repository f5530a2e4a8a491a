/** Lists the differences between the work tree and its commit, as Git reports them. */
import { pathspec } from './build-reading.ts'
import { zeroEnded, type Git } from './run-git.ts'

/** A difference between the work tree and its commit. */
export interface StatusEntry {
  readonly kind: 'untracked' | 'ignored' | 'modified'
  /** Relative to the root of the repository. It ends with a slash if the entry is a whole folder. */
  readonly path: string
}

/** Null if Git fails. */
export type WorkTreeStatus = readonly StatusEntry[] | null

/**
 * Returns the status below these folders of the repository. Git lists an ignored folder as one entry and does not look
 * inside. Such an entry may be a folder above the requested one.
 */
export async function statusBelow(git: Git, prefixes: readonly string[]): Promise<WorkTreeStatus> {
  // Without a folder, Git would search the whole repository.
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
