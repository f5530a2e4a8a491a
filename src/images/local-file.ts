/** Files of a local source: regular ones only, so that a pipe or device is never waited for. */
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import { reasonOf, systemErrorCode } from '../files.ts'
import { damaged, requireDocumentSize } from './document.ts'

/** Bytes of a regular file; null where there is none. */
export async function fileSize(path: string): Promise<number | null> {
  const found = await stat(path).catch((cause: unknown) => {
    if (isAbsent(cause)) return null
    throw unreadable(path, cause)
  })
  if (found === null) return null
  if (!found.isFile()) throw damaged(`${path} is not a regular file`)
  return found.size
}

/** A document, whole; null where there is no such file. */
export async function readDocument(path: string): Promise<Buffer | null> {
  const size = await fileSize(path)
  return size === null ? null : readPart(path, 0, size)
}

/** So many bytes of a file from an offset; fewer where it ends. For documents only. */
export async function readPart(path: string, start: number, bytes: number): Promise<Buffer> {
  requireDocumentSize(bytes, path)
  const file = await openFile(path)
  try {
    return await readAt(file, start, bytes)
  } finally {
    await file.close()
  }
}

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

export function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
}

/** A part of a file as a stream. */
export function streamPart(path: string, start: number, bytes: number, signal: AbortSignal): Readable {
  // The end of createReadStream is included, so that it cannot read nothing.
  if (bytes === 0) return Readable.from([])
  return createReadStream(path, { start, end: start + bytes - 1, highWaterMark: 1 << 20, signal })
}

export function unreadable(path: string, cause: unknown): FootprintError {
  return new FootprintError('UNREADABLE_INPUT', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
}

/** Whether it says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  const code = systemErrorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
