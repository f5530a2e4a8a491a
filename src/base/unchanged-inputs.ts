/** Whether anything that the build reads differs between two commits, told from the commits alone. */
import { basename } from 'node:path'
import { belowPrefix, readingOf, type ContextRequest } from '../git/build-reading.ts'
import { zeroEnded, type Git } from '../git/run-git.ts'

export interface ReadChanges {
  /** Paths of the repository that the build reads and that differ: the first of them, and how many there are. */
  readonly paths: readonly string[]
  readonly count: number
}

export interface ChangesRequest extends ContextRequest {
  /** Sees the objects of both commits. */
  readonly objects: Git
  readonly base: string
  readonly head: string
}

const namedAtMost = 20

/**
 * Nothing that the build reads has changed if the count is 0, the context has no extras and does not hold `.git`, and
 * build arguments and base images are the same: those are not looked at here.
 * @returns null where it cannot be told
 */
export async function readChanges(request: ChangesRequest): Promise<ReadChanges | null> {
  const { objects, base, head } = request
  const reading = await readingOf(request)
  if (reading === null) return null
  const changed = zeroEnded(
    await objects([
      'diff-tree',
      '-r',
      '--no-ext-diff',
      '-z',
      '--name-only',
      '--no-renames',
      '--no-commit-id',
      '--end-of-options',
      base,
      head,
    ]),
  )
  if (changed === null) return null
  const paths = changed.filter((path) => {
    // Attributes decide what a checkout makes of files: their line ends, for one.
    if (reading.decides(path) || basename(path) === '.gitattributes') return true
    const inContext = belowPrefix(reading.prefix, path)
    return inContext !== null && reading.reaches(inContext)
  })
  return { paths: paths.slice(0, namedAtMost), count: paths.length }
}
