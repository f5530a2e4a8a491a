/** A stage with its file system after all whiteouts, and what could be saved. */
import { setImmediate } from 'node:timers/promises'
import type { Digest } from '../oci/digest.ts'
import { FileSystem } from './file-system.ts'
import type { Stage } from './footprint.ts'
import type { LayerReader } from './layer-reader.ts'
import { findSavings } from './savings.ts'

/**
 * All three are null where the entries of a layer are not known, or engines would refuse such layers.
 *
 * @param digests of the blobs as they were read, one for each layer, lowest first
 */
export async function withFileSystem(stage: Stage, digests: readonly Digest[], entriesOf: LayerReader['entries']): Promise<Stage> {
  const notKnown = { ...stage, fileSystem: null, waste: null, caches: null }
  if (digests.length !== stage.layers.length) return notKnown
  const fileSystem = new FileSystem()
  for (const digest of digests) {
    fileSystem.beginLayer()
    if (!(await entriesOf(digest, (entry) => fileSystem.add(entry)))) return notKnown
    fileSystem.endLayer()
    if (!fileSystem.clear) return notKnown
    // So that signals are heard between two layers of many entries.
    await setImmediate()
  }
  const savings = findSavings(fileSystem, stage.layers, stage.totals.baseLayers)
  return savings === null ? notKnown : { ...stage, ...savings, caches: [...savings.caches] }
}
