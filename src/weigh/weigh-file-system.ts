/** A stage with its file system after all whiteouts, and what could be saved. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as v from 'valibot'
import { FileSystem } from '../filesystem/file-system.ts'
import { findWaste } from '../filesystem/waste.ts'
import type { ListedEntry } from '../layer/entry-list.ts'
import { parseKept } from '../cache/text-store.ts'
import type { Digest } from '../oci/digest.ts'
import { CacheSchema, FileSystemSchema, WasteSchema, type Stage } from '../record/footprint.ts'
import { SavingsSchema } from '../record/savings.ts'
import { findCaches } from '../savings/caches.ts'
import { findSavings } from '../savings/find-savings.ts'
import type { LayerReader } from './layer-reader.ts'

/** Part of the name under which savings are kept: a change of what is found needs a new one. */
const version = 'savings-2'

const KeptSchema = v.object({
  name: v.string(),
  fileSystem: FileSystemSchema,
  waste: WasteSchema,
  caches: v.array(CacheSchema),
  savings: v.nullable(SavingsSchema),
})

/**
 * All four are null where the entries of a layer are not known, or engines would refuse such layers. What was found in
 * the same layers before is not looked for again.
 *
 * @param digests of the blobs as they were read, one for each layer, lowest first
 * @param os of the image
 */
export async function withFileSystem(
  stage: Stage,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'entries' | 'derivedFrom'>,
  os: string,
): Promise<Stage> {
  const notKnown = { ...stage, fileSystem: null, waste: null, caches: null, savings: null }
  const isKnown = stage.layers.every(({ entries }) => entries !== null)
  if (!isKnown || digests.length !== stage.layers.length) return notKnown
  const store = reader.derivedFrom(digests)
  const isWindows = os === 'windows'
  const name = nameOf(digests, stage, isWindows)
  const kept = parseKept(KeptSchema, (await store?.get(name)) ?? null)
  if (kept?.name === name) {
    const { fileSystem, waste, caches, savings } = kept
    return { ...stage, fileSystem, waste, caches, savings }
  }
  const fileSystem = await fileSystemOf(stage, digests, reader, isWindows)
  const found = fileSystem && findWaste(fileSystem, stage.layers, stage.totals.baseLayers)
  if (fileSystem === null || found === null) return notKnown
  const all = { ...found, caches: findCaches(fileSystem), savings: findSavings(fileSystem, stage) }
  await store?.put(name, JSON.stringify({ name, ...all }))
  return { ...stage, ...all }
}

async function fileSystemOf(
  { layers }: Stage,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'entries'>,
  isWindows: boolean,
): Promise<FileSystem | null> {
  const fileSystem = new FileSystem(layers.reduce((sum, { entries }) => sum + (entries ?? 0), 0))
  for (const digest of digests) {
    fileSystem.beginLayer()
    const isThere = await reader.entries(digest, (entry) => {
      if (isWindows && isHive(entry)) fileSystem.addApart(entry.fileBytes)
      else fileSystem.add(entry)
    })
    if (!isThere) return null
    fileSystem.endLayer()
    if (!fileSystem.clear) return null
    // So that signals are heard between two layers of many entries.
    await setImmediate()
  }
  return fileSystem
}

const hives = Buffer.from('Hives/')

/**
 * Windows stacks the registry of all layers: each holds what it changes under the same few names (`Hives/System_Delta`),
 * and none hides that of another.
 */
function isHive({ kind, path, pathLength }: ListedEntry): boolean {
  return kind === 'file' && pathLength > hives.length && path.subarray(0, hives.length).equals(hives)
}

/** All that savings follow from: layers, where the base image ends, and what the Dockerfile says. */
function nameOf(digests: readonly Digest[], { layers, instructions, totals }: Stage, isWindows: boolean): string {
  const from = [
    version,
    totals.baseLayers,
    digests,
    layers.map(({ origin, instruction, compressedSize }) => [origin, instruction, compressedSize]),
    instructions ?? [],
    ...(isWindows ? ['windows'] : []),
  ]
  return `${createHash('sha256').update(JSON.stringify(from)).digest('hex')}.json`
}
