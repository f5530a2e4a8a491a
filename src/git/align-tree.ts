/**
 * Modes and times that no commit holds. Files that are the same on both sides get those of the user's work tree, so
 * that a layer that copies them differs by what the change did and by nothing else.
 *
 * Files that differ keep the time of their making: BuildKit tells by size and time whether a file must be sent anew.
 */
import { chmod, copyFile, link, lstat, lutimes, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { systemErrorCode } from '../files.ts'

const atOnce = 64

/**
 * @param same paths whose content is the same in both trees
 * @param all every path of the base; folders are taken from it
 */
export async function alignTree(
  user: string,
  base: string,
  same: readonly string[],
  all: readonly string[],
): Promise<void> {
  const sameSet = new Set(same)
  await eachOf(all, (path) => alignFile(join(user, path), join(base, path), sameSet.has(path)))
  const folders = new Set<string>()
  for (const path of all) {
    for (let folder = dirname(path); folder !== '.' && !folders.has(folder); folder = dirname(folder))
      folders.add(folder)
  }
  await eachOf(['.', ...folders], (path) => alignFolder(join(user, path), join(base, path)))
}

async function alignFile(user: string, base: string, same: boolean): Promise<void> {
  const [from, to] = await Promise.all([statOf(user), statOf(base)])
  if (from === null || to === null) return
  if (from.isFile() && to.isFile()) {
    // The executable bit is the commit's; the others are of the checkout's umask.
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

/** In seconds with fractions: a Date would round to the next millisecond, and so at times to the next second. */
function timesOf({ atimeMs, mtimeMs }: Stats): [number, number] {
  return [atimeMs / 1000, mtimeMs / 1000]
}

async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch(() => null)
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += atOnce) await Promise.all(items.slice(at, at + atOnce).map(work))
}

/**
 * Puts the user's `.git` beside the files of the base, for a build that reads it: then it is the same on both sides.
 * Its files are linked where the file system allows it, and nothing may write to them.
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

/** A lock file may go while we look. */
function ignoreGone(error: unknown): void {
  if (systemErrorCode(error) !== 'ENOENT') throw error
}
