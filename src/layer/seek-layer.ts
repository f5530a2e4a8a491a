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

/** A header and what follows in one read: small files lie close together. Bytes. */
const windowBytes = 4096
/** What is read at once of a file that is metadata. Bytes. */
const metadataBytes = 64 * 1024
/** How long reads may keep the rest of the program waiting, in milliseconds. */
const turn = 10

/**
 * Reads the headers of a plain tar and the metadata of packages, and passes over what lies between them: the same as
 * `readLayer` gives, without the time that the bytes take. What is given up is the proof: nothing is hashed, so the index has the
 * digest that it was told, and damage shows only where it breaks the structure of the tar. **It must not be kept by that
 * digest**: a damaged or hostile file would speak for every layer of that name ever after.
 *
 * Null where the blob is or seems compressed, which cannot be read like this.
 *
 * Rejects with FootprintError `LAYER` on a damaged tar, with the system's error where the file cannot be read, and with
 * the reason of the signal.
 */
export async function seekLayer(
  part: FilePart,
  digest: Digest,
  onProgress?: (bytes: number) => void,
  onEntry?: (entry: LayerEntry) => void,
): Promise<ReadLayer | null> {
  const tally = new LayerTally()
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
      // A read from the page cache takes less time than to ask another thread for it.
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

/** What was passed over has to be there too. */
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
