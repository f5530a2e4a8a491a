import { tarError } from './tar-error.ts'
import { textOf } from './tar-header.ts'

/** The PAX records that affect names, links, sizes and owners. All others are dropped, so that memory is limited. */
const kept = new Set([
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'GNU.sparse.major',
  'GNU.sparse.minor',
  'GNU.sparse.name',
  'GNU.sparse.realsize',
  'GNU.sparse.size',
  'GNU.sparse.map',
  'GNU.sparse.numblocks',
])

/** The kept records of a PAX header, by keyword. */
export type PaxRecords = ReadonlyMap<string, string>

/**
 * Parses `length key=value\n` records (POSIX pax, "pax Extended Header"). Lengths are in bytes, and values may be
 * binary. Kept values end at a NUL, as in tar.
 *
 * @throws FootprintError LAYER if a record is malformed
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>()
  let at = 0
  // Some writers include the padding of the last block in the length of the header.
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at)
    const digits = space === -1 || space - at > 8 ? '' : bytes.toString('latin1', at, space)
    const end = /^\d+$/.test(digits) ? at + Number(digits) : 0
    const equals = bytes.indexOf(0x3d, space)
    if (end > bytes.length || bytes[end - 1] !== 0x0a || equals <= space + 1 || equals >= end - 1) {
      throw tarError('has a malformed PAX header')
    }
    const key = bytes.toString('utf8', space + 1, equals)
    // A sparse map may take most of the header, and its value is never used.
    if (kept.has(key)) records.set(key, key === 'GNU.sparse.map' ? '' : textOf(bytes.subarray(equals + 1, end - 1)))
    at = end
  }
  return records
}

/**
 * Returns the value of a record that is a number of bytes. Returns undefined if it is absent or deleted (an empty
 * value).
 *
 * @throws FootprintError LAYER if it is not a valid number
 */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const text = records.get(key)
  if (text === undefined || text === '') return undefined
  // Any number of leading zeros is allowed.
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw tarError(`has a PAX header whose ${key} is not a possible number of bytes`)
  return value
}

/** Merges records. Those for one entry override those for all following entries. */
export function mergePax(global: PaxRecords, local: PaxRecords | null): PaxRecords {
  if (local === null) return global
  return global.size === 0 ? local : new Map([...global, ...local])
}
