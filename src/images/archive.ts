/** The contents of an image's tar: documents and layers, by path. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../layer/file-part.ts'
import { archiveEntries, type ArchiveEntry, type Cursor } from './archive-entries.ts'
import { damaged, requireDocumentSize } from './document.ts'
import { openFile, readAt, readPart, streamPart } from './local-file.ts'

/** An archive that can be read by path. */
export interface Archive {
  /** The name for messages. */
  readonly name: string
  /** Returns the size of a file in bytes, or null if there is none. Links are followed within the archive. */
  readonly size: (path: string) => number | null
  /** Returns a whole document, or null if there is none. */
  readonly document: (path: string) => Promise<Buffer | null>
  /** Opens a file. Rejects if there is none. */
  readonly open: (path: string) => Promise<Readable>
  /** Returns the location of a file on disk, or null if it is not on disk. */
  readonly part: (path: string) => FilePart | null
}

/**
 * Opens an archive in a file. Only headers are read, and payloads are skipped.
 *
 * @throws FootprintError UNREADABLE_INPUT if the archive is damaged
 */
export async function openArchiveFile(path: string, signal: AbortSignal): Promise<Archive> {
  const entries = new Map<string, ArchiveEntry>()
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    let at = 0
    const cursor: Cursor = {
      position: () => at,
      read: async (bytes) => {
        const read = await readAt(file, at, bytes)
        at += read.length
        return read
      },
      skip: (bytes) => {
        at += bytes
        // The padding of the last entry may be missing.
        if (at > size + 511) throw damaged(`${path} is cut short`)
        return Promise.resolve()
      },
    }
    for await (const entry of archiveEntries(cursor, path)) {
      if (entry.start + entry.size > size) throw damaged(`${path} is cut short: ${entry.path} is not whole`)
      entries.set(entry.path, entry)
    }
  } finally {
    await file.close()
  }
  const find = (wanted: string): ArchiveEntry | null => followLinks(entries, wanted)
  return {
    name: path,
    size: (wanted) => find(wanted)?.size ?? null,
    document: async (wanted) => {
      const entry = find(wanted)
      if (entry === null) return null
      requireDocumentSize(entry.size, `${path}: ${wanted}`)
      return readPart(path, entry.start, entry.size)
    },
    open: (wanted) => {
      const entry = find(wanted)
      if (entry === null) throw damaged(`${path} has no ${wanted}`)
      return Promise.resolve(streamPart(path, entry.start, entry.size, signal))
    },
    part: (wanted) => {
      const entry = find(wanted)
      return entry && { path, start: entry.start, bytes: entry.size, signal }
    },
  }
}

/**
 * Returns the entry at a path, or null if there is none. Old archives store a layer that two images share only once,
 * and refer to it with links.
 */
export function followLinks<E extends Pick<ArchiveEntry, 'kind' | 'target'>>(
  entries: ReadonlyMap<string, E>,
  path: string,
): E | null {
  let entry = entries.get(path)
  for (let links = 0; entry?.kind === 'link' && links < 16; links += 1) entry = entries.get(entry.target)
  return entry?.kind === 'file' ? entry : null
}
