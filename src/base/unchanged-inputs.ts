/** Determines from the commits alone whether anything that the build reads differs between two commits. */
import { basename } from 'node:path'
import { belowPrefix, readingOf, type ContextRequest } from '../git/build-reading.ts'
import { zeroEnded, type Git } from '../git/run-git.ts'

/** The differences that a build reads. */
export interface ReadChanges {
  /** Paths of the repository that the build reads and that differ: the first of them, and their number. */
  readonly paths: readonly string[]
  readonly count: number
}

/** The two commits to compare, and the context of the build. */
export interface ChangesRequest extends ContextRequest {
  /** Git with access to the objects of both commits. */
  readonly objects: Git
  readonly base: string
  readonly head: string
}

/** How many of the differing paths are returned. */
const maxNamed = 20

/**
 * Returns the files that the build reads and that differ. Nothing has changed for the build if there are none, the
 * context has no extra files and does not include `.git`, and build arguments and base images are the same. The last
 * two are not checked here.
 *
 * @returns null if it cannot be determined
 */
export async function readChanges(request: ChangesRequest): Promise<ReadChanges | null> {
  const { objects, base, head } = request
  const reading = await readingOf(request)
  if ('why' in reading) return null
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
    // Attributes affect the files that a checkout writes, for example their line endings.
    if (reading.decides(path) || basename(path) === '.gitattributes') return true
    const inContext = belowPrefix(reading.prefix, path)
    return inContext !== null && reading.reaches(inContext)
  })
  return { paths: paths.slice(0, maxNamed), count: paths.length }
}
