import { FootprintError } from '../errors.ts'
import type { Digest } from '../oci/digest.ts'

/** First bytes of formats that no container engine can pull, such as xz and bzip2. */
const magics: readonly (readonly [name: string, magic: Buffer])[] = [
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['bzip2', Buffer.from('BZh')],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ['lzip', Buffer.from('LZIP')],
  ['7-Zip', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ['RAR', Buffer.from([0x52, 0x61, 0x72, 0x21, 0x1a, 0x07])],
  ['ZIP', Buffer.from([0x50, 0x4b, 0x03, 0x04])],
  ['compress', Buffer.from([0x1f, 0x9d])],
  ['lzma', Buffer.from([0x5d, 0x00, 0x00])],
]

/** Number of bytes that are needed for the decision. The magic of a tar comes late. */
export const headBytes = 512

/**
 * Returns the name of an unsupported compression, from the first bytes of a file or blob. Returns null if there is
 * none. A tar is checked first, because the name of its first entry may begin with any of the signatures.
 */
export function foreignCompression(head: Buffer): string | null {
  if (head.toString('latin1', 257, 262) === 'ustar') return null
  return magics.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? null
}

/** The layer seems undamaged, but its compression is not supported. */
export class ForeignCompression extends FootprintError {
  constructor(digest: Digest, compression: string) {
    super('LAYER', `layer ${digest} is compressed with ${compression}, which is not supported`)
  }
}
