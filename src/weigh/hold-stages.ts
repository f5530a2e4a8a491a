/**
 * Finds the layers of stages: known from earlier runs, in the builder's own store, or in an export of its cache. Each
 * source is asked only for what the previous ones do not have. None of them runs a step.
 */
import { hasMadeNothing } from '../builder/builder-cache.ts'
import { contentStoreOf } from '../builder/content-store.ts'
import type { ShippedCheck } from '../builder/shipped-image.ts'
import { exportCache } from '../docker/cache-export.ts'
import { NoLayoutExporter, type WeighingContext } from '../docker/stage-export.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import { layersAboveBase } from '../graph/attribution.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { chainOf, chainsOf, resultOfStage, type StageResult } from '../graph/stage-results.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { formatPlatform, type Platform } from '../oci/platform.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import { openPushedImage } from './pushed-layers.ts'
import type { WeighedImage } from './weigh-stage.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** What is needed to find the layers of stages. */
export interface StagesToHold {
  /** All stages of the Dockerfile, by position. */
  readonly stages: readonly PlannedStage[]
  readonly cache: CacheCall
  /** Null if nothing was shipped. */
  readonly shipped: ShippedCheck | null
  readonly platform: Platform
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  readonly context: Omit<WeighingContext, 'mayRunSteps'>
}

/** A stage whose layers can be read. */
export interface Held {
  readonly result: StageResult
  readonly layers: readonly Descriptor[]
  readonly steps: readonly BuildStep[]
  /** Whether the builder's caches hold several results of the same step, of which this is one. */
  readonly oneOfSeveral: boolean
  /** Whether its layers are those of the shipped manifest. */
  readonly asShipped: boolean
}

/** The stages whose layers can be read. */
export interface Holding {
  readonly held: ReadonlyMap<number, Held>
  /**
   * Layers that are read from the builder's own store. Each promise settles when the layer is known or the builder
   * failed.
   */
  readonly lent: ReadonlyMap<Digest, Promise<unknown>>
  /**
   * The build graph with the layers of everything that the builder holds. Null if this is not known or was not needed.
   */
  readonly exported: readonly BuildStep[] | null
}

/**
 * Returns the pending stages whose layers can be read.
 *
 * @param graph the build graph, or null if the build did not report one
 * @param ask whether to ask the builder's own store
 */
export async function holdStages(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[] | null,
  request: StagesToHold,
  tools: WeighingTools,
  ask: boolean,
): Promise<Holding> {
  const held = new Map<number, Held>()
  const hold = async (
    steps: readonly BuildStep[] | null,
    isThere: (digest: Digest) => Promise<boolean>,
    as: StagesToHold = request,
  ): Promise<boolean> => {
    for (const stage of steps === null ? [] : pending) {
      for (const found of held.has(stage.index) || steps === null ? [] : await heldIn(steps, stage, as))
        if (
          !held.has(stage.index) &&
          (await Promise.all(found.layers.map(({ digest }) => isThere(digest)))).every(Boolean)
        )
          held.set(stage.index, found)
    }
    return held.size === pending.length
  }
  const isKnown = async (digest: Digest): Promise<boolean> => (await tools.indexes.get(digest)) !== null
  const lent = new Map<Digest, Promise<unknown>>()
  if (await hold(graph, isKnown)) return { held, lent, exported: null }

  const lacking = graph === null ? [] : await borrow(pending, graph, request, tools, ask ? lent : null)
  if (await hold(graph, tools.blobs.has)) return { held, lent, exported: null }
  if (graph !== null && ask && (await holdsNoMore(pending, held, graph, request, tools)))
    return { held, lent, exported: graph }
  const exported = await request.inTurn(() => exportIfPossible(request, lacking, tools))
  if (exported !== null) await hold(graph, tools.blobs.has)
  await hold(exported, tools.blobs.has)
  // With two caches, the export may contain the result of the other one. Only a registry then has what was shipped.
  for (const steps of ask ? [graph, exported] : []) {
    await borrowPushed(
      pending.filter((stage) => stage.final && !held.has(stage.index)),
      steps,
      request,
      tools,
      lent,
    )
    await hold(steps, tools.blobs.has)
  }
  // Another result of the same step is better than none, and it is reported as such.
  await hold(exported, tools.blobs.has, { ...request, shipped: null })
  return { held, lent, exported }
}

/**
 * Returns the possible results of a stage, the most likely first. If it is known, the layers of a final stage are those
 * that were shipped, because an export may have other digests than the cache.
 */
async function heldIn(
  steps: readonly BuildStep[],
  stage: PlannedStage,
  { stages, shipped, platform }: StagesToHold,
): Promise<readonly Held[]> {
  const result = resultOfStage(stage, stages, steps)
  if (result === null) return []
  if (result.kind === 'empty') return [{ result, layers: [], steps, oneOfSeveral: false, asShipped: false }]
  const chains = chainsOf(steps, result.position)
  const [chain = null] = chains
  const layers = stage.final && shipped ? await shipped.layers(platform) : null
  if (layers !== null && (chain === null || chain.layers.length === layers.length))
    return [{ result, layers, steps, oneOfSeveral: false, asShipped: true }]
  // If the builder stores layers unpacked, there are no blobs.
  return chains
    .filter((one) => one.layers.every(({ size }) => size >= 0))
    .map((one) => ({ result, ...one, steps, asShipped: false }))
}

/**
 * Returns whether the builder does not hold the other stages: they have steps but no layers, and the builder has run no
 * step. What it imported has layers. The builder is only asked if this is likely. If a step ran, the final stage
 * usually has no layers or new ones.
 */
async function holdsNoMore(
  pending: readonly PlannedStage[],
  held: ReadonlyMap<number, Held>,
  graph: readonly BuildStep[],
  { stages, platform }: StagesToHold,
  { connections }: WeighingTools,
): Promise<boolean> {
  const isAbsent = (stage: PlannedStage): boolean => {
    const result = resultOfStage(stage, stages, graph)
    if (result?.kind !== 'step' || graph[result.position]?.kind === 'source') return false
    return chainOf(graph, result.position) === null
  }
  const others = pending.filter(({ index }) => !held.has(index))
  if (others.some(({ final }) => final) || !others.every(isAbsent)) return false
  const session = await connections.to(formatPlatform(platform))
  return session !== null && (await hasMadeNothing(session))
}

/**
 * Arranges that blobs that the builder itself holds are read from its store from now on. Blobs in the builder's
 * registries come with the cache.
 *
 * @param lent receives these layers; null if the builder is not asked
 * @returns the known layers that are needed and that are not in the store
 */
async function borrow(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[],
  request: StagesToHold,
  { indexes, blobs, reader, connections }: WeighingTools,
  lent: Map<Digest, Promise<unknown>> | null,
): Promise<readonly Descriptor[]> {
  const all = (await Promise.all(pending.map((stage) => heldIn(graph, stage, request)))).map(([found], nth) => {
    if (found === undefined) return layersBelow(graph, pending[nth], request, reader)
    reader.wantTimeless(aboveBase(found))
    return found.layers
  })
  const unknown = new Map<Digest, Descriptor>()
  for (const layer of all.flat()) if ((await indexes.get(layer.digest)) === null) unknown.set(layer.digest, layer)
  const session = lent === null || unknown.size === 0 ? null : await connections.to(formatPlatform(request.platform))
  if (lent === null || session === null) return [...unknown.values()]
  const store = contentStoreOf(session)
  await Promise.all(
    [...unknown.values()].map(async (layer) => {
      if ((await store.sizeOf(layer.digest)) !== layer.size) return
      unknown.delete(layer.digest)
      await blobs.lend(layer.digest, () => store.open(layer.digest))
      lent.set(layer.digest, readAhead(layer, reader))
    }),
  )
  return [...unknown.values()]
}

/**
 * Arranges that the shipped layers are read from the registry that they were pushed to.
 *
 * @param lent receives these layers
 */
async function borrowPushed(
  finals: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  request: StagesToHold,
  tools: WeighingTools,
  lent: Map<Digest, Promise<unknown>>,
): Promise<void> {
  const [final] = finals
  const [found] = final === undefined || steps === null ? [] : await heldIn(steps, final, request)
  const { name, digest } = request.shipped?.image ?? { name: null, digest: '' }
  if (found?.asShipped !== true || name === null) return
  const open = await openPushedImage(name, digest, tools.dockerConfigFolder, request.context.signal)
  if (open === null) return
  for (const layer of found.layers) {
    if (await tools.blobs.has(layer.digest)) continue
    await tools.blobs.lend(layer.digest, () => open(layer))
    lent.set(layer.digest, readAhead(layer, tools.reader))
  }
}

/** Returns the known layers below a stage whose own layers do not exist yet, such as those of its base. */
function layersBelow(
  graph: readonly BuildStep[],
  stage: PlannedStage | undefined,
  { stages }: StagesToHold,
  reader: WeighingTools['reader'],
): readonly Descriptor[] {
  const result = stage === undefined ? null : resultOfStage(stage, stages, graph)
  for (let at = result?.kind === 'step' ? result.position : undefined; at !== undefined; at = graph[at]?.on[0]) {
    const chain = chainOf(graph, at)
    if (chain === null) continue
    if (chain.layers.some(({ size }) => size < 0)) return []
    reader.wantTimeless(layersAboveBase(chain.layers, graph, at).map(({ digest }) => digest))
    return chain.layers
  }
  return []
}

/** Reads a layer while the rest is fetched. Errors are reported to whoever requests the layer. */
async function readAhead(layer: Descriptor, reader: WeighingTools['reader']): Promise<void> {
  await reader.index(layer).catch(() => undefined)
}

/** Interval for checking what an export has written, in milliseconds. */
const lookEvery = 100

/** Reads these layers as soon as an export writes them. Returns a function that stops this. */
function readAsTheyCome(layers: readonly Descriptor[], { blobs, reader }: WeighingTools): () => void {
  const awaited = new Map(layers.map((layer) => [layer.digest, layer]))
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    for (const [digest, layer] of awaited) {
      if (!(await blobs.holdsWhole(layer))) continue
      awaited.delete(digest)
      void readAhead(layer, reader)
    }
    looking = false
  }
  const timer = setInterval(() => void look(), lookEvery)
  return () => clearInterval(timer)
}

/**
 * Exports the builder's cache. Returns null if the builder cannot do that; its stages are then exported one by one.
 *
 * @param lacking layers that the export is known to contain
 */
async function exportIfPossible(
  { cache, context }: StagesToHold,
  lacking: readonly Descriptor[],
  tools: WeighingTools,
): Promise<readonly BuildStep[] | null> {
  const stop = readAsTheyCome(lacking, tools)
  try {
    return await exportCache(cache, tools.blobs, { ...context, mayRunSteps: false })
  } catch (error) {
    const lasting = error instanceof FootprintError && ['DISK_SPACE', 'ENGINE_UNREACHABLE'].includes(error.code)
    if (error instanceof Cancelled || context.signal.aborted || lasting || error instanceof NoLayoutExporter)
      throw error
    return null
  } finally {
    stop()
  }
}

/** Returns a stage from its layers and steps alone, without an image. */
export async function readHeld(
  { layers, result, steps }: Held,
  platform: Platform,
  { reader }: WeighingTools,
): Promise<WeighedImage> {
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

/** Returns the digests of the layers above the stage's base, as far as known. */
export const aboveBase = ({ layers, result, steps }: Held): readonly Digest[] =>
  result.kind === 'step' ? layersAboveBase(layers, steps, result.position).map(({ digest }) => digest) : []

/** Returns the source step of the image at the bottom of a result, which gives the stage its platform. */
function rootOf(steps: readonly BuildStep[], position: number): BuildStep | null {
  for (let step = steps[position]; step !== undefined; step = steps[step.on[0] ?? -1])
    if (step.kind === 'source') return step
  return null
}
