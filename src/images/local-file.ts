/** Reads files of a local source. Only regular files are read, because a pipe or device might block. */
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import { isAbsent, reasonOf } from '../files.ts'
import { damaged, requireDocumentSize } from './document.ts'

/**
 * Returns the size of a regular file in bytes, or null if there is none.
 *
 * @throws FootprintError UNREADABLE_INPUT if it is not a regular file
 */
export async function fileSize(path: string): Promise<number | null> {
  const found = await stat(path).catch((cause: unknown) => {
    if (isAbsent(cause)) return null
    throw unreadable(path, cause)
  })
  if (found === null) return null
  if (!found.isFile()) throw damaged(`${path} is not a regular file`)
  return found.size
}

/**
 * Reads a whole document. Returns null if there is no such file.
 *
 * @throws FootprintError UNREADABLE_INPUT if it cannot be read or is too large
 */
export async function readDocument(path: string): Promise<Buffer | null> {
  const size = await fileSize(path)
  return size === null ? null : readPart(path, 0, size)
}

/**
 * Reads bytes of a file from an offset, or fewer if the file ends before. Only for documents.
 *
 * @throws FootprintError UNREADABLE_INPUT if it cannot be read or is too large
 */
export async function readPart(path: string, start: number, bytes: number): Promise<Buffer> {
  requireDocumentSize(bytes, path)
  const file = await openFile(path)
  try {
    return await readAt(file, start, bytes)
  } finally {
    await file.close()
  }
}

/** Reads bytes of an open file from an offset, or fewer if the file ends before. */
export async function readAt(file: FileHandle, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  let filled = 0
  while (filled < bytes) {
    const { bytesRead } = await file.read(buffer, filled, bytes - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

/**
 * Opens a file for reading.
 *
 * @throws FootprintError UNREADABLE_INPUT if it cannot be opened
 */
export function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
}

/** Opens a part of a file as a stream. */
export function streamPart(path: string, start: number, bytes: number, signal: AbortSignal): Readable {
  // The end offset of createReadStream is inclusive, so it cannot read zero bytes.
  if (bytes === 0) return Readable.from([])
  return createReadStream(path, { start, end: start + bytes - 1, highWaterMark: 1 << 20, signal })
}

/** Returns the error for a file that cannot be read. */
export function unreadable(path: string, cause: unknown): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
}
