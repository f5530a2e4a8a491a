/** Refuses links in a checkout on the way to a trend. */
import { lstat, readlink, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf } from '../files.ts'

/** As many links as Linux follows in a path. */
const maxLinks = 40

/**
 * Checks that a path does not lead through a link that is in a folder. A commit can contain a link to any file of the
 * machine, so in a checkout a path can lead to a place that nobody named. Links elsewhere are followed, also one that
 * leads into the folder, because they belong to the machine.
 *
 * @param path an absolute path. It need not exist
 * @throws FootprintError UNREADABLE_INPUT if it leads through a link in the folder
 */
export async function refuseLinksIn(folder: string, path: string): Promise<void> {
  const root = await realpath(folder).catch(() => folder)
  // `at` never has a link in it.
  let at = '/'
  let left = partsOf(resolve(path))
  for (let links = 0; left.length > 0 && links <= maxLinks;) {
    const next = join(at, left[0] ?? '')
    left = left.slice(1)
    if (!(await isLink(next))) at = next
    else if (insideOf(root, next) !== null)
      throw new FootprintError('UNREADABLE_INPUT', `${next} is a link in the checkout, and such links are not followed`)
    else {
      left = [...partsOf(resolve(at, await readlink(next))), ...left]
      at = '/'
      links++
    }
  }
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '')

async function isLink(path: string): Promise<boolean> {
  // What does not exist is no link. Other errors appear again where the path is used.
  const found = await lstat(path).catch(() => null)
  return found?.isSymbolicLink() === true
}
