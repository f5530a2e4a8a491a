/** The tools that a run weighs with. They are opened once and closed at its end. */
import { dirname, join } from 'node:path'
import { connectionsTo, type BuilderConnections, type BuilderToDial } from '../builder/builder-connection.ts'
import { openDocuments, type Documents } from '../builder/documents.ts'
import { markOwnSolves, type OwnSolves } from '../builder/own-solves.ts'
import { openTextStore } from '../cache/text-store.ts'
import { begunStagesFolder, maxBuilds, openBegunStages, type BegunStages } from '../docker/begun-stages.ts'
import { isUnpackedStore } from '../docker/engine-store.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { newOtherBuilds, type OtherBuilds } from '../docker/other-builds.ts'
import { createBlobFolder, type BlobFolder } from '../docker/blob-folder.ts'
import { openDerivedStore } from '../layer/derived-store.ts'
import { openIndexStore } from '../layer/index-store.ts'
import { ownDestinations, type Destination } from '../plan/written-in-context.ts'
import { requireFreeSpace } from '../workspace.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import { createLayerReader, type LayerReader, type LayerStores, type ReadingProgress } from './layer-reader.ts'

/** Shared by everything that is weighed in a run, so that no blob is transferred or read twice. */
export interface WeighingTools extends LayerStores {
  /** The folder that everything is written to. The caller removes it. */
  readonly folder: string
  /** Where our own files go. */
  readonly ownDestinations: readonly Destination[]
  readonly blobs: BlobFolder
  readonly reader: LayerReader
  readonly documents: Documents
  readonly solves: OwnSolves
  readonly connections: BuilderConnections
  readonly otherBuilds: OtherBuilds
  /** The digests of the steps in the graphs of all our calls. */
  readonly ownSteps: Set<string>
  /** Folder with the credentials for registries. Null if it is not known. */
  readonly dockerConfigFolder: string | null
  readonly onProgress: (progress: ReadingProgress) => void
  /** Receives the entries and packages of each layer that is read. Null if they are not needed. */
  readonly lists: LayerLists | null
  /** Determined during the run: whether the builder cannot export layouts, so that its engine's store is used. */
  readonly builder: { hasNoLayouts: boolean }
  /**
   * Returns the stages that weighing the user's build began. Targets of a bake share them if their steps are the same.
   *
   * @param steps everything that defines the steps, and the builder, except the platform
   * @param options whether they are kept between runs
   */
  readonly begunStages: (steps: readonly (string | null)[], options: { readonly keep: boolean }) => Promise<BegunStages>
  /** Closes everything and leaves the builder as it was found. */
  readonly close: () => Promise<void>
}

/**
 * Opens the tools.
 *
 * @param shipped what the build reported, which may avoid an export that would be rejected
 * @throws FootprintError DISK_SPACE if the folder's disk is nearly full
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
    ownDestinations: ownDestinations(folder, dirname(indexFolder) === folder ? null : indexFolder),
    blobs,
    reader: createLayerReader({ indexes, derived }, blobs, onProgress, lists),
    indexes,
    documents: openDocuments(join(indexFolder, 'documents'), connections),
    derived,
    connections,
    otherBuilds: newOtherBuilds(),
    ownSteps: new Set(),
    dockerConfigFolder,
    solves,
    onProgress,
    lists,
    begunStages: begunStagesIn(join(indexFolder, begunStagesFolder)),
    builder: { hasNoLayouts: shipped !== null && isUnpackedStore(shipped) },
    async close() {
      await solves.forget()
      await connections.close()
    },
  }
}

function begunStagesIn(folder: string): WeighingTools['begunStages'] {
  const store = openTextStore(folder, maxBuilds)
  const opened = new Map<string, Promise<BegunStages>>()
  return (steps, { keep }) => {
    const key = JSON.stringify(steps)
    const begun = opened.get(key) ?? openBegunStages(keep ? store : null, steps)
    opened.set(key, begun)
    return begun
  }
}
