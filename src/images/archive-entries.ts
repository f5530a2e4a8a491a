/**
 * Entries of the tar that holds an image: a few hundred files at most, layers among them. The payloads are not read
 * here; layers themselves are read by src/layer.
 */
import { messageOf } from '../errors.ts'
import type { LayerEntry } from '../layer/layer-index.ts'
import { isZero } from '../layer/tar-header.ts'
import { TarReader } from '../layer/tar-reader.ts'
import { damaged } from './document.ts'

/** Somewhere in an archive: a file, where skipping is seeking, or a stream, which goes forward only. */
export interface Cursor {
  /** Bytes from the beginning of the archive. */
  readonly position: () => number
  /** So many bytes; fewer at the end. For headers and documents. */
  readonly read: (bytes: number) => Promise<Buffer>
  /** Rejects where the archive ends before. */
  readonly skip: (bytes: number) => Promise<void>
}

export interface ArchiveEntry {
  /** From the root of the archive, as `normalPath` gives it. */
  readonly path: string
  readonly kind: 'file' | 'link'
  /** Where a file's payload begins, and its bytes. */
  readonly start: number
  readonly size: number
  /** What a link names, as a path of the archive; empty for a file. */
  readonly target: string
}

/** Headers, those that only describe the next one included. An image of 127 layers in the old layout has some 500. */
const mostHeaders = 200_000

/** What is left of an entry's payload when the next one is asked for is skipped. */
export async function* archiveEntries(cursor: Cursor, name: string): AsyncGenerator<ArchiveEntry> {
  const told: LayerEntry[] = []
  const reader = new TarReader((entry) => {
    told.push(entry)
    return null
  })
  for (let headers = 0; ; headers += 1) {
    const bytes = await cursor.read(reader.needs)
    // A missing trailer is no damage: all that counts is there.
    if (reader.isBetweenEntries && (bytes.length === 0 || isZero(bytes))) return
    if (bytes.length < reader.needs) throw damaged(`${name} is cut short`)
    if (headers === mostHeaders)
      throw damaged(`${name} has more than ${mostHeaders} entries: it is not an archive of an image`)
    write(reader, bytes, name, headers === 0)
    if (reader.needs > 0 && !reader.isBetweenEntries) continue
    const entry = told.pop()
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
    throw Object.assign(damaged(`${name} ${problem}`), { cause })
  }
}

/** Nothing for what is neither a file nor a link, and for a file whose payload is not its content: a sparse one. */
function* asArchiveEntry(
  { path, kind, fileBytes, linkTarget = '' }: LayerEntry,
  start: number,
  size: number,
): Generator<ArchiveEntry> {
  if (kind === 'file' && size === fileBytes) yield { path, kind, start, size, target: '' }
  else if (kind === 'hardlink') yield { path, kind: 'link', start, size: 0, target: beside('', linkTarget) }
  else if (kind === 'symlink') yield { path, kind: 'link', start, size: 0, target: beside(path, linkTarget) }
}

/** A link's target as a path of the archive; a target outside names nothing in it. */
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
