/** Helpers for reading and writing files. */
import { randomUUID } from 'node:crypto'
import { constants, createReadStream, type Stats } from 'node:fs'
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { messageOf } from './errors.ts'

/** Returns the code of a system error, such as `ENOENT`. Returns an empty string for any other error. */
export function systemErrorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Returns whether an error says that nothing exists at a path. */
export function isAbsent(error: unknown): boolean {
  const code = systemErrorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Returns whether an error comes from the operating system and is not a fault of this program. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]{2,}$/.test(systemErrorCode(error)) || systemErrorCode(error).startsWith('ERR_FS_')
}

/** Returns the reason of a system error as a clause in plain words. Returns the message of any other error. */
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
  ['EFBIG', 'the file would be larger than the system allows'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its symbolic links form a loop'],
  ['EMFILE', 'too many files are open'],
  ['ENXIO', 'it is a pipe, a socket or a device'],
])

/** Returns the current folder, or `/` if it was deleted. For uses that only need some folder that exists. */
export function currentFolder(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/**
 * Makes a folder and its parents, as `mkdir -p` does. Node's own `recursive` option never returns if a file system
 * reports ENOENT although the parent exists, as `/proc` does.
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
      // Another process may have made it in the meantime.
      if (!(await isFolder(path))) throw again
    })
  }
}

/** Returns whether a path is a folder, or a symbolic link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true
}

/** Returns whether a path is a folder. A symbolic link to a folder is not. */
export async function isRealFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isDirectory() === true
}

/** Returns whether a path is a regular file, or a symbolic link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true
}

/** Returns whether something exists at a path. A symbolic link counts only if its target exists. */
export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

/** Returns whether something exists at a path, even a symbolic link without a target. */
export async function isOccupied(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}

/** Parses JSON. Returns null for text that is not JSON, which callers reject like any other invalid document. */
export function parseJson(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * Writes a file as a whole. The text goes to a temporary file that is then renamed, so readers see the old or the new
 * file, never a part.
 *
 * @param like the old file, if the new one must have the same owner and permissions
 */
export async function writeWhole(path: string, text: string | Buffer, like: Stats | null = null): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx' })
    if (like) await makeLike(draft, like)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
}

async function makeLike(path: string, { uid, gid, mode }: Stats): Promise<void> {
  const made = await stat(path)
  if (made.uid !== uid || made.gid !== gid) await chown(path, uid, gid)
  await chmod(path, mode & 0o7777)
}

/**
 * Writes a file that the user named. If the disk is full, an older regular file stays as it was, and no part of a new
 * one is left. What else the path may be is written to directly: a pipe, a device, a symbolic link, a file with several
 * names, and a file in a folder where no other can be made.
 */
export async function writeNamedFile(path: string, text: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  const isDirect = found !== null && (!found.isFile() || found.nlink > 1)
  if (isDirect) return writeFile(path, text)
  try {
    if (found) await access(path, constants.W_OK)
    await writeWhole(path, text, found)
  } catch (error) {
    if (noSpace.has(systemErrorCode(error))) throw error
    await writeFile(path, text)
  }
}

const noSpace: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'])

/**
 * Why a file was not read: `no-file` for a folder, pipe or device, `too-large`, or the system's error code, such as
 * `ENOENT`. The code for a symbolic link is `ELOOP`.
 */
export interface Unread {
  readonly why: string
}

/**
 * Reads a whole regular file from a place that others may write to. Symbolic links are not followed, and the call does
 * not wait for a pipe or device.
 *
 * @param maxBytes size limit in bytes
 * @returns the content, or why the file was not read
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer | Unread> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => ({ why: systemErrorCode(error) }),
  )
  if ('why' in file) return file
  try {
    const found = await file.stat()
    if (!found.isFile()) return { why: 'no-file' }
    if (found.size > maxBytes) return { why: 'too-large' }
    // The file may grow while it is read.
    const buffer = Buffer.allocUnsafe(found.size + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, length)).bytesRead
    }
    return length > maxBytes ? { why: 'too-large' } : buffer.subarray(0, length)
  } catch (error) {
    return { why: systemErrorCode(error) }
  } finally {
    await file.close()
  }
}

/** Does the same for a regular file that the path leads to through symbolic links. */
export async function readLinkedFile(path: string, maxBytes: number): Promise<Buffer | Unread> {
  const target = await realpath(path).catch((error: unknown) => ({ why: systemErrorCode(error) }))
  return typeof target === 'string' ? readRegularFile(target, maxBytes) : target
}

/**
 * Reads a whole file that the user named, which may also be a pipe.
 *
 * @param maxBytes size limit in bytes
 * @returns the content, or why the file was not read
 */
export async function readNamedFile(path: string, maxBytes: number): Promise<Buffer | Unread> {
  return readWithin(createReadStream(path, { highWaterMark: 1 << 20 }), maxBytes).catch((error: unknown) => ({
    why: systemErrorCode(error),
  }))
}

/** Reads a stream to its end, or says that it has more than `maxBytes` bytes. */
export async function readWithin(stream: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer | Unread> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) return { why: 'too-large' }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Returns why a file was not read as a clause in plain words. `maxBytes` is the size limit in bytes. */
export function reasonUnread({ why }: Unread, maxBytes: number): string {
  if (why === 'too-large') return `it has more than ${Math.round(maxBytes / 1e6)} MB`
  return why === 'no-file' ? 'it is not a regular file' : reasonOf({ code: why })
}

/** Returns the names in a folder. Returns none if the folder does not exist or is a symbolic link. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await isRealFolder(folder)) ? await readdir(folder).catch(() => []) : []
}

/**
 * Makes a folder and its parents.
 *
 * @throws ENOTDIR if something else exists at the path, even a symbolic link to a folder
 */
export async function makeOwnFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  if (!(await isRealFolder(folder)))
    throw Object.assign(new Error(`${folder} is not a folder of its own`), { code: 'ENOTDIR' })
}

/**
 * Returns a path relative to a folder, with `/` as separator. It is empty for the folder itself and null if the path is
 * outside.
 */
export function insideOf(folder: string, path: string): string | null {
  const way = relative(resolve(folder), resolve(path)).split(sep).join('/')
  return way === '..' || way.startsWith('../') || way.startsWith('/') ? null : way
}
