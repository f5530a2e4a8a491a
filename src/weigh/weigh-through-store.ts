/**
 * Weighs stages on a builder that cannot export image layouts: the docker driver with the overlay2 store. Each stage
 * becomes an image of its engine, which is read there and then removed in every case.
 */
import type { ShippedCheck } from '../builder/shipped-image.ts'
import { newWeighingLabel, removeStored, storeStage, weighingLabel, type StoredStage } from '../docker/engine-store.ts'
import type { WeighingContext } from '../docker/stage-export.ts'
import type { Digest } from '../oci/digest.ts'
import type { WeighingCall } from '../plan/weighing-calls.ts'
import type { Absence } from '../record/absence.ts'
import { exportEach } from './export-each.ts'
import { weighStoredStages } from './stored-stages.ts'
import { identityOf, type WeighedImage } from './weighed-image.ts'
import type { WeighedStages } from './weighed-stages.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** The stages of one platform, and how they become images of the engine. */
export interface StagesOfPlatform {
  readonly calls: readonly WeighingCall[]
  /** Stages that are already weighed, by position. Their calls are not made. */
  readonly known: ReadonlyMap<number, WeighedImage>
  /** Limits the number of concurrent calls to that of the run. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  /** Null if nothing was shipped. */
  readonly shipped: ShippedCheck | null
  readonly context: WeighingContext
}

const unpackedNote =
  "This engine's image store (overlay2) holds layers uncompressed, so bytes to pull are not known; turn on the containerd image store or use docker/setup-buildx-action to have them."

const leftNote = `Images that weighing made may be left in the engine: docker image prune --filter label=${weighingLabel} removes them.`

/** Weighs the stages of a platform through the engine's store. */
export async function weighThroughStore(
  { calls, known, inTurn, shipped, context }: StagesOfPlatform,
  { indexes, derived, onProgress, lists }: Pick<WeighingTools, 'indexes' | 'derived' | 'onProgress' | 'lists'>,
): Promise<WeighedStages> {
  const label = newWeighingLabel()
  const notBuilt = new Map<number, Absence>()
  const refusals: string[] = []
  let made: readonly Digest[] | null = null
  const weigh = async (): Promise<ReadonlyMap<number, WeighedImage>> => {
    const stored = new Map<number, StoredStage>()
    const rest = calls.filter(({ stageIndex }) => !known.has(stageIndex))
    const exported = await exportEach(
      context.signal,
      rest,
      (call, signal) =>
        inTurn(async () => void stored.set(call.stageIndex, await storeStage(call, label, { ...context, signal }))),
      ({ isFinal }) => !isFinal && !context.mayRunSteps,
    )
    for (const [{ stageIndex }, absence] of exported.notExported) notBuilt.set(stageIndex, absence)
    refusals.push(...exported.notes)
    if (notBuilt.size === 0) made = [...stored.values()].map(({ imageId }) => imageId)
    return weighStoredStages(stored, {
      indexes,
      derived,
      folder: context.workspace,
      signal: context.signal,
      onProgress,
      lists,
    })
  }
  const weighed = await weigh().catch(async (error: unknown) => {
    await removeStored(label, made)
    throw error
  })
  const images = new Map([...known, ...weighed])
  const final = images.get(calls.find((call) => call.isFinal)?.stageIndex ?? -1)
  // Even if this check fails, the images are removed before its error is thrown.
  const removing = removeStored(label, made)
  const matches = final && shipped ? shipped.matches(identityOf(final)) : null
  matches?.catch(() => undefined)
  const left = await removing
  const matchesShipped = await matches
  return {
    images,
    notBuilt,
    // A builder stage comes from a call of its own, which may find another result than the build did.
    unconfirmed: context.mayRunSteps
      ? new Map()
      : new Map(calls.flatMap((call) => (call.isFinal || known.has(call.stageIndex) ? [] : [[call.stageIndex, {}]]))),
    matchesShipped,
    notes: [unpackedNote, ...(left?.length === 0 ? [] : [leftNote]), ...refusals],
  }
}
