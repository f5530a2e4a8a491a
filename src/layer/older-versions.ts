/** What an older release of this program has kept in a folder, which it names `v` and a number. */
import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { namesIn } from '../files.ts'

const dayMs = 24 * 60 * 60 * 1000

/** Deletes it once nothing was put there for a day. */
export async function removeOlderVersions(folder: string, version: string): Promise<void> {
  const numberOf = (name: string): number => Number(/^v(\d+)$/.exec(name)?.[1] ?? Infinity)
  for (const name of (await namesIn(folder)).filter((other) => numberOf(other) < numberOf(version))) {
    const path = join(folder, name)
    const stats = await lstat(path).catch(() => null)
    // Where that release runs now all the same, the rest is for another time.
    if (stats?.isDirectory() === true && Date.now() - stats.mtimeMs > dayMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}
