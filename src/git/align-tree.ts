/**
 * Copies modes and times, which no commit stores, from the user's work tree to the base's files. Files with the same
 * content on both sides then have the same modes and times, so a layer that copies them differs only by what the change
 * did.
 *
 * Files with different content keep the time of their checkout, because BuildKit decides by size and time whether to
 * send a file again.
 */
import { chmod, copyFile, link, lstat, lutimes, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { mapConcurrently } from '../concurrency.ts'
import { systemErrorCode } from '../files.ts'

/** How many files are changed at the same time. */
const atOnce = 64

/**
 * Aligns the base's tree with the user's.
 *
 * @param user root of the user's work tree
 * @param base root of the base's tree, which is changed
 * @param same paths with the same content in both trees
 * @param all all paths of the base; its folders are derived from them
 */
export async function alignTree(
  user: string,
  base: string,
  same: readonly string[],
  all: readonly string[],
): Promise<void> {
  const sameSet = new Set(same)
  await mapConcurrently(all, atOnce, (path) => alignFile(join(user, path), join(base, path), sameSet.has(path)))
  const folders = new Set<string>()
  for (const path of all) {
    for (let folder = dirname(path); folder !== '.' && !folders.has(folder); folder = dirname(folder))
      folders.add(folder)
  }
  await mapConcurrently(['.', ...folders], atOnce, (path) => alignFolder(join(user, path), join(base, path)))
}

async function alignFile(user: string, base: string, same: boolean): Promise<void> {
  const [from, to] = await Promise.all([statOf(user), statOf(base)])
  if (from === null || to === null) return
  if (from.isFile() && to.isFile()) {
    // The executable bit comes from the commit. The other bits come from the umask of the checkout.
    if (from.mode !== to.mode && (from.mode & 0o100) === (to.mode & 0o100)) await chmod(base, from.mode & 0o7777)
    if (same && from.size === to.size) await utimes(base, ...timesOf(from))
  } else if (same && from.isSymbolicLink() && to.isSymbolicLink()) {
    await lutimes(base, ...timesOf(from))
  }
}

async function alignFolder(user: string, base: string): Promise<void> {
  const [from, to] = await Promise.all([statOf(user), statOf(base)])
  if (from === null || to === null || !from.isDirectory() || !to.isDirectory()) return
  if (from.mode !== to.mode) await chmod(base, (from.mode & 0o7777) | 0o700)
  await utimes(base, ...timesOf(from))
}

/** Returns times in seconds with fractions. A Date would round to milliseconds, and so sometimes to the next second. */
function timesOf({ atimeMs, mtimeMs }: Stats): [number, number] {
  return [atimeMs / 1000, mtimeMs / 1000]
}

async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch(() => null)
}

/**
 * Puts the user's `.git` beside the base's files, for a build that reads it, so that it is the same on both sides. Its
 * files are hard links where the file system allows it, so nothing may write to them.
 */
export async function placeGitFolder(user: string, base: string): Promise<void> {
  await placeEntry(join(user, '.git'), join(base, '.git'))
}

async function placeEntry(from: string, to: string): Promise<void> {
  const entry = await lstat(from)
  if (entry.isDirectory()) {
    await mkdir(to, { mode: entry.mode & 0o7777 })
    for (const name of await readdir(from)) await placeEntry(join(from, name), join(to, name)).catch(ignoreGone)
    await utimes(to, ...timesOf(entry))
  } else if (entry.isSymbolicLink()) {
    await symlink(await readlink(from), to)
    await lutimes(to, ...timesOf(entry))
  } else if (entry.isFile()) {
    await link(from, to).catch(async () => {
      await copyFile(from, to)
      await chmod(to, entry.mode & 0o7777)
      await utimes(to, ...timesOf(entry))
    })
  }
}

/** A lock file may disappear while the folder is read. */
function ignoreGone(error: unknown): void {
  if (systemErrorCode(error) !== 'ENOENT') throw error
}
