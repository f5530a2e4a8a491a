/** What every part that reads or writes files needs. */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { messageOf } from './errors.ts'

/** Code of an error of the operating system, such as `ENOENT`; empty for anything else. */
export function systemErrorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Whether the operating system refused something, as opposed to a fault of this program. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]{2,}$/.test(systemErrorCode(error)) || systemErrorCode(error).startsWith('ERR_FS_')
}

/** What the operating system refused, as a clause in plain words; the message of any other error. */
export function reasonOf(error: unknown): string {
  if (!isSystemError(error)) return messageOf(error)
  const code = systemErrorCode(error).replace('ERR_FS_', '')
  return reasons.get(code) ?? `the system says ${code}`
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'something else already has this name'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its symbolic links form a loop'],
  ['EMFILE', 'too many files are open'],
  ['ENXIO', 'it is a pipe, a socket or a device'],
])

/** The current folder; `/` where it has been deleted, for uses that only need a folder that exists. */
export function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/**
 * Makes a folder and the folders above it, as `mkdir -p` does. Node's own `recursive` never returns where a file system
 * answers ENOENT although the parent is there, as `/proc` does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    const parent = dirname(path)
    if (systemErrorCode(error) !== 'ENOENT' || parent === path) throw error
    await makeFolder(parent)
    await mkdir(path).catch(async (again: unknown) => {
      // Another process may have made it meanwhile.
      if (!(await isFolder(path))) throw again
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Null for what is no JSON: what validates it refuses that as it does any other answer. */
export function parseJson(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Others see the old file or the new one, never a part: it is written beside and renamed. */
export async function writeWhole(path: string, text: string | Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
}

/** Why a file was not read: `no-file` for a folder, pipe or device, `too-large`, or the system's code (`ENOENT`; `ELOOP` for a link). */
export interface Unread {
  readonly why: string
}

/**
 * A regular file, whole. What lies under the name may be anybody's: a link is not followed, a pipe or device not waited
 * for, and no more is read than is allowed.
 *
 * @param most bytes
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer | Unread> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => ({ why: systemErrorCode(error) }),
  )
  if ('why' in file) return file
  try {
    const found = await file.stat()
    if (!found.isFile()) return { why: 'no-file' }
    // It may grow in this moment.
    const buffer = Buffer.allocUnsafe(Math.min(found.size, most) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
    }
    return length > most ? { why: 'too-large' } : buffer.subarray(0, length)
  } catch (error) {
    return { why: systemErrorCode(error) }
  } finally {
    await file.close()
  }
}

/** The text of such a file; null where it was not read. */
export async function readRegularText(path: string, most: number): Promise<string | null> {
  const read = await readRegularFile(path, most)
  return 'why' in read ? null : read.toString('utf8')
}

/** Names in a folder; none where it is not there, or is a link to one. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await isRealFolder(folder)) ? await readdir(folder).catch(() => []) : []
}

/** @throws ENOTDIR where something else is in its place, a link to a folder too */
export async function makeOwnFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  if (!(await isRealFolder(folder)))
    throw Object.assign(new Error(`${folder} is not a folder of its own`), { code: 'ENOTDIR' })
}

async function isRealFolder(folder: string): Promise<boolean> {
  return (await lstat(folder).catch(() => null))?.isDirectory() === true
}

/** Where a path lies below a folder, with `/`: empty for the folder itself, null where it is outside. */
export function insideOf(folder: string, path: string): string | null {
  const way = relative(resolve(folder), resolve(path)).split(sep).join('/')
  return way === '..' || way.startsWith('../') || way.startsWith('/') ? null : way
}
