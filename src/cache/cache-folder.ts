/**
 * A folder of results that are kept between runs. Several processes may use it at the same time, and it may contain
 * anything. A file is written as a whole, and only regular files are read.
 */
import { lstat, lutimes, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mapConcurrently } from '../concurrency.ts'
import { makeOwnFolder, namesIn, readRegularFile, writeWhole, type Unread } from '../files.ts'

/** Reads and writes the files of a folder. */
export interface CacheFolder {
  readonly path: string
  /** Returns the names of everything in the folder. Returns none if it does not exist. */
  readonly names: () => Promise<readonly string[]>
  readonly read: (name: string, maxBytes: number) => Promise<Buffer | Unread>
  /** Returns the text of a file, or null if it cannot be read. */
  readonly readText: (name: string, maxBytes: number) => Promise<string | null>
  /**
   * Writes a file, and makes the folder if it is missing.
   *
   * @throws a system error if it cannot be written
   */
  readonly write: (name: string, content: string | Buffer) => Promise<void>
  /** Marks a file as used now, at most once a day, to avoid needless writes to a shared folder. */
  readonly markUsed: (name: string) => Promise<void>
  /** Returns facts about those files that exist. */
  readonly statsOf: (names: readonly string[]) => Promise<readonly KeptFile[]>
  /** Deletes files. A file that cannot be deleted stays. */
  readonly remove: (names: readonly string[]) => Promise<void>
  /**
   * Deletes leftovers of a killed process that are at least a day old: drafts, and files for which `isLeftover` is
   * true.
   */
  readonly removeLeftovers: (isLeftover?: (name: string) => boolean) => Promise<void>
}

/** Facts about a file in the folder. */
export interface KeptFile {
  readonly name: string
  /** When the file was last written or used, in milliseconds since 1970. */
  readonly usedMs: number
  readonly bytes: number
  /** Whether it is a regular file. */
  readonly isFile: boolean
}

/** Milliseconds of a day. */
export const dayMs = 24 * 60 * 60 * 1000
const statsAtOnce = 32

/** Opens a folder. It is made on the first write. */
export function openCacheFolder(path: string): CacheFolder {
  const at = (name: string): string => join(path, name)
  const names = (): Promise<readonly string[]> => namesIn(path)
  const read = (name: string, maxBytes: number): Promise<Buffer | Unread> => readRegularFile(at(name), maxBytes)
  const remove = async (some: readonly string[]): Promise<void> => {
    for (const name of some) await rm(at(name), { force: true }).catch(() => undefined)
  }
  const statsOf = async (some: readonly string[]): Promise<readonly KeptFile[]> => {
    const found = await mapConcurrently(some, statsAtOnce, (name) => statOf(path, name))
    return found.filter((file) => file !== null)
  }
  return {
    path,
    names,
    read,
    async readText(name, maxBytes) {
      const found = await read(name, maxBytes)
      return 'why' in found ? null : found.toString('utf8')
    },
    async write(name, content) {
      await makeOwnFolder(path)
      await writeWhole(at(name), content)
    },
    async markUsed(name) {
      const found = await statOf(path, name)
      const now = Date.now()
      // If the file is gone or read-only, its content was read anyway.
      if (found !== null && now - found.usedMs > dayMs)
        await lutimes(at(name), new Date(now), new Date(now)).catch(() => undefined)
    },
    statsOf,
    remove,
    async removeLeftovers(isLeftover = () => false) {
      const left = (await names()).filter((name) => name.endsWith('.tmp') || isLeftover(name))
      const old = (await statsOf(left)).filter(({ usedMs }) => Date.now() - usedMs > dayMs)
      await remove(old.map(({ name }) => name))
    },
  }
}

async function statOf(folder: string, name: string): Promise<KeptFile | null> {
  const found = await lstat(join(folder, name)).catch(() => null)
  return found && { name, usedMs: found.mtimeMs, bytes: found.size, isFile: found.isFile() }
}

/** Limits for the results in a folder. */
export interface CacheLimits {
  /** Number of results. */
  readonly count: number
  /** Total size of all files. */
  readonly bytes: number
}

/**
 * Returns how many results to keep, of which the last ones are removed first. The first one is always kept.
 *
 * @param sizes in bytes
 */
export function countWithin(sizes: readonly number[], { count, bytes }: CacheLimits): number {
  let total = 0
  for (const [nth, size] of sizes.entries()) {
    total += size
    if (nth > 0 && (nth >= count || total > bytes)) return nth
  }
  return sizes.length
}

/** Returns the names of the files beyond the limits, which are the last ones. The first file is always kept. */
export function namesBeyond(files: readonly KeptFile[], limits: CacheLimits): readonly string[] {
  const sizes = files.map(({ bytes }) => bytes)
  return files.slice(countWithin(sizes, limits)).map(({ name }) => name)
}

/** Deletes the folders of older releases, named `v` and a number, if nothing was written to them for a day. */
export async function removeOlderVersions(folder: string, version: string): Promise<void> {
  const numberOf = (name: string): number => Number(/^v(\d+)$/.exec(name)?.[1] ?? Infinity)
  for (const name of (await namesIn(folder)).filter((other) => numberOf(other) < numberOf(version))) {
    const path = join(folder, name)
    const stats = await lstat(path).catch(() => null)
    // If that release is running, the rest is deleted at another time.
    if (stats?.isDirectory() === true && Date.now() - stats.mtimeMs > dayMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}
