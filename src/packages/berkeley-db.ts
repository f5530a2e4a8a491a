/**
 * Reads the values of a Berkeley DB hash in memory, the format of rpm's database before version 4.16 (Berkeley DB,
 * `dbinc/db_page.h`).
 */

const magic = 0x061561
const pageHeaderBytes = 26
/** Types of pages. */
const page = { unsorted: 2, overflow: 7, hash: 13 } as const
/** Types of items on a page. */
const item = { bytes: 1, offPage: 3 } as const

/** Bytes that a value counts at least. No header of a package is as small. */
const minValueBytes = 16

/**
 * Yields the values of a hash, one at a time because each may need memory of its own. Damaged values are skipped. No
 * page belongs to two values, and all values together cannot be larger than the database, so reading stops when they
 * are. Nothing is yielded if this is not a Berkeley DB hash.
 */
export function* valuesOfBerkeleyDb(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < 512) return
  const isLittle = bytes.readUInt32LE(12) === magic
  if (!isLittle && bytes.readUInt32BE(12) !== magic) return
  const u32 = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const u16 = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const pageBytes = u32(20)
  if (pageBytes < 512 || pageBytes > 65_536) return
  let left = bytes.length

  /** Returns a value that is stored on a chain of pages, or null if a page is missing. */
  const chained = (first: number, length: number): Buffer | null => {
    const parts: Buffer[] = []
    let [number, missing] = [first, length]
    while (missing > 0) {
      // Only hostile chains share pages or form a circle.
      left -= pageBytes
      if (left < 0) return null
      const at = number * pageBytes
      if (number === 0 || at + pageBytes > bytes.length || bytes[at + 25] !== page.overflow) return null
      const used = Math.min(u16(at + 22), pageBytes - pageHeaderBytes, missing)
      if (used === 0) return null
      parts.push(bytes.subarray(at + pageHeaderBytes, at + pageHeaderBytes + used))
      missing -= used
      number = u32(at + 16)
    }
    return Buffer.concat(parts)
  }

  for (let start = pageBytes; start + pageBytes <= bytes.length; start += pageBytes) {
    const type = bytes[start + 25]
    if (type !== page.hash && type !== page.unsorted) continue
    const entries = Math.min(u16(start + 20), (pageBytes - pageHeaderBytes) / 2)
    const offsetOf = (nth: number): number => u16(start + pageHeaderBytes + 2 * nth)
    // Keys and values alternate. Items are stored from the end of the page.
    for (let nth = 1; nth < entries; nth += 2) {
      const [at, end] = [start + offsetOf(nth), start + Math.min(offsetOf(nth - 1), pageBytes)]
      const isOffPage = bytes[at] === item.offPage && at + 12 <= start + pageBytes
      const length = isOffPage ? u32(at + 8) : end - at - 1
      if (length <= 0 || (!isOffPage && bytes[at] !== item.bytes)) continue
      if (!isOffPage) left -= Math.max(length, minValueBytes)
      const value = isOffPage ? chained(u32(at + 4), length) : bytes.subarray(at + 1, end)
      if (left < 0) return
      if (value !== null) yield value
    }
  }
}
