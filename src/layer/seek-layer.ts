import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { FootprintError, messageOf } from '../errors.ts'
import type { Digest } from '../oci/digest.ts'
import { compressionOf } from './decoder.ts'
import type { FilePart } from './file-part.ts'
import { foreignCompression } from './foreign-compression.ts'
import type { LayerEntry } from './layer-index.ts'
import { LayerTally } from './layer-tally.ts'
import type { ReadLayer } from './read-layer.ts'
import { TarReader } from './tar-reader.ts'

/** Size of a read for a header and what follows it, in bytes. Small files are close together. */
const windowBytes = 4096
/** Size of a read inside a metadata file, in bytes. */
const metadataBytes = 64 * 1024
/** How long reading may block the rest of the program, in milliseconds. */
const turn = 10

/**
 * Reads the headers of a plain tar and the metadata of packages, and seeks over everything else. It takes less time than
 * `readLayer` and gives the same result, except that no file has a checksum.
 *
 * What is lost is verification. Nothing is hashed, so the index has the digest that was passed, and damage is noticed
 * only if it breaks the structure of the tar. **The result must not be stored by that digest**: a damaged or hostile
 * file would from then on stand for every layer with this digest.
 *
 * @returns null if the blob is, or seems to be, compressed, so that it cannot be read like this
 * @throws FootprintError LAYER if the tar is damaged; also the system's error if the file cannot be read, and the
 * reason of the signal
 */
export async function seekLayer(
  part: FilePart,
  digest: Digest,
  onProgress?: (bytes: number) => void,
  onEntry?: (entry: LayerEntry) => void,
): Promise<ReadLayer | null> {
  const tally = new LayerTally({ readsAll: false })
  const tar = new TarReader((entry) => {
    onEntry?.(entry)
    return tally.add(entry)
  })
  const file = await open(part.path, 'r')
  try {
    const window = Buffer.allocUnsafe(metadataBytes)
    let begun = performance.now()
    for (let at = 0; at < part.bytes;) {
      const wanted = Math.min(tar.isWanted ? metadataBytes : windowBytes, part.bytes - at)
      // Reading from the page cache is faster than asking another thread to do it.
      const read = readSync(file.fd, window, 0, wanted, part.start + at)
      if (read === 0) throw damaged(digest, `it has ${at} bytes, and its descriptor says ${part.bytes}`)
      const chunk = window.subarray(0, read)
      if (at === 0 && (compressionOf(chunk) !== 'none' || foreignCompression(chunk) !== null)) return null
      parse(digest, () => tar.write(chunk))
      at += read
      if (tar.skippable > 0) {
        const skipped = Math.min(tar.skippable, part.bytes - at)
        tar.skip(skipped)
        at += skipped
      }
      if (performance.now() - begun < turn) continue
      onProgress?.(at)
      await setImmediate()
      part.signal.throwIfAborted()
      begun = performance.now()
    }
    parse(digest, () => tar.end())
    await requireWhole(file, part, digest)
  } finally {
    await file.close()
  }
  onProgress?.(part.bytes)
  const index = {
    digest,
    diffId: digest,
    compressedSize: part.bytes,
    uncompressedSize: part.bytes,
    timelessDigest: null,
    ...tally.totals(),
  }
  return { index, ...tally.tallied(digest) }
}

/** The bytes that were skipped must exist too. */
async function requireWhole(
  file: Awaited<ReturnType<typeof open>>,
  { start, bytes }: FilePart,
  digest: Digest,
): Promise<void> {
  const { size } = await file.stat()
  if (start + bytes > size)
    throw damaged(digest, `it has ${Math.max(0, size - start)} bytes, and its descriptor says ${bytes}`)
}

function parse(digest: Digest, act: () => void): void {
  try {
    act()
  } catch (cause) {
    throw damaged(digest, messageOf(cause), cause)
  }
}

function damaged(digest: Digest, why: string, cause?: unknown): FootprintError {
  return new FootprintError('LAYER', `layer ${digest} is damaged: ${why}`, { cause })
}
