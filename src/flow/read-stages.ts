/**
 * The stages of one revision on a builder that exports layouts: read from what the build itself says of them, then from one
 * export of the builder's cache, and exported one by one only where neither tells. Nothing that the build did not run is run.
 */
import { exportCache, hasBlobs } from '../build/cache-export.ts'
import type { BuildStep } from '../build/provenance.ts'
import type { ShippedCheck } from '../build/shipped.ts'
import { exportStage, NoLayoutExporter, NotBuilt, type WeighingContext } from '../build/weighing.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import { readLayoutImage } from '../inspect/layout.ts'
import { chainOf, isInGraph, resultOfStage, type StageResult } from '../inspect/stage-results.ts'
import { identityOf, type WeighedImage } from '../inspect/weigh-stage.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { Platform } from '../oci/platform.ts'
import type { CacheCall } from '../plan/reach.ts'
import { stageLabel, type PlannedStage } from '../plan/stage.ts'
import type { WeighingCall } from '../plan/weighing.ts'
import { together } from './together.ts'
import type { WeighingTools } from './weigh.ts'
import type { WeighedStages } from './weigh-through-store.ts'

/** What the user's own call said of what it built. */
export interface UserResult {
  /** Its graph for the platform; null where it gave none. */
  readonly steps: readonly BuildStep[] | null
  /** Null where it shipped nothing. */
  readonly shipped: ShippedCheck | null
}

export interface StagesToRead {
  /** All stages of the Dockerfile, by position. */
  readonly stages: readonly PlannedStage[]
  readonly callOf: (stage: PlannedStage) => WeighingCall
  /** Null where stages are exported one by one: targets of a bake that build on others, and other compressions. */
  readonly cache: CacheCall | null
  /** Null where nobody has built it yet: then exporting its final stage does. */
  readonly user: UserResult | null
  /** What it is built for. */
  readonly platform: Platform
  /** Whether steps are run for stages that the user's build did not run. */
  readonly buildUncached: boolean
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  readonly context: Omit<WeighingContext, 'mayRunSteps'>
}

/** A stage in the builder's store. */
interface Held {
  readonly result: StageResult
  readonly layers: readonly Descriptor[]
  readonly steps: readonly BuildStep[]
  readonly oneOfSeveral: boolean
}

/** @throws NoLayoutExporter where the builder has no exporter for layouts; FootprintError; Cancelled */
export async function readStages(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages> {
  const { user, callOf, context } = request
  const images = new Map<number, WeighedImage>()
  const final = request.stages.find((stage) => stage.final)
  if (!final) throw new RangeError('no final stage')
  const exportOf = async (stage: PlannedStage, mayRunSteps: boolean, signal = context.signal): Promise<WeighedImage> =>
    request.inTurn(() => weighExport(callOf(stage), { ...context, signal, mayRunSteps }, tools))
  if (!user) images.set(final.index, await exportOf(final, true))
  const graph = user ? user.steps : (images.get(final.index)?.steps ?? null)
  // The graph of a target that builds on others holds their steps as well, perhaps of the same Dockerfile.
  const isBuilt = (stage: PlannedStage): boolean => graph !== null && request.cache !== null && isInGraph(stage, request.stages, graph)
  const needed = request.stages.filter((stage) => stage.needed || isBuilt(stage))
  const pending = needed.filter(({ index }) => !images.has(index))

  const { held, exported } = await holdStages(pending, graph, request, tools)
  await together(context.signal, [...held], async ([index, stage]) => images.set(index, await readHeld(stage, request.platform, tools)))
  const matchesShipped = user ? await checkFinal(final, user, images, exportOf) : null

  const rest = pending.filter(({ index }) => !images.has(index))
  const notBuilt: PlannedStage[] = []
  await together(context.signal, rest, async (stage, signal) => {
    // The cache has all that the builder holds, save images that it only knows by name.
    const mayBeThere = exported === null || !isStep(resultOfStage(stage, request.stages, exported), exported)
    if (!request.buildUncached && (!mayBeThere || (stage.final && user?.shipped))) return void notBuilt.push(stage)
    const mayRunSteps = request.buildUncached
    await exportOf(stage, mayRunSteps, signal).then(
      (image) => images.set(stage.index, image),
      (error: unknown) => {
        if (!(error instanceof NotBuilt)) throw error
        notBuilt.push(stage)
      },
    )
  })
  const several = needed.filter(({ index }) => held.get(index)?.oneOfSeveral).map(stageLabel)
  return {
    images,
    notBuilt: notBuilt.map(({ index }) => index),
    matchesShipped,
    notes: several.map((name) => `The builder's caches hold several results of stage ${name}; one of them was weighed.`),
  }
}

const isStep = (result: StageResult | null, steps: readonly BuildStep[]): boolean => result?.kind === 'step' && steps[result.position]?.kind !== 'source'

interface Holding {
  readonly held: ReadonlyMap<number, Held>
  /** The graph that came with the cache; null where the builder exported none, or was not asked. */
  readonly exported: readonly BuildStep[] | null
}

/** By what the build said where all layers are known, so that nothing is asked; else from one export of the cache. */
async function holdStages(pending: readonly PlannedStage[], graph: readonly BuildStep[] | null, request: StagesToRead, tools: WeighingTools): Promise<Holding> {
  const held = new Map<number, Held>()
  const hold = async (steps: readonly BuildStep[] | null, isThere: (layers: readonly Descriptor[]) => Promise<boolean>): Promise<void> => {
    for (const stage of steps === null ? [] : pending) {
      const found = held.has(stage.index) || steps === null ? null : heldIn(steps, stage, request.stages)
      if (found && (await isThere(found.layers))) held.set(stage.index, found)
    }
  }
  if (request.cache === null) return { held, exported: null }
  await hold(graph, async (layers) => (await Promise.all(layers.map(({ digest }) => tools.indexes.get(digest)))).every((index) => index !== null))
  if (held.size === pending.length) return { held, exported: null }
  const exported = await request.inTurn(() => exportIfPossible(request, tools))
  const inFolder = (layers: readonly Descriptor[]): Promise<boolean> => hasBlobs(tools.blobs, layers.map(({ digest }) => digest))
  if (exported !== null) await hold(graph, inFolder)
  await hold(exported, inFolder)
  return { held, exported }
}

function heldIn(steps: readonly BuildStep[], stage: PlannedStage, stages: readonly PlannedStage[]): Held | null {
  const result = resultOfStage(stage, stages, steps)
  if (result === null) return null
  if (result.kind === 'empty') return { result, layers: [], steps, oneOfSeveral: false }
  const chain = chainOf(steps, result.position)
  // Where layers lie unpacked there are no blobs.
  return chain === null || chain.layers.some(({ size }) => size < 0) ? null : { result, ...chain, steps }
}

/** Null where the builder exports no cache: then its stages are exported one by one. */
async function exportIfPossible({ cache, context }: StagesToRead, tools: WeighingTools): Promise<readonly BuildStep[] | null> {
  if (cache === null) return null
  try {
    return await exportCache(cache, tools.blobs, { ...context, mayRunSteps: false })
  } catch (error) {
    const lasting = error instanceof FootprintError && ['DISK_SPACE', 'ENGINE_UNREACHABLE'].includes(error.code)
    if (error instanceof Cancelled || context.signal.aborted || lasting || error instanceof NoLayoutExporter) throw error
    return null
  }
}

async function readHeld({ layers, result, steps }: Held, platform: Platform, { reader }: WeighingTools): Promise<WeighedImage> {
  const indexes = await Promise.all(layers.map((layer) => reader.index(layer)))
  const root = result.kind === 'step' ? rootOf(steps, result.position) : null
  return {
    image: {
      manifest: { layers: [...layers] },
      config: { ...(root?.platform ?? platform), rootfs: { diff_ids: indexes.map(({ diffId }) => diffId) } },
      configDigest: null,
      manifestDigest: null,
    },
    steps: result.kind === 'step' ? steps : null,
    ...(result.kind === 'step' ? { result: result.position } : {}),
    indexes,
  }
}

/** The image at the bottom of a result: its platform is that of what is FROM it. */
function rootOf(steps: readonly BuildStep[], position: number): BuildStep | null {
  for (let step = steps[position]; step !== undefined; step = steps[step.on[0] ?? -1]) if (step.kind === 'source') return step
  return null
}

/**
 * What shipped counts: where its layers are not those of the cache (rewritten time stamps, another compression), or cannot
 * be had, the final stage is exported as the user's build exported it.
 *
 * @returns whether the weighed image is the shipped one; null where nothing was shipped, or that cannot be told
 */
async function checkFinal(
  final: PlannedStage,
  { shipped }: UserResult,
  images: Map<number, WeighedImage>,
  exportOf: (stage: PlannedStage, mayRunSteps: boolean) => Promise<WeighedImage>,
): Promise<boolean | null> {
  const read = images.get(final.index)
  if (shipped === null) return null
  const verdict = read ? await shipped.matches(identityOf(read)) : null
  if (verdict === true) return true
  try {
    const exported = await exportOf(final, false)
    images.set(final.index, exported)
    return await shipped.matches(identityOf(exported))
  } catch (error) {
    if (!(error instanceof NotBuilt)) throw error
    return verdict
  }
}

async function weighExport(call: WeighingCall, context: WeighingContext, { blobs, reader }: WeighingTools): Promise<WeighedImage> {
  const { layout, steps } = await exportStage(call, blobs, context)
  const image = await readLayoutImage(layout)
  const indexes = await Promise.all(image.manifest.layers.map((layer) => reader.index(layer)))
  indexes.forEach((index, position) => {
    const expected = image.config.rootfs.diff_ids[position]
    if (index.diffId !== expected)
      throw new FootprintError(
        'LAYER',
        `layer ${index.digest} is damaged: its tar has digest ${index.diffId}, the image config names ${expected ?? 'none'}`,
      )
  })
  return { image, steps, indexes }
}
