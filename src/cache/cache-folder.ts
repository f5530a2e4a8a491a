/**
 * A folder of results that are kept between runs. Several processes may use it at once, and anything may lie in it: what
 * is written is seen whole or not at all, and only regular files are read.
 */
import { lstat, lutimes, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeOwnFolder, namesIn, readRegularFile, writeWhole, type Unread } from '../files.ts'

export interface CacheFolder {
  readonly path: string
  /** Of all that lies in it; none where it is not there. */
  readonly names: () => Promise<readonly string[]>
  readonly read: (name: string, mostBytes: number) => Promise<Buffer | Unread>
  /** The text of a file; null where it was not read. */
  readonly readText: (name: string, mostBytes: number) => Promise<string | null>
  /**
   * Writes a file, and makes the folder where it is missing.
   *
   * @throws an error of the system where it cannot be written
   */
  readonly write: (name: string, content: string | Buffer) => Promise<void>
  /** Marks a file as used now, once a day at most so that a shared folder is not written without need. */
  readonly markUsed: (name: string) => Promise<void>
  /** Of those that are there. */
  readonly statsOf: (names: readonly string[]) => Promise<readonly KeptFile[]>
  /** Deletes files; what cannot be deleted stays. */
  readonly remove: (names: readonly string[]) => Promise<void>
  /** Deletes what a killed process left a day ago: drafts, and whatever else is a leftover. */
  readonly removeLeftovers: (isLeftover?: (name: string) => boolean) => Promise<void>
}

export interface KeptFile {
  readonly name: string
  /** When it was written or used last, in milliseconds since 1970. */
  readonly usedMs: number
  readonly bytes: number
  /** Whether it is a regular file. */
  readonly isFile: boolean
}

export const dayMs = 24 * 60 * 60 * 1000
const statsAtOnce = 32

export function openCacheFolder(path: string): CacheFolder {
  const at = (name: string): string => join(path, name)
  const names = (): Promise<readonly string[]> => namesIn(path)
  const read = (name: string, mostBytes: number): Promise<Buffer | Unread> => readRegularFile(at(name), mostBytes)
  const remove = async (some: readonly string[]): Promise<void> => {
    for (const name of some) await rm(at(name), { force: true }).catch(() => undefined)
  }
  const statsOf = async (some: readonly string[]): Promise<readonly KeptFile[]> => {
    const found: (KeptFile | null)[] = []
    for (let start = 0; start < some.length; start += statsAtOnce)
      found.push(...(await Promise.all(some.slice(start, start + statsAtOnce).map((name) => statOf(path, name)))))
    return found.filter((file) => file !== null)
  }
  return {
    path,
    names,
    read,
    async readText(name, mostBytes) {
      const found = await read(name, mostBytes)
      return 'why' in found ? null : found.toString('utf8')
    },
    async write(name, content) {
      await makeOwnFolder(path)
      await writeWhole(at(name), content)
    },
    async markUsed(name) {
      const found = await statOf(path, name)
      const now = Date.now()
      // Where it is gone or read-only, what was read is at hand all the same.
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

export interface CacheLimits {
  readonly most: number
  /** Of all together. */
  readonly bytes: number
}

/**
 * How many results stay where those at the end have to go first: as many as the limits allow, and the first always.
 *
 * @param sizes in bytes
 */
export function countWithin(sizes: readonly number[], { most, bytes }: CacheLimits): number {
  let total = 0
  for (const [nth, size] of sizes.entries()) {
    total += size
    if (nth > 0 && (nth >= most || total > bytes)) return nth
  }
  return sizes.length
}

/** Deletes what an older release kept in a folder, which it names `v` and a number, once nothing was put there for a day. */
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
