/** What a run weighs with, opened once and closed at its end. */
import { join } from 'node:path'
import { connectionsTo, type BuilderConnections, type BuilderToDial } from '../builder/builder-connection.ts'
import { openDocuments, type Documents } from '../builder/documents.ts'
import { markOwnSolves, type OwnSolves } from '../builder/own-solves.ts'
import { isUnpackedStore } from '../docker/engine-store.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { createBlobFolder, type BlobFolder } from '../docker/stage-export.ts'
import { openDerivedStore } from '../layer/derived-store.ts'
import { openIndexStore } from '../layer/index-store.ts'
import { requireFreeSpace } from '../workspace.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { createLayerReader, type LayerReader, type LayerStores, type ReadingProgress } from './layer-reader.ts'

/** What is shared by all that is weighed in a run, so that no blob moves or is read twice. */
export interface WeighingTools extends LayerStores {
  /** Everything that is written lies in it; the caller removes it. */
  readonly folder: string
  readonly blobs: BlobFolder
  readonly reader: LayerReader
  readonly documents: Documents
  readonly solves: OwnSolves
  readonly connections: BuilderConnections
  /** Where the credentials of registries are; null where that is not known. */
  readonly dockerConfigFolder: string | null
  readonly onProgress: (progress: ReadingProgress) => void
  /** Gets the entries and packages of each layer that is read; null where nobody asks for them. */
  readonly lists: LayerLists | null
  /** Learnt on the way: the builder has no exporter for layouts, so that its engine's store has to serve. */
  readonly builder: { hasNoLayouts: boolean }
  /** Leaves the builder as it was found. */
  readonly close: () => Promise<void>
}

/**
 * @param shipped what the build said, which may save an export that would be refused
 * @throws FootprintError DISK_SPACE where the folder's disk is nearly full
 */
export async function openWeighing(
  folder: string,
  indexFolder: string,
  {
    builder,
    dockerConfigFolder,
    onProgress,
    lists,
    signal,
  }: Pick<WeighingTools, 'dockerConfigFolder' | 'onProgress' | 'lists'> & {
    readonly builder: BuilderToDial
    readonly signal: AbortSignal
  },
  shipped: Pick<BuildOutputs, 'digest' | 'configDigest'> | null = null,
): Promise<WeighingTools> {
  await requireFreeSpace(folder)
  const indexes = openIndexStore(indexFolder)
  const derived = openDerivedStore(indexFolder)
  const connections = connectionsTo(builder, folder, signal)
  const solves = await markOwnSolves(folder, builder, connections, signal)
  const blobs = await createBlobFolder(folder, await indexes.known())
  return {
    folder,
    blobs,
    reader: createLayerReader({ indexes, derived }, blobs, onProgress, lists),
    indexes,
    documents: openDocuments(join(indexFolder, 'documents'), connections),
    derived,
    connections,
    dockerConfigFolder,
    solves,
    onProgress,
    lists,
    builder: { hasNoLayouts: shipped !== null && isUnpackedStore(shipped) },
    async close() {
      await solves.forget()
      await connections.close()
    },
  }
}
