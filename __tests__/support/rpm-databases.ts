/** Databases of rpm, made byte by byte. */

/** Returns the headers that `rpmdb --exportdb` writes, as a database stores them: without their magic number. */
export function headersIn(exported: Buffer): readonly Buffer[] {
  const headers: Buffer[] = []
  for (let at = 0; at + 16 <= exported.length;) {
    const [entries, values] = [exported.readUInt32BE(at + 8), exported.readUInt32BE(at + 12)]
    const end = at + 16 + 16 * entries + values
    headers.push(exported.subarray(at + 8, end))
    at = end
  }
  return headers
}

const pageBytes = 4096

/**
 * Makes a Berkeley DB hash with these values, whose keys are numbers (Berkeley DB, `dbinc/db_page.h`). Its one bucket
 * is on page 1, and each value is on a chain of pages of its own. The key 0 has the highest number, as in rpm.
 */
export function berkeleyDbOf(values: readonly Buffer[]): Buffer {
  const pages: Buffer[] = [Buffer.alloc(pageBytes), Buffer.alloc(pageBytes)]
  const pageOf = (type: number): Buffer => {
    const made = Buffer.alloc(pageBytes)
    made.writeUInt32LE(pages.length, 8)
    made[25] = type
    pages.push(made)
    return made
  }
  const u32 = (...numbers: readonly number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer)
  const items: Buffer[] = [
    Buffer.concat([Buffer.of(1), u32(0)]),
    Buffer.concat([Buffer.of(1), u32(values.length)]),
    ...values.flatMap((value, nth) => {
      const first = pages.length
      for (let at = 0; at < value.length; at += pageBytes - 26) {
        const part = value.subarray(at, at + pageBytes - 26)
        const made = pageOf(7)
        made.writeUInt32LE(at === 0 ? 0 : pages.length - 2, 12)
        made.writeUInt32LE(at + part.length < value.length ? pages.length : 0, 16)
        made.writeUInt16LE(1, 20)
        made.writeUInt16LE(part.length, 22)
        part.copy(made, 26)
      }
      return [
        Buffer.concat([Buffer.of(1), u32(nth + 1)]),
        Buffer.concat([Buffer.of(3, 0, 0, 0), u32(first, value.length)]),
      ]
    }),
  ]
  const [meta = Buffer.alloc(0), bucket = Buffer.alloc(0)] = pages
  bucket.writeUInt32LE(1, 8)
  bucket.writeUInt16LE(items.length, 20)
  bucket[25] = 13
  let end = pageBytes
  items.forEach((bytes, nth) => {
    end -= bytes.length
    bytes.copy(bucket, end)
    bucket.writeUInt16LE(end, 26 + 2 * nth)
  })
  bucket.writeUInt16LE(end, 22)
  meta.writeUInt32LE(0x061561, 12)
  meta.writeUInt32LE(9, 16)
  meta.writeUInt32LE(pageBytes, 20)
  meta[25] = 8
  meta.writeUInt32LE(pages.length - 1, 32)
  meta.writeUInt32LE(values.length + 1, 40)
  meta.writeUInt32LE(values.length + 1, 44)
  // Bucket 0 is on page 1.
  meta.writeUInt32LE(1, 96)
  return Buffer.concat(pages)
}

/**
 * Makes a database in rpm's own format with these packages (rpm, `lib/backend/ndb/rpmpkg.c`): a page of slots, then the
 * packages in blocks of 16 bytes. The slot of the first package is followed by a free one.
 */
export function ndbOf(values: readonly Buffer[]): Buffer {
  const words = (text: string, ...numbers: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from(Uint32Array.from(numbers).buffer)])
  const slots = Buffer.alloc(pageBytes)
  words('RpmP', 0, 1, 1, values.length + 1).copy(slots)
  const parts: Buffer[] = [slots]
  let at = pageBytes
  values.forEach((value, nth) => {
    const bytes = Math.ceil((16 + value.length + 12) / 16) * 16
    const blob = Buffer.alloc(bytes)
    words('BlbS', nth + 1, 1, value.length).copy(blob)
    value.copy(blob, 16)
    // The checksum before the length is not filled in, because no reader but rpm itself checks it.
    words('', 0, value.length).copy(blob, bytes - 12)
    blob.write('BlbE', bytes - 4, 'latin1')
    const slot = 32 + 16 * (nth === 0 ? 0 : nth + 1)
    words('Slot', nth + 1, at / 16, bytes / 16).copy(slots, slot)
    if (nth === 0) words('Slot', 0, 0, 0).copy(slots, slot + 16)
    parts.push(blob)
    at += bytes
  })
  return Buffer.concat(parts)
}
