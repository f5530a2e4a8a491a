/** The list at the end of a zip archive (PKWARE APPNOTE, 4.3.12 and 4.3.16). */

/** One file of an archive. Bytes. */
export interface ZipEntry {
  readonly name: string
  /** As it lies in the archive. */
  readonly storedBytes: number
  /** Where its own header is, from the start of the archive. */
  readonly headerAt: number
  readonly isDeflated: boolean
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const endBytes = 22
const entryBytes = 46
/** Most that a comment at the end takes. */
const longestComment = 65_535

/**
 * Tells of the entries of a list, in its order. Sizes of 4 GiB and more do not fit and are none.
 *
 * @param tail the last bytes of an archive
 * @param tailAt where they begin in it
 * @returns false where the list is not in them, or these are no archive
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
  const least = Math.max(0, tail.length - endBytes - longestComment)
  for (let at = tail.length - endBytes; at >= least; at -= 1) {
    if (tail.readUInt32LE(at) === endSignature && at + endBytes + tail.readUInt16LE(at + 20) === tail.length) return at
  }
  return -1
}

/** Where the bytes of an entry begin, seen from its header; null where that is no header. */
export function payloadStart(bytes: Buffer, headerAt: number): number | null {
  if (headerAt < 0 || headerAt + 30 > bytes.length || bytes.readUInt32LE(headerAt) !== 0x04034b50) return null
  return headerAt + 30 + bytes.readUInt16LE(headerAt + 26) + bytes.readUInt16LE(headerAt + 28)
}
