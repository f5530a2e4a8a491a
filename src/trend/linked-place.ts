import { lstat, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf } from '../files.ts'

/**
 * Checks that a path does not lead through a link that is in a folder. A commit can contain a link to any file of the
 * machine, so in a checkout a path can lead to a place that nobody named. Paths outside of the
 * folder are not checked.
 *
 * @param path an absolute path. It need not exist
 * @throws FootprintError UNREADABLE_INPUT if it leads through a link
 */
export async function refuseLinksIn(folder: string, path: string): Promise<void> {
  for (const root of new Set([folder, await realpath(folder).catch(() => folder)])) {
    const inside = insideOf(root, path)
    let at = root
    for (const part of inside === null || inside === '' ? [] : inside.split('/')) {
      at = join(at, part)
      if (await isLink(at))
        throw new FootprintError('UNREADABLE_INPUT', `${at} is a link in the checkout, and such links are not followed`)
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  // What does not exist is no link. Other errors appear again where the path is used.
  const found = await lstat(path).catch(() => null)
  return found?.isSymbolicLink() === true
}
