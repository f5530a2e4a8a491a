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

/**
 * Returns the tracked files below a folder, or a file itself, whose content Git converts before it compares them with the
 * commit so that different contents may count as equal: with the attribute `ident`, everything after `$Id:`. The
 * attributes are those of the work tree, as in a status. Returns null if Git fails.
 */
export async function convertedBelow(git: Git, prefix: string): Promise<readonly string[] | null> {
  const below = pathspec(prefix)
  const list = ['ls-files', '-z', '--full-name', '--']
  const withIdent = zeroEnded(await git([...list, below.replace(':(', ':(attr:ident,')]))
  const encoded = zeroEnded(await git([...list, below, ':(top,exclude,attr:!working-tree-encoding)']))
  return withIdent === null || encoded === null ? null : [...new Set([...withIdent, ...encoded])]
}
