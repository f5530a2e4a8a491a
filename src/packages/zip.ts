/** Reads the central directory at the end of a ZIP archive (PKWARE APPNOTE, 4.3.12 and 4.3.16). */

/** One file in an archive. */
export interface ZipEntry {
  readonly name: string
  /** Size in the archive, in bytes (compressed if the file is deflated). */
  readonly storedBytes: number
  /** Offset of its local header from the start of the archive. */
  readonly headerAt: number
  readonly isDeflated: boolean
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const endBytes = 22
const entryBytes = 46
/** Size limit of the comment at the end of an archive, in bytes. */
const maxCommentBytes = 65_535

/**
 * Calls `onEntry` for the entries of a central directory, in its order. ZIP64 archives, with sizes of 4 GiB and more,
 * are not supported.
 *
 * @param tail the last bytes of an archive
 * @param tailAt offset of `tail` in the archive
 * @returns false if `tail` does not contain the central directory, or is not from an archive
 */
export function forEachZipEntry(tail: Buffer, tailAt: number, onEntry: (entry: ZipEntry) => void): boolean {
  const end = endOf(tail)
  if (end === -1) return false
  let at = tail.readUInt32LE(end + 16) - tailAt
  if (at < 0) return false
  while (at + entryBytes <= end && tail.readUInt32LE(at) === entrySignature) {
    const nameEnd = at + entryBytes + tail.readUInt16LE(at + 28)
    if (nameEnd > end) return false
    onEntry({
      name: tail.toString('utf8', at + entryBytes, nameEnd),
      storedBytes: tail.readUInt32LE(at + 20),
      headerAt: tail.readUInt32LE(at + 42),
      isDeflated: tail.readUInt16LE(at + 10) === 8,
    })
    at = nameEnd + tail.readUInt16LE(at + 30) + tail.readUInt16LE(at + 32)
  }
  return true
}

function endOf(tail: Buffer): number {
  const first = Math.max(0, tail.length - endBytes - maxCommentBytes)
  for (let at = tail.length - endBytes; at >= first; at -= 1) {
    if (tail.readUInt32LE(at) === endSignature && at + endBytes + tail.readUInt16LE(at + 20) === tail.length) return at
  }
  return -1
}

/**
 * Returns the offset of an entry's data, relative to `bytes`, for the local header at `headerAt`. Returns null if there
 * is no header.
 */
export function payloadStart(bytes: Buffer, headerAt: number): number | null {
  if (headerAt < 0 || headerAt + 30 > bytes.length || bytes.readUInt32LE(headerAt) !== 0x04034b50) return null
  return headerAt + 30 + bytes.readUInt16LE(headerAt + 26) + bytes.readUInt16LE(headerAt + 28)
}
