import { paxNumber, type PaxRecords } from './pax.ts'
import { tarError } from './tar-error.ts'
import { parseNumber, type TarHeader } from './tar-header.ts'

/** A file with holes: the archive stores fewer bytes than the file has. GNU tar manual, "Storing Sparse Files". */
export interface Sparse {
  /** Bytes of the file as unpacked. */
  readonly realSize: number
  /** Name in the place of the stored one, which may be a made-up `GNUSparseFile.N/…`. */
  readonly name: string | null
  /** Blocks with more of the map follow the header, before the payload. */
  readonly extended: boolean
}

/** The old GNU format: type `S`, the map in the header and in blocks after it. */
export function oldGnuSparse(block: Buffer, header: TarHeader): Sparse {
  if (!header.isGnu) throw tarError('has a sparse file in an archive that is not of GNU format')
  const realSize = parseNumber(block.subarray(483, 495), 'real size')
  requireHoles(header.size, realSize)
  return { realSize, name: null, extended: block[482] !== 0 }
}

/** Whether one more block of the map follows this one. */
export function continuesSparse(block: Buffer): boolean {
  return block[504] !== 0
}

/** PAX formats 0.0, 0.1 and 1.0. Null when the file is not sparse. `stored` is its payload in bytes. */
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
  // In 1.0 the payload holds the map too and may well be the larger.
  if (!isVersion1) requireHoles(stored, realSize)
  return { realSize, name, extended: false }
}

function requireHoles(stored: number, realSize: number): void {
  if (stored > realSize) throw tarError('has a sparse file with more data than its size')
}
