import { entryKind, hasPayload, normalPath } from './entry-kind.ts'
import type { PayloadReader } from '../packages/payload-reader.ts'
import type { Attributes, EntryKind, LayerEntry } from './layer-index.ts'
import { mergePax, parsePax, paxNumber, type PaxRecords } from './pax.ts'
import { continuesSparse, oldGnuSparse, paxSparse, type Sparse } from './sparse.ts'
import { tarError } from './tar-error.ts'
import { blockBytes, isZero, parseHeader, textOf, type TarHeader } from './tar-header.ts'
import type { TarSink } from './timeless-digest.ts'

/** Size limit for a PAX header or a long name, in bytes. Linux allows names of 4,096 bytes and attributes of 64 KiB. */
const maxHelperBytes = 1024 * 1024
const maxEntries = 10_000_000

/** Called for each entry. Returns a reader for the bytes of the file, or null. */
export type OnEntry = (entry: LayerEntry) => PayloadReader | null

/** What the next bytes are. After `end`, all bytes are ignored, as in tar. */
type Where = 'header' | 'sparse-map' | 'payload' | 'padding' | 'helper' | 'end'

const noRecords: PaxRecords = new Map()

/**
 * A push parser for tar archives: v7, ustar, star, GNU and PAX. It calls `onEntry` for each entry as soon as its header
 * has been read. Payloads are skipped unless there is a reader for them.
 *
 * A missing trailer, and missing padding after the last payload, are not errors, because nothing of value is missing.
 *
 * `write` and `end` throw FootprintError LAYER on a wrong checksum, invalid sizes, oversized PAX headers, paths that
 * lead out of the layer, and more than ten million entries. `end` also throws it if the archive stops inside an entry.
 */
export class TarReader {
  readonly #onEntry: OnEntry
  readonly #sink: TarSink | null
  readonly #block = Buffer.alloc(blockBytes)
  #where: Where = 'header'
  /** Number of bytes in `#block`. */
  #filled = 0
  /** Remaining bytes of the payload, the padding or the helper. Those of a helper include its padding. */
  #left = 0
  /** Bytes of padding after the payload. */
  #padding = 0
  /** The reader of the payload, and the offset of the next byte in it. */
  #reader: PayloadReader | null = null
  #payloadAt = 0
  #helper = Buffer.alloc(0)
  #helperType = ''
  #helperFilled = 0
  #global = noRecords
  #local: PaxRecords | null = null
  #longName: string | null = null
  #longLink: string | null = null
  #pending = false
  #zeroBlocks = 0
  #entries = 0
  #attributes: Attributes = { mode: -1, uid: -1, gid: -1 }
  /** The result for the last name. Entries under a global path share one name, which may be a megabyte long. */
  #named: { readonly name: string; readonly type: string; readonly path: string; readonly kind: EntryKind } | null =
    null

  /** @param sink receives everything that is read, or null. With a sink, nothing may be skipped */
  constructor(onEntry: OnEntry, sink: TarSink | null = null) {
    this.#onEntry = onEntry
    this.#sink = sink
  }

  write(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#where !== 'end') {
      if (this.#where === 'payload') at += this.#takePayload(chunk, at)
      else if (this.#where === 'padding') at += this.#pass(chunk.length - at)
      else if (this.#where === 'helper') at = this.#collect(chunk, at)
      else at = this.#takeBlock(chunk, at)
    }
  }

  /**
   * Number of bytes that are still needed for the next header and everything that belongs to it. 0 in a payload and
   * after the end of the archive.
   */
  get needs(): number {
    if (this.#where === 'header' || this.#where === 'sparse-map') return blockBytes - this.#filled
    return this.#where === 'helper' ? this.#left : 0
  }

  /** Whether the archive may end here because no header of a next entry has begun. */
  get isBetweenEntries(): boolean {
    return this.#where === 'header' && this.#filled === 0
  }

  /** Number of bytes that are left of the payload. 0 outside of a payload. */
  get payloadBytes(): number {
    return this.#where === 'payload' ? this.#left : 0
  }

  /**
   * How many of the next bytes are not needed: the part of a payload that nobody reads, and its padding. Infinity after
   * the end of the archive.
   */
  get skippable(): number {
    if (this.#where === 'end') return Infinity
    if (this.#where === 'payload')
      return Math.min(this.#left + this.#padding, (this.#reader?.wants ?? Infinity) - this.#payloadAt)
    return this.#where === 'padding' ? this.#left : 0
  }

  /** Whether the next bytes belong to a file that has a reader. */
  get isWanted(): boolean {
    return this.#where === 'payload' && this.skippable === 0
  }

  /** Skips bytes instead of writing them. There may be at most `skippable` of them. */
  skip(bytes: number): void {
    let left = bytes
    while (left > 0 && (this.#where === 'payload' || this.#where === 'padding')) left -= this.#pass(left)
  }

  end(): void {
    if (this.#where === 'end' || this.#where === 'padding') return
    const stopsShort = this.#filled > 0 && !isZero(this.#block.subarray(0, this.#filled))
    if (this.#where !== 'header' || stopsShort || this.#pending) throw tarError('is truncated')
  }

  #takePayload(chunk: Buffer, at: number): number {
    const from = this.#payloadAt
    const taken = this.#pass(chunk.length - at)
    this.#sink?.payload(chunk.subarray(at, at + taken))
    if (this.#reader !== null && this.#reader.wants < from + taken)
      this.#reader.take(chunk.subarray(at, at + taken), from)
    return taken
  }

  #takeBlock(chunk: Buffer, at: number): number {
    if (this.#filled === 0 && chunk.length - at >= blockBytes) {
      this.#useBlock(chunk.subarray(at, at + blockBytes))
      return at + blockBytes
    }
    const copied = chunk.copy(this.#block, this.#filled, at)
    this.#filled += copied
    if (this.#filled === blockBytes) {
      this.#filled = 0
      this.#useBlock(this.#block)
    }
    return at + copied
  }

  #useBlock(block: Buffer): void {
    if (this.#where === 'sparse-map') {
      this.#sink?.payload(block)
      if (!continuesSparse(block)) this.#toPayload()
      return
    }
    // Almost no entry has an empty name, so in practice the whole block is checked only at the end of the archive.
    if (block[0] === 0 && isZero(block)) {
      this.#useZeroBlock()
      return
    }
    if (this.#zeroBlocks > 0) throw tarError('continues after a block of zeros')
    const header = parseHeader(block)
    if ('xXgLK'.includes(header.type)) this.#startHelper(header)
    else this.#useEntry(block, header)
  }

  #useZeroBlock(): void {
    if (this.#pending) throw tarError('is truncated')
    this.#zeroBlocks += 1
    if (this.#zeroBlocks === 2) this.#where = 'end'
  }

  /**
   * Begins a header that only describes the next one: PAX records (`X` is from Solaris), or a GNU name that is too long
   * for its field.
   */
  #startHelper(header: TarHeader): void {
    if (header.size > maxHelperBytes) throw tarError('has an extended header of more than 1 MiB')
    this.#helper = Buffer.alloc(header.size)
    this.#helperType = header.type
    this.#helperFilled = 0
    this.#left = header.size + paddingOf(header.size)
    this.#pending ||= header.type !== 'g'
    this.#where = 'helper'
    if (this.#left === 0) this.#useHelper()
  }

  #collect(chunk: Buffer, at: number): number {
    const wanted = Math.min(this.#left, chunk.length - at)
    this.#helperFilled += chunk.copy(this.#helper, this.#helperFilled, at, at + wanted)
    this.#left -= wanted
    if (this.#left === 0) this.#useHelper()
    return at + wanted
  }

  #useHelper(): void {
    const bytes = this.#helper
    if (this.#helperType === 'x' || this.#helperType === 'X') this.#local = parsePax(bytes)
    // The records replace all earlier global ones, as in GNU tar. Python keeps earlier ones with other names, and Go
    // ignores all of them.
    else if (this.#helperType === 'g') this.#global = parsePax(bytes)
    else if (this.#helperType === 'L') this.#longName = textOf(bytes)
    else this.#longLink = textOf(bytes)
    this.#sink?.helper(this.#helperType, bytes)
    this.#helper = Buffer.alloc(0)
    this.#where = 'header'
  }

  #useEntry(block: Buffer, header: TarHeader): void {
    this.#sink?.header(block)
    const records = mergePax(this.#global, this.#local)
    const stored = paxNumber(records, 'size') ?? header.size
    const name = nonEmpty(records.get('path')) ?? this.#longName ?? header.name
    const link = nonEmpty(records.get('linkpath')) ?? this.#longLink ?? header.linkName
    const sparse = sparseOf(block, { ...header, size: stored }, this.#local)
    this.#local = null
    this.#longName = null
    this.#longLink = null
    this.#pending = false
    this.#entries += 1
    if (this.#entries > maxEntries) throw tarError('has more than ten million entries')

    const realName = sparse?.name ?? name
    const { path, kind } = this.#name(realName, header.type)
    const fileBytes = kind === 'file' ? (sparse?.realSize ?? stored) : 0
    this.#left = hasPayload(header.type, realName) ? stored : 0
    this.#padding = paddingOf(this.#left)
    this.#payloadAt = 0
    if (sparse?.extended === true) this.#where = 'sparse-map'
    else this.#toPayload()
    const attributes = this.#attributesOf(
      header.mode,
      idOf(records, 'uid', header.uid),
      idOf(records, 'gid', header.gid),
    )
    const reader = this.#onEntry(
      kind === 'hardlink' || kind === 'symlink'
        ? { path, kind, fileBytes, attributes, linkTarget: link }
        : { path, kind, fileBytes, attributes },
    )
    // The payload of a sparse file is not its content.
    this.#reader = sparse === null && kind === 'file' && this.#left > 0 ? reader : null
  }

  /** Returns the last attributes again if they are the same, because nearly all entries of a layer share a few. */
  #attributesOf(mode: number, uid: number, gid: number): Attributes {
    const last = this.#attributes
    if (last.mode !== mode || last.uid !== uid || last.gid !== gid) this.#attributes = { mode, uid, gid }
    return this.#attributes
  }

  #name(name: string, type: string): { readonly path: string; readonly kind: EntryKind } {
    if (this.#named?.name !== name || this.#named.type !== type) {
      const path = normalPath(name)
      this.#named = { name, type, path, kind: entryKind(type, name, path) }
    }
    return this.#named
  }

  #toPayload(): void {
    this.#where = this.#left === 0 ? 'header' : 'payload'
  }

  #pass(available: number): number {
    const step = Math.min(this.#left, available)
    this.#left -= step
    this.#payloadAt += step
    if (this.#left === 0) this.#leave()
    return step
  }

  #leave(): void {
    const padded = this.#where === 'payload' && this.#padding > 0
    this.#where = padded ? 'padding' : 'header'
    this.#left = padded ? this.#padding : 0
  }
}

/** Returns an owner or group. PAX records have those that are too large for the header. */
function idOf(records: PaxRecords, key: string, own: number): number {
  const text = records.size === 0 ? undefined : records.get(key)
  if (text === undefined || text === '') return own
  return /^\d{1,10}$/.test(text) ? Number(text) : -1
}

function sparseOf(block: Buffer, header: TarHeader, local: PaxRecords | null): Sparse | null {
  if (header.type === 'S') return oldGnuSparse(block, header)
  if (local === null || !hasPayload(header.type, header.name)) return null
  return paxSparse(local, header.size)
}

/** Returns the number of bytes that pad a payload to whole blocks. */
function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
