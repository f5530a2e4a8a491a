/**
 * Reads an archive from a stream in one pass. Documents are kept in memory, and each layer is weighed while it streams
 * past. Only layers whose names do not reveal their digests are written to disk (the layout of Docker before version
 * 25).
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { digestOfBlobPath, type Digest } from '../oci/digest.ts'
import { archiveEntries, type ArchiveEntry } from './archive-entries.ts'
import { followLinks, type Archive } from './archive.ts'
import { damaged, maxDocumentBytes } from './document.ts'
import { streamPart } from './local-file.ts'
import { streamCursor, type StreamCursor } from './stream-cursor.ts'

/** A blob that streams past. */
export interface StreamedBlob {
  readonly digest: Digest
  readonly size: number
  readonly body: Readable
}

/** Size limit for all documents of an archive, in bytes. It is much more than any real archive has. */
const maxTotalBytes = 256_000_000

type Kept = Pick<ArchiveEntry, 'kind' | 'target' | 'size'> & {
  readonly content: Buffer | { readonly file: string } | null
}

/**
 * Reads an archive from a stream.
 *
 * @param options.folder where layers are stored if their names do not reveal their digests
 * @param options.weigh takes each blob that may be a layer. Its result for a blob that is not a layer can be ignored
 * @throws FootprintError UNREADABLE_INPUT if the archive is damaged or its documents are too large
 */
export async function readArchiveStream(
  source: AsyncIterable<Buffer>,
  options: {
    readonly name: string
    readonly folder: string
    readonly signal: AbortSignal
    readonly weigh: (blob: StreamedBlob) => Promise<void>
  },
): Promise<Archive> {
  const { name, signal } = options
  const kept = new Map<string, Kept>()
  const cursor = streamCursor(source, name)
  let documentBytes = 0
  for await (const entry of archiveEntries(cursor, name)) {
    const content = entry.kind === 'link' ? null : await contentOf(entry, cursor, options)
    if (Buffer.isBuffer(content)) documentBytes += content.length
    if (documentBytes > maxTotalBytes) throw damaged(`${name}: its documents have more than ${maxTotalBytes} bytes`)
    kept.set(entry.path, { kind: entry.kind, target: entry.target, size: entry.size, content })
  }
  await cursor.drain()
  const find = (path: string): Kept | null => followLinks(kept, path)
  return {
    name,
    size: (path) => find(path)?.size ?? null,
    document: (path) => {
      const content = find(path)?.content ?? null
      if (content !== null && !Buffer.isBuffer(content))
        throw damaged(`${name}: ${path} is neither a manifest nor a config`)
      return Promise.resolve(content)
    },
    open: (path) => {
      const found = find(path)
      if (!found) throw damaged(`${name} has no ${path}`)
      if (Buffer.isBuffer(found.content)) return Promise.resolve(Readable.from([found.content], { objectMode: false }))
      if (found.content === null)
        throw damaged(
          `${name}: ${path} can only be read from an archive that is not compressed as a whole: decompress it first`,
        )
      return Promise.resolve(streamPart(found.content.file, 0, found.size, signal))
    },
    part: (path) => {
      const found = find(path)
      const content = found?.content ?? null
      return found === null || content === null || Buffer.isBuffer(content)
        ? null
        : { path: content.file, start: 0, bytes: found.size, signal }
    },
  }
}

const openingBrackets = new Set([0x7b, 0x5b])

/**
 * Returns a document, or the file that a layer without a digest in its name was written to. Returns null for a layer
 * that was weighed on the way.
 */
async function contentOf(
  entry: ArchiveEntry,
  cursor: StreamCursor,
  { folder, weigh }: Parameters<typeof readArchiveStream>[1],
): Promise<Kept['content']> {
  const first = await cursor.read(Math.min(1, entry.size))
  const isDocument = first.length === 0 || openingBrackets.has(first[0] ?? 0) || entry.size < 512
  if (isDocument && entry.size <= maxDocumentBytes) {
    return Buffer.concat([first, await cursor.read(entry.size - first.length)])
  }
  return cursor.withBody(entry.size - first.length, async (rest) => {
    const digest = digestOfBlobPath(entry.path)
    const body = Readable.from(joined(first, rest), { objectMode: false, highWaterMark: 1 << 20 })
    if (digest !== null) {
      await weigh({ digest, size: entry.size, body }).finally(() => body.destroy())
      return null
    }
    const file = join(folder, `layer-${randomUUID()}`)
    await pipeline(body, createWriteStream(file, { flags: 'wx' }))
    return { file }
  })
}

async function* joined(first: Buffer, rest: Readable): AsyncGenerator<Buffer> {
  yield first
  yield* rest as AsyncIterable<Buffer>
}
