import { tarError } from './tar-error.ts'
import { textOf } from './tar-header.ts'

/** The records of a PAX header that decide on names, links and sizes; all others are dropped, so that memory is bounded. */
const kept = new Set([
  'path',
  'linkpath',
  'size',
  'GNU.sparse.major',
  'GNU.sparse.minor',
  'GNU.sparse.name',
  'GNU.sparse.realsize',
  'GNU.sparse.size',
  'GNU.sparse.map',
  'GNU.sparse.numblocks',
])

export type PaxRecords = ReadonlyMap<string, string>

/**
 * Reads `length key=value\n` records (POSIX pax, "pax Extended Header"). Lengths are bytes and values may be binary; those kept end at a NUL, as in tar.
 * Throws FootprintError `LAYER` when a record is malformed.
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>()
  let at = 0
  // Some writers count the padding of the last block to the header.
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at)
    const digits = space === -1 || space - at > 8 ? '' : bytes.toString('latin1', at, space)
    const end = /^\d+$/.test(digits) ? at + Number(digits) : 0
    const equals = bytes.indexOf(0x3d, space)
    if (end > bytes.length || bytes[end - 1] !== 0x0a || equals <= space + 1 || equals >= end - 1) {
      throw tarError('has a malformed PAX header')
    }
    const key = bytes.toString('utf8', space + 1, equals)
    // A map may take most of the header and is never looked into.
    if (kept.has(key)) records.set(key, key === 'GNU.sparse.map' ? '' : textOf(bytes.subarray(equals + 1, end - 1)))
    at = end
  }
  return records
}

/** A record that is a count of bytes; undefined when absent or deleted (an empty value). Throws when it is none. */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const text = records.get(key)
  if (text === undefined || text === '') return undefined
  // Zeros may stand in front, any number of them.
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw tarError(`has a PAX header whose ${key} is not a possible number of bytes`)
  return value
}

/** Records for one entry over those for all that follow. */
export function mergePax(global: PaxRecords, local: PaxRecords | null): PaxRecords {
  if (local === null) return global
  return global.size === 0 ? local : new Map([...global, ...local])
}
