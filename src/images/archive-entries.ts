/**
 * Entries of the tar that holds an image: a few hundred files at most, layers among them. The payloads are not read
 * here; layers themselves are read by src/layer.
 */
import { parsePax, paxNumber } from '../layer/pax.ts'
import { blockBytes, isZero, parseHeader, textOf } from '../layer/tar-header.ts'
import { trimEndOf } from '../text.ts'
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
  /** Without `./` in front; never outside: `..` is not resolved. */
  readonly path: string
  readonly kind: 'file' | 'link'
  /** Where a file's payload begins, and its bytes. */
  readonly start: number
  readonly size: number
  /** What a link names, as a path of the archive; empty for a file. */
  readonly target: string
}

/** An image of 127 layers in the old layout has some 500 entries; several images may share an archive. */
const mostEntries = 200_000
const mostHelperBytes = 1 << 20

/** What is left of an entry's payload when the next one is asked for is skipped. */
export async function* archiveEntries(cursor: Cursor, name: string): AsyncGenerator<ArchiveEntry> {
  let entries = 0
  let pax: ReadonlyMap<string, string> = new Map()
  let longName: string | null = null
  let longTarget: string | null = null
  for (;;) {
    const block = await cursor.read(blockBytes)
    // A missing trailer is no damage: all that counts is there.
    if (block.length === 0 || isZero(block)) return
    if (block.length < blockBytes) throw damaged(`${name} is cut short`)
    const header = headerOf(block, name)
    const size = paxNumber(pax, 'size') ?? header.size
    entries += 1
    if (entries > mostEntries)
      throw damaged(`${name} has more than ${mostEntries} entries: it is not an archive of an image`)
    if ('xXgLK'.includes(header.type)) {
      const helper = await readHelper(cursor, header.size, name)
      if (header.type === 'x' || header.type === 'X') pax = parsePax(helper)
      else if (header.type === 'L') longName = textOf(helper)
      else if (header.type === 'K') longTarget = textOf(helper)
      continue
    }
    const path = normalised(pax.get('path') ?? longName ?? header.name)
    const target = longTarget ?? textOf(block.subarray(157, 257))
    pax = new Map()
    longName = null
    longTarget = null
    const start = cursor.position()
    if (header.type === '0' || header.type === '\0' || header.type === '7') {
      yield { path, kind: 'file', start, size, target: '' }
      await cursor.skip(start + size + padding(size) - cursor.position())
    } else if (header.type === '1') yield { path, kind: 'link', start, size: 0, target: normalised(target) }
    else if (header.type === '2') yield { path, kind: 'link', start, size: 0, target: beside(path, target) }
    // Folders and the like have no payload, whatever their size says.
  }
}

function headerOf(block: Buffer, name: string): ReturnType<typeof parseHeader> {
  try {
    return parseHeader(block)
  } catch (cause) {
    throw Object.assign(damaged(`${name} is not a tar archive, or it is damaged`), { cause })
  }
}

async function readHelper(cursor: Cursor, size: number, name: string): Promise<Buffer> {
  if (size > mostHelperBytes) throw damaged(`${name} has an extended header of more than 1 MiB`)
  const bytes = await cursor.read(size)
  if (bytes.length < size) throw damaged(`${name} is cut short`)
  await cursor.skip(padding(size))
  return bytes
}

const padding = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes

const normalised = (path: string): string => trimEndOf(path.replace(/^(?:\.?\/)+/, ''), '/')

/** A symbolic link's target as a path of the archive; a target outside names nothing in it. */
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
