/** Compares a stage with the files that other stages copied from it. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as v from 'valibot'
import { parseKept } from '../cache/text-store.ts'
import type { Digest } from '../oci/digest.ts'
import type { LayerReader } from './layer-reader.ts'
import { readFiles } from './read-files.ts'

/** What the comparison needs of the layers. */
export type Contents = Pick<LayerReader, 'entries' | 'facts' | 'derivedFrom'>

/** Whether layers contain the copied files. `not-known`: nothing was copied, or a layer cannot be searched. */
export type CopiedFiles = 'contained' | 'missing' | 'not-known'

/** Part of the name under which a result is stored. It must change if the comparison changes. */
const version = 'copied-files-1'
const KeptSchema = v.picklist(['contained', 'missing'])

/** Files that eStargz adds to a layer. */
const ofFormat = new Set(['stargz.index.json', '.prefetch.landmark', '.no.prefetch.landmark'])

/**
 * Returns a function that looks for the files of copied layers in the layers of an image, at any path. Files are
 * compared by size and checksum. Results for the same layers are reused.
 *
 * @param copied layers that `COPY --from` made
 */
export function copiedFilesIn(
  copied: readonly Digest[],
  reader: Contents,
): (layers: readonly Digest[]) => Promise<CopiedFiles> {
  let reading: Promise<ReadonlySet<string>> | null = null
  return async (layers) => {
    if (copied.length === 0) return 'not-known'
    const store = reader.derivedFrom([...copied, ...layers])
    const name = `${createHash('sha256')
      .update(JSON.stringify([version, copied, layers]))
      .digest('hex')}.json`
    const kept = parseKept(KeptSchema, (await store?.get(name)) ?? null)
    if (kept !== null) return kept
    const found = await findFiles(await (reading ??= filesOf(copied, reader)), layers, reader)
    if (found !== 'not-known') await store?.put(name, JSON.stringify(found))
    return found
  }
}

/** Returns the sizes and checksums of the files in layers, as far as they are known. */
async function filesOf(layers: readonly Digest[], reader: Contents): Promise<ReadonlySet<string>> {
  const files = new Set<string>()
  for (const digest of layers)
    await readFiles(digest, reader, ({ path, pathLength, fileBytes }, checksum) => {
      if (fileBytes > 0 && checksum !== null && !ofFormat.has(path.toString('utf8', 0, pathLength)))
        files.add(`${fileBytes} ${checksum}`)
    })
  return files
}

async function findFiles(
  files: ReadonlySet<string>,
  layers: readonly Digest[],
  reader: Contents,
): Promise<CopiedFiles> {
  if (files.size === 0) return 'not-known'
  const missing = new Set(files)
  // Most copied files are in the highest layers.
  for (const digest of layers.toReversed()) {
    if (missing.size === 0) return 'contained'
    let withoutChecksum = 0
    const isRead = await readFiles(digest, reader, ({ fileBytes }, checksum) => {
      if (checksum !== null) missing.delete(`${fileBytes} ${checksum}`)
      else if (fileBytes > 0) withoutChecksum += 1
    })
    if (!isRead || withoutChecksum > 0) return 'not-known'
    // Lets signals be handled between two layers with many entries.
    await setImmediate()
  }
  return missing.size === 0 ? 'contained' : 'missing'
}
