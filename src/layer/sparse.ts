import { paxNumber, type PaxRecords } from './pax.ts'
import { tarError } from './tar-error.ts'
import { parseNumber, type TarHeader } from './tar-header.ts'

/**
 * A file with holes, of which the archive stores fewer bytes than the file has. GNU tar manual, "Storing Sparse Files".
 */
export interface Sparse {
  /** Size of the file when unpacked, in bytes. */
  readonly realSize: number
  /** Replaces the stored name, which may be an invented one like `GNUSparseFile.N/…`. */
  readonly name: string | null
  /** Whether more blocks of the sparse map follow the header, before the payload. */
  readonly extended: boolean
}

/**
 * Parses the old GNU format: type `S`, with the map in the header and in blocks after it.
 *
 * @throws FootprintError LAYER if it is malformed
 */
export function oldGnuSparse(block: Buffer, header: TarHeader): Sparse {
  if (!header.isGnu) throw tarError('has a sparse file in an archive that is not in GNU format')
  const realSize = parseNumber(block.subarray(483, 495), 'real size')
  requireHoles(header.size, realSize)
  return { realSize, name: null, extended: block[482] !== 0 }
}

/** Returns whether another block of the map follows this one. */
export function continuesSparse(block: Buffer): boolean {
  return block[504] !== 0
}

/**
 * Parses the PAX formats 0.0, 0.1 and 1.0. Returns null if the file is not sparse.
 *
 * @param stored size of its payload, in bytes
 * @throws FootprintError LAYER if it is malformed
 */
export function paxSparse(records: PaxRecords, stored: number): Sparse | null {
  const major = records.get('GNU.sparse.major')
  const hasMap = records.has('GNU.sparse.map') || records.has('GNU.sparse.numblocks')
  if (major === undefined && !hasMap) return null
  const name = records.get('GNU.sparse.name') ?? null
  const version = `${major ?? '0'}.${records.get('GNU.sparse.minor') ?? '1'}`
  const isVersion1 = version === '1.0'
  if (!isVersion1 && version !== '0.0' && version !== '0.1') {
    throw tarError('has a sparse file of an unknown version')
  }
  const realSize = paxNumber(records, isVersion1 ? 'GNU.sparse.realsize' : 'GNU.sparse.size')
  if (realSize === undefined) throw tarError('has a sparse file without a size')
  // In format 1.0, the payload contains the map as well, so it may be larger than the file.
  if (!isVersion1) requireHoles(stored, realSize)
  return { realSize, name, extended: false }
}

function requireHoles(stored: number, realSize: number): void {
  if (stored > realSize) throw tarError('has a sparse file with more data than its size')
}
