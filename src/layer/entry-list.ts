/**
 * A compact list of the entries of a layer, from which its file system can be restored without the blob.
 *
 * Each entry consists of its kind, the number of bytes that its path shares with the previous path, the rest of the
 * path, and a size or link target if it has one. Mode, owner and group follow if they are not those of the previous
 * directory, or of the previous entry that is none. The list is compressed in pieces, so that neither the writer nor the
 * reader ever holds all of it uncompressed.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Digest } from '../oci/digest.ts'
import { encodedPart } from '../oci/digest.ts'
import { maxPathLength } from '../packages/path-bytes.ts'
import { VarintReader, writeVarint } from '../varint.ts'
import type { Attributes, LayerEntry } from './layer-index.ts'

/** What an entry does to a file system. `special` stands for devices and FIFOs. */
export type ListedKind = 'file' | 'hardlink' | 'symlink' | 'directory' | 'special' | 'whiteout' | 'opaque-whiteout'

const kinds: readonly ListedKind[] = [
  'file',
  'hardlink',
  'symlink',
  'directory',
  'special',
  'whiteout',
  'opaque-whiteout',
]
const codeOf = new Map(kinds.map((kind, code) => [kind, code]))
/** Added to the code of a kind if the attributes follow. */
const hasAttributes = 8
/** Attributes are stored as the next number, and 0 stands for one that is not known. */
const notKnown: Attributes = { mode: -1, uid: -1, gid: -1 }

/** Size of a piece before compression, in bytes. */
const pieceBytes = 256 * 1024
/** Size limit for a compressed list, in bytes. It has room for several million entries. */
export const maxListBytes = 32 * 1024 * 1024
/** Longest path or link target that is listed, in bytes of UTF-8. Systems allow no longer ones. */
const maxTextBytes = maxPathLength * 3
/**
 * Upper bound for the size of one entry: kind, two lengths of 3 bytes, path, and then a size of 8 bytes or a length and
 * a link target, and three attributes of up to 8 bytes.
 */
const maxEntryBytes = 2 * maxTextBytes + 64
/** Position and flag of the checksum bit in a zstd frame header (RFC 8878, section 3.1.1.1.1). */
const frameDescriptor = 4
const checksumFlag = 0x04
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } }

/**
 * Writes the entries of one layer, in the order of the tar. It keeps the compressed list in memory, up to `maxBytes`.
 */
export class EntryListWriter {
  readonly #pieces: Buffer[] = []
  readonly #maxBytes: number
  #bytes = 0
  #count = 0
  #lost = false
  readonly #piece = Buffer.allocUnsafe(pieceBytes + maxEntryBytes)
  #filled = 0
  #path = Buffer.allocUnsafe(maxTextBytes)
  #before = Buffer.allocUnsafe(maxTextBytes)
  #beforeLength = 0
  #ofDirectory = notKnown
  #ofOther = notKnown

  constructor(maxBytes: number = maxListBytes) {
    this.#maxBytes = maxBytes
  }

  add({ path, kind, fileBytes, linkTarget = '', attributes = notKnown }: LayerEntry): void {
    // Unpacking ignores these entries.
    if (kind === 'other' || this.#lost) return
    if (path.length > maxPathLength || linkTarget.length > maxPathLength) {
      this.#lose()
      return
    }
    const listed = listedKind(path, kind)
    const length = this.#path.write(path)
    const shared = this.#shared(length)
    // The reader knows only the kind that is listed: a directory with the name of a whiteout is none.
    const last = listed === 'directory' ? this.#ofDirectory : this.#ofOther
    const isAlike = attributes.mode === last.mode && attributes.uid === last.uid && attributes.gid === last.gid
    this.#piece[this.#filled++] = (codeOf.get(listed) ?? 0) + (isAlike ? 0 : hasAttributes)
    this.#putNumber(shared)
    this.#putNumber(length - shared)
    this.#path.copy(this.#piece, this.#filled, shared, length)
    this.#filled += length - shared
    if (hasSize(listed)) this.#putNumber(fileBytes)
    if (hasLink(listed)) this.#putText(linkTarget)
    if (!isAlike) {
      this.#putNumber(attributes.mode + 1)
      this.#putNumber(attributes.uid + 1)
      this.#putNumber(attributes.gid + 1)
      if (listed === 'directory') this.#ofDirectory = attributes
      else this.#ofOther = attributes
    }
    const free = this.#before
    this.#before = this.#path
    this.#path = free
    this.#beforeLength = length
    this.#count += 1
    if (this.#filled >= pieceBytes) this.#flush()
  }

  /**
   * Returns the list. It may be called only once, after the last entry. Returns null if the list is too large, or a
   * path is longer than any system allows.
   *
   * @param digest digest of the layer that the list belongs to
   */
  list(digest: Digest): Buffer | null {
    if (!this.#lost) this.#flush()
    if (this.#bytes > this.#maxBytes || this.#lost) return null
    const end = Buffer.alloc(8)
    end.writeUInt32LE(this.#count, 4)
    return Buffer.concat([Buffer.from(encodedPart(digest), 'hex'), ...this.#pieces, end])
  }

  #shared(length: number): number {
    const [path, before, end] = [this.#path, this.#before, Math.min(length, this.#beforeLength)]
    let at = 0
    while (at < end && path[at] === before[at]) at += 1
    return at
  }

  #putNumber(value: number): void {
    this.#filled = writeVarint(this.#piece, this.#filled, value)
  }

  #putText(text: string): void {
    const length = Buffer.byteLength(text)
    this.#putNumber(length)
    this.#filled += this.#piece.write(text, this.#filled)
  }

  #flush(): void {
    if (this.#filled === 0) return
    const packed = zstdCompressSync(this.#piece.subarray(0, this.#filled), compression)
    const head = Buffer.alloc(4)
    head.writeUInt32LE(packed.length)
    this.#pieces.push(head, packed)
    this.#bytes += head.length + packed.length
    this.#filled = 0
    if (this.#bytes > this.#maxBytes) this.#lose()
  }

  #lose(): void {
    this.#lost = true
    this.#pieces.length = 0
  }
}

/** One entry of a list. It is overwritten by the next one, because millions of objects would become garbage. */
export interface ListedEntry {
  readonly kind: ListedKind
  /** UTF-8 in the first `pathLength` bytes. */
  readonly path: Buffer
  readonly pathLength: number
  /** Number of leading bytes that it shares with the path of the previous entry. */
  readonly shared: number
  readonly fileBytes: number
  /** The target of a hard link or symbolic link, as written. Empty for other entries. */
  readonly linkTarget: string
  readonly attributes: Attributes
}

/**
 * Calls `onEntry` for each entry, in the order of the tar.
 *
 * @returns false if the list is invalid, incomplete, or of another layer. Then the entries that were passed must be
 * discarded
 */
export function readEntryList(list: Buffer, digest: Digest, onEntry: (entry: ListedEntry) => void): boolean {
  const named = Buffer.from(encodedPart(digest), 'hex')
  if (!list.subarray(0, named.length).equals(named)) return false
  const path = Buffer.allocUnsafe(maxTextBytes)
  const entry: Writable<ListedEntry> = {
    ...{ kind: 'file', path, pathLength: 0, shared: 0, fileBytes: 0, linkTarget: '', attributes: notKnown },
  }
  let [ofDirectory, ofOther] = [notKnown, notKnown]
  let count = 0
  for (let at = named.length; at + 8 <= list.length;) {
    const length = list.readUInt32LE(at)
    at += 4
    if (length === 0) return at + 4 === list.length && list.readUInt32LE(at) === count
    const piece = unpacked(list.subarray(at, at + length))
    if (piece === null) return false
    at += length
    const numbers = new VarintReader(piece)
    while (numbers.at < piece.length) {
      const code = numbers.next()
      const kind = code < 2 * hasAttributes ? kinds[code % hasAttributes] : undefined
      const shared = numbers.next()
      const rest = numbers.next()
      if (
        kind === undefined ||
        shared > entry.pathLength ||
        shared + rest > path.length ||
        numbers.at + rest > piece.length
      )
        return false
      // `copy` would make a view first, which is slower for so few bytes.
      for (let nth = 0; nth < rest; nth += 1) path[shared + nth] = piece[numbers.at + nth] ?? 0
      numbers.at += rest
      entry.kind = kind
      entry.shared = shared
      entry.pathLength = shared + rest
      entry.fileBytes = hasSize(kind) ? numbers.next() : 0
      entry.linkTarget = hasLink(kind) ? textAt(piece, numbers) : ''
      if (code >= hasAttributes) {
        const attributes = { mode: numbers.next() - 1, uid: numbers.next() - 1, gid: numbers.next() - 1 }
        if (kind === 'directory') ofDirectory = attributes
        else ofOther = attributes
      }
      entry.attributes = kind === 'directory' ? ofDirectory : ofOther
      if (numbers.at > piece.length) return false
      onEntry(entry)
      count += 1
    }
  }
  return false
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Reads a text that is preceded by its length. */
function textAt(piece: Buffer, numbers: VarintReader): string {
  const length = numbers.next()
  numbers.at += length
  return piece.toString('utf8', numbers.at - length, numbers.at)
}

function unpacked(piece: Buffer): Buffer | null {
  // Our own frames have a checksum. Without one, damage would not be noticed.
  if (((piece[frameDescriptor] ?? 0) & checksumFlag) === 0) return null
  try {
    return zstdDecompressSync(piece, { maxOutputLength: pieceBytes + maxEntryBytes })
  } catch {
    return null
  }
}

const hasSize = (kind: ListedKind): boolean => kind === 'file' || kind === 'whiteout'

const hasLink = (kind: ListedKind): boolean => kind === 'hardlink' || kind === 'symlink'

/** Returns whether an entry is listed as a regular file. */
export function isListedFile({ path, kind }: LayerEntry): boolean {
  return kind === 'file' && !isWhiteoutName(path)
}

const isWhiteoutName = (path: string): boolean => path.startsWith('.wh.', path.lastIndexOf('/') + 1)

/**
 * Returns the kind for the list. Engines treat every name that begins with `.wh.` as a whiteout, including AUFS
 * metadata, whose bytes are in the layer nevertheless.
 */
function listedKind(path: string, kind: Exclude<LayerEntry['kind'], 'other'>): ListedKind {
  if (kind === 'opaque-whiteout' || kind === 'whiteout') return kind
  if (isWhiteoutName(path)) return 'whiteout'
  return kind === 'character-device' || kind === 'block-device' || kind === 'fifo' ? 'special' : kind
}
