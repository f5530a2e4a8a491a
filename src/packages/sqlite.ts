/**
 * Reads one table of an SQLite database in memory (SQLite, "Database File Format"). `node:sqlite` is not used, because
 * Node warns that it is experimental wherever it is loaded, and a large native library would parse untrusted bytes.
 */

const headerBytes = 100
/** Types of b-tree pages that belong to a table. */
const interior = 0x05
const leaf = 0x0d
/** Limit for the depth of a tree. No database of a few megabytes has a deeper one. */
const maxDepth = 20

interface Database {
  readonly bytes: Buffer
  readonly pageBytes: number
  /** Number of bytes of a page that SQLite uses. */
  readonly usable: number
  /**
   * Bytes of records that may still be read. Records overlap only in a hostile file, so all of them together cannot be
   * larger than the database.
   */
  left: number
}

/**
 * Yields the blobs in the last column of a table, in the order of the rows. They are yielded one at a time because each
 * may need memory of its own. Damaged records are skipped, and reading stops when records overlap. Nothing is yielded
 * if this is not a database that can be read, or the table does not exist.
 */
export function* blobsOfSqlite(bytes: Buffer, table: string): Generator<Buffer> {
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') return
  const storedPageBytes = bytes.readUInt16BE(16)
  const pageBytes = storedPageBytes === 1 ? 65_536 : storedPageBytes
  const usable = pageBytes - (bytes[20] ?? 0)
  if (pageBytes < 512 || usable < 480) return
  const database = { bytes, pageBytes, usable, left: bytes.length }
  let root = 0
  // Columns of the schema table: type, name, tbl_name, rootpage, sql.
  for (const record of recordsOf(database, 1)) {
    const values = valuesOf(record)
    if (textOf(values[0]) === 'table' && textOf(values[1]) === table) root = numberOf(values[3])
  }
  for (const record of root === 0 ? [] : recordsOf(database, root)) {
    const last = valuesOf(record).at(-1)
    if (last?.kind === 'blob') yield last.bytes
  }
}

/** Yields the records of a b-tree. Each page is read only once, even if several pages refer to it. */
function* recordsOf(database: Database, number: number, depth = 0, seen = new Set<number>()): Generator<Buffer> {
  const start = (number - 1) * database.pageBytes
  if (number < 1 || start + database.pageBytes > database.bytes.length || seen.has(number) || depth > maxDepth) return
  seen.add(number)
  const page = database.bytes.subarray(start, start + database.pageBytes)
  const header = number === 1 ? headerBytes : 0
  const kind = page[header]
  if (kind !== interior && kind !== leaf) return
  const cells = page.readUInt16BE(header + 3)
  const pointers = header + (kind === interior ? 12 : 8)
  for (let nth = 0; nth < cells && pointers + 2 * nth + 2 <= page.length; nth += 1) {
    const at = page.readUInt16BE(pointers + 2 * nth)
    if (at + 4 > page.length) continue
    if (kind === interior) yield* recordsOf(database, page.readUInt32BE(at), depth + 1, seen)
    else {
      const record = recordAt(database, page, at)
      if (record !== null) yield record
    }
  }
  if (kind === interior) yield* recordsOf(database, page.readUInt32BE(header + 8), depth + 1, seen)
}

/** Returns the record of a cell, from its page and its overflow pages. Returns null if part of it is missing. */
function recordAt(database: Database, page: Buffer, at: number): Buffer | null {
  const { bytes, pageBytes, usable } = database
  const cursor = new Varints(page, at)
  const size = cursor.next()
  cursor.next()
  const maxLocal = usable - 35
  database.left -= size
  if (database.left < 0) return null
  if (size <= maxLocal) return page.subarray(cursor.at, cursor.at + size)
  const minLocal = Math.floor(((usable - 12) * 32) / 255) - 23
  const preferred = minLocal + ((size - minLocal) % (usable - 4))
  const local = preferred <= maxLocal ? preferred : minLocal
  if (cursor.at + local + 4 > page.length) return null
  const pieces = [page.subarray(cursor.at, cursor.at + local)]
  let left = size - local
  for (let next = page.readUInt32BE(cursor.at + local); left > 0;) {
    const start = (next - 1) * pageBytes
    if (next < 1 || start + pageBytes > bytes.length) return null
    const taken = Math.min(left, usable - 4)
    pieces.push(bytes.subarray(start + 4, start + 4 + taken))
    left -= taken
    next = bytes.readUInt32BE(start)
  }
  return Buffer.concat(pieces)
}

interface Value {
  readonly kind: 'number' | 'blob' | 'text' | 'other'
  readonly bytes: Buffer
}

/**
 * Limit for the columns of a record. Each value is kept in memory, and a hostile record needs only one byte for each.
 */
const maxColumns = 100

const integerBytes = [0, 1, 2, 3, 4, 6, 8, 8]

/**
 * Returns the values of a record, which has a header of types before the values. The list is empty if there are more
 * values than any expected table has.
 */
function valuesOf(record: Buffer): readonly Value[] {
  const cursor = new Varints(record, 0)
  const headerEnd = cursor.next()
  const values: Value[] = []
  for (let at = headerEnd; cursor.at < headerEnd && cursor.at < record.length;) {
    const type = cursor.next()
    const size = type >= 12 ? Math.floor((type - 12) / 2) : (integerBytes[type] ?? 0)
    const kind = type >= 12 ? (type % 2 === 0 ? 'blob' : 'text') : type <= 6 ? 'number' : 'other'
    if (at + size > record.length || values.length === maxColumns) return []
    values.push({ kind, bytes: record.subarray(at, at + size) })
    at += size
  }
  return values
}

const textOf = (value: Value | undefined): string | null =>
  value?.kind === 'text' ? value.bytes.toString('utf8', 0, 100) : null

const numberOf = (value: Value | undefined): number =>
  value?.kind === 'number' && value.bytes.length > 0 && value.bytes.length <= 6
    ? value.bytes.readUIntBE(0, value.bytes.length)
    : 0

/** Reads varints: big-endian, seven bits a byte, at most nine bytes, of which the last has eight bits. */
class Varints {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  next(): number {
    let value = 0
    for (let nth = 0; nth < 8; nth += 1) {
      const byte = this.#bytes[this.at++] ?? 0
      value = value * 0x80 + (byte & 0x7f)
      if (byte < 0x80) return value
    }
    return value * 0x100 + (this.#bytes[this.at++] ?? 0)
  }
}
