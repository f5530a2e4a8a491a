/** Reads files of points. A folder's content may come from anywhere, so links are not followed. */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { systemErrorCode, type Unread } from '../files.ts'
import { parsePoint } from './parse-point.ts'
import { maxLineLength } from './point.ts'

const chunkBytes = 64 * 1024

/**
 * Opens a regular file.
 *
 * @returns the file, which the caller closes, or why it was not opened, as `readRegularFile` says it
 */
export async function openRegularFile(path: string): Promise<FileHandle | Unread> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
    return { why: 'no-file' }
  } catch (error) {
    return { why: systemErrorCode(error) }
  }
}

/** Returns whether a file consists of points, by its name or by its first line. An empty file has no points yet. */
export async function hasLines(file: FileHandle, name: string): Promise<boolean> {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return true
  const start = Buffer.alloc(chunkBytes)
  const { bytesRead } = await file.read(start, 0, chunkBytes, 0)
  return beginsWithPoint(start.subarray(0, bytesRead))
}

/** Returns whether a text begins with a point, or is empty. */
export function beginsWithPoint(start: Buffer): boolean {
  const text = start.toString('utf8', 0, chunkBytes).trimStart()
  if (text === '') return true
  const end = text.indexOf('\n')
  return parsePoint(text.slice(0, end === -1 ? maxLineLength + 1 : end).trim()) !== null
}

/**
 * Passes the content of a file on in chunks. A chunk is only valid during the call.
 *
 * @param maxBytes limit in bytes
 * @returns the number of bytes, or null if there are more than the limit
 */
export async function readChunks(
  file: FileHandle,
  maxBytes: number,
  take: (chunk: Buffer) => void,
): Promise<number | null> {
  const buffer = Buffer.alloc(chunkBytes)
  let position = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, position)
    if (bytesRead === 0) return position
    position += bytesRead
    if (position > maxBytes) return null
    take(buffer.subarray(0, bytesRead))
  }
}
