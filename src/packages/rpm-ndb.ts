/** Reads the packages of rpm's own database format, which SUSE uses (rpm, `lib/backend/ndb/rpmpkg.c`). */

const text = (word: string): number => Buffer.from(word, 'latin1').readUInt32LE(0)
const fileMagic = text('RpmP')
const slotMagic = text('Slot')
const blobMagic = text('BlbS')
const headerBytes = 32
const slotBytes = 16
const slotPageBytes = 4096
const blockBytes = 16
const blobHeadBytes = 16

/**
 * Yields the packages as they are stored. Damaged packages are skipped. All packages together cannot be larger than the
 * database, so reading stops when they are. Nothing is yielded if this is not such a database.
 */
export function* blobsOfNdb(bytes: Buffer): Generator<Buffer> {
  if (bytes.length < slotPageBytes || bytes.readUInt32LE(0) !== fileMagic || bytes.readUInt32LE(4) !== 0) return
  const end = Math.min(bytes.readUInt32LE(12) * slotPageBytes, bytes.length)
  let left = bytes.length
  for (let slot = headerBytes; slot + slotBytes <= end; slot += slotBytes) {
    const [number, at] = [bytes.readUInt32LE(slot + 4), bytes.readUInt32LE(slot + 8) * blockBytes]
    // Free slots have no blocks.
    if (bytes.readUInt32LE(slot) !== slotMagic || at < end || at + blobHeadBytes > bytes.length) continue
    if (bytes.readUInt32LE(at) !== blobMagic || bytes.readUInt32LE(at + 4) !== number) continue
    const length = bytes.readUInt32LE(at + 12)
    if (at + blobHeadBytes + length > bytes.length) continue
    left -= length
    if (left < 0) return
    yield bytes.subarray(at + blobHeadBytes, at + blobHeadBytes + length)
  }
}
