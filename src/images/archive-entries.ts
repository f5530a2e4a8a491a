/**
 * Reads the entries of the tar that contains an image: a few hundred files at most, some of which are layers. Payloads
 * are not read here, and layers are read by `src/layer`.
 */
import { messageOf } from '../errors.ts'
import type { LayerEntry } from '../layer/layer-index.ts'
import { isZero } from '../layer/tar-header.ts'
import { TarReader } from '../layer/tar-reader.ts'
import { damaged } from './document.ts'

/** A position in an archive. Skipping in a file is seeking, and a stream can only move forward. */
export interface Cursor {
  /** Offset from the start of the archive, in bytes. */
  readonly position: () => number
  /** Reads this many bytes, or fewer at the end of the archive. For headers and documents. */
  readonly read: (bytes: number) => Promise<Buffer>
  /** Skips bytes. Rejects if the archive ends before. */
  readonly skip: (bytes: number) => Promise<void>
}

/** One entry of an archive. */
export interface ArchiveEntry {
  /** From the root of the archive, as `normalPath` gives it. */
  readonly path: string
  readonly kind: 'file' | 'link'
  /** Offset of a file's payload, and its size in bytes. */
  readonly start: number
  readonly size: number
  /** The target of a link, as a path in the archive. Empty for a file. */
  readonly target: string
}

/**
 * Limit for headers, including those that only describe the next one. An image of 127 layers in the old layout has about
 * 500.
 */
const maxHeaders = 200_000

/**
 * Yields the entries of an archive. What is left of a payload when the next entry is requested is skipped.
 *
 * @throws FootprintError UNREADABLE_INPUT if the archive is damaged or has too many entries
 */
export async function* archiveEntries(cursor: Cursor, name: string): AsyncGenerator<ArchiveEntry> {
  const entries: LayerEntry[] = []
  const reader = new TarReader((entry) => {
    entries.push(entry)
    return null
  })
  for (let headers = 0; ; headers += 1) {
    const bytes = await cursor.read(reader.needs)
    // A missing trailer is not damage, because nothing of value is missing.
    if (reader.isBetweenEntries && (bytes.length === 0 || isZero(bytes))) return
    if (bytes.length < reader.needs) throw damaged(`${name} is cut short`)
    if (headers === maxHeaders)
      throw damaged(`${name} has more than ${maxHeaders} entries: it is not an archive of an image`)
    write(reader, bytes, name, headers === 0)
    if (reader.needs > 0 && !reader.isBetweenEntries) continue
    const entry = entries.pop()
    const start = cursor.position()
    const { payloadBytes: size, skippable } = reader
    if (entry !== undefined) yield* asArchiveEntry(entry, start, size)
    await cursor.skip(start + skippable - cursor.position())
    reader.skip(skippable)
  }
}

function write(reader: TarReader, bytes: Buffer, name: string, isFirst: boolean): void {
  try {
    reader.write(bytes)
  } catch (cause) {
    const problem = isFirst ? 'is not a tar archive, or it is damaged' : `is damaged: ${messageOf(cause)}`
    throw damaged(`${name} ${problem}`, cause)
  }
}

/**
 * Yields the entry if it is a file or a link. A sparse file is left out, because its payload is not its content.
 */
function* asArchiveEntry(
  { path, kind, fileBytes, linkTarget = '' }: LayerEntry,
  start: number,
  size: number,
): Generator<ArchiveEntry> {
  if (kind === 'file' && size === fileBytes) yield { path, kind, start, size, target: '' }
  else if (kind === 'hardlink') yield { path, kind: 'link', start, size: 0, target: beside('', linkTarget) }
  else if (kind === 'symlink') yield { path, kind: 'link', start, size: 0, target: beside(path, linkTarget) }
}

/** Returns the target of a link as a path in the archive. It is empty if the target is outside. */
function beside(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return ''
      parts.pop()
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
