/** A stage with its file system after all whiteouts, and what could be saved. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as v from 'valibot'
import { parseKept } from '../layer/text-store.ts'
import type { Digest } from '../oci/digest.ts'
import { FileSystem } from './file-system.ts'
import { CacheSchema, FileSystemSchema, WasteSchema, type Stage } from './footprint.ts'
import type { LayerReader } from './layer-reader.ts'
import { findSavings } from './savings.ts'

/** Part of the name under which savings are kept: a change of what is found needs a new one. */
const version = 'savings-1'

const KeptSchema = v.object({ name: v.string(), fileSystem: FileSystemSchema, waste: WasteSchema, caches: v.array(CacheSchema) })

/**
 * All three are null where the entries of a layer are not known, or engines would refuse such layers. What was found in
 * the same layers before is not looked for again.
 *
 * @param digests of the blobs as they were read, one for each layer, lowest first
 */
export async function withFileSystem(
  stage: Stage,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'entries' | 'derivedFrom'>,
): Promise<Stage> {
  const notKnown = { ...stage, fileSystem: null, waste: null, caches: null }
  if (digests.length !== stage.layers.length) return notKnown
  const store = reader.derivedFrom(digests)
  const name = nameOf(digests, stage.totals.baseLayers)
  const kept = parseKept(KeptSchema, (await store?.get(name)) ?? null)
  if (kept?.name === name) return { ...stage, fileSystem: kept.fileSystem, waste: kept.waste, caches: kept.caches }
  const fileSystem = await fileSystemOf(stage, digests, reader)
  const savings = fileSystem && findSavings(fileSystem, stage.layers, stage.totals.baseLayers)
  if (savings === null) return notKnown
  await store?.put(name, JSON.stringify({ name, ...savings }))
  return { ...stage, ...savings, caches: [...savings.caches] }
}

async function fileSystemOf(
  { layers }: Stage,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'entries'>,
): Promise<FileSystem | null> {
  const fileSystem = new FileSystem(layers.reduce((sum, { entries }) => sum + entries, 0))
  for (const digest of digests) {
    fileSystem.beginLayer()
    if (!(await reader.entries(digest, (entry) => fileSystem.add(entry)))) return null
    fileSystem.endLayer()
    if (!fileSystem.clear) return null
    // So that signals are heard between two layers of many entries.
    await setImmediate()
  }
  return fileSystem
}

/** All that savings follow from. */
function nameOf(digests: readonly Digest[], baseLayers: number | null): string {
  return `${createHash('sha256').update(JSON.stringify([version, baseLayers, digests])).digest('hex')}.json`
}
