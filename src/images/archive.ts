/** What is in the tar of an image: documents, and layers by their path. */
import type { Readable } from 'node:stream'
import type { FilePart } from '../layer/file-part.ts'
import type { ArchiveEntry } from './archive-entries.ts'
import { archiveEntries, type Cursor } from './archive-entries.ts'
import { damaged, requireDocumentSize } from './document.ts'
import { openFile, readAt, readPart, streamPart } from './local-file.ts'

export interface Archive {
  /** For messages. */
  readonly name: string
  /** Bytes of a file; null where there is none. Links are followed within the archive. */
  readonly size: (path: string) => number | null
  /** A document, whole; null where there is none. */
  readonly document: (path: string) => Promise<Buffer | null>
  /** Rejects where there is no such file. */
  readonly open: (path: string) => Promise<Readable>
  /** Where a file lies on the disk; null where it does not. */
  readonly part: (path: string) => FilePart | null
}

/** Goes from header to header; payloads are not read. */
export async function openArchiveFile(path: string, signal: AbortSignal, name: string = path): Promise<Archive> {
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
        if (at > size + 511) throw damaged(`${name} is cut short`)
        return Promise.resolve()
      },
    }
    for await (const entry of archiveEntries(cursor, name)) {
      if (entry.start + entry.size > size) throw damaged(`${name} is cut short: ${entry.path} is not whole`)
      entries.set(entry.path, entry)
    }
  } finally {
    await file.close()
  }
  const find = (wanted: string): ArchiveEntry | null => followLinks(entries, wanted)
  return {
    name,
    size: (wanted) => find(wanted)?.size ?? null,
    document: async (wanted) => {
      const entry = find(wanted)
      if (entry === null) return null
      requireDocumentSize(entry.size, `${name}: ${wanted}`)
      return readPart(path, entry.start, entry.size)
    },
    open: (wanted) => {
      const entry = find(wanted)
      if (entry === null) throw damaged(`${name} has no ${wanted}`)
      return Promise.resolve(streamPart(path, entry.start, entry.size, signal))
    },
    part: (wanted) => {
      const entry = find(wanted)
      return entry && { path, start: entry.start, bytes: entry.size, signal }
    },
  }
}

/** The same layer of two images stands once in old archives, and links name it. Null where nothing is there. */
export function followLinks<E extends Pick<ArchiveEntry, 'kind' | 'target'>>(
  entries: ReadonlyMap<string, E>,
  path: string,
): E | null {
  let entry = entries.get(path)
  for (let links = 0; entry?.kind === 'link' && links < 16; links += 1) entry = entries.get(entry.target)
  return entry?.kind === 'file' ? entry : null
}
