/**
 * Reads the stages of one revision on a builder that exports image layouts. Layers are read from where the build itself
 * says they are. Stages are exported one by one only if that is not known. After the user's build, a call that starts a
 * step is stopped, unless `buildUncached` asks for such steps.
 */
import { CallFailed } from '../builder/grpc.ts'
import type { ShippedCheck } from '../builder/shipped-image.ts'
import { exportStage, type WeighingContext } from '../docker/stage-export.ts'
import { CallStopped } from '../docker/watch-call.ts'
import { stagesWithDownloads } from '../dockerfile/downloads.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { FootprintError } from '../errors.ts'
import { layersAboveBase } from '../graph/attribution.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { chainOf, isInGraph, resultOfStage } from '../graph/stage-results.ts'
import type { Platform } from '../oci/platform.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import type { WeighingCall } from '../plan/weighing-calls.ts'
import type { Written } from '../plan/written-in-context.ts'
import type { Absence } from '../record/absence.ts'
import { exportEach } from './export-each.ts'
import { findStageLayers } from './find-stage-layers.ts'
import { unconfirmedStages } from './other-results.ts'
import { aboveBase, readStageLayers, type StageLayers } from './stage-layers.ts'
import { readLayoutImage } from './stage-layout.ts'
import { runConcurrently } from '../concurrency.ts'
import { identityOf, type WeighedImage } from './weighed-image.ts'
import type { WeighedStages } from './weighed-stages.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** What the user's own call reported about its result. */
export interface UserResult {
  /** The build graph for the platform. Null if there is none. */
  readonly steps: readonly BuildStep[] | null
  /** Null if nothing was shipped. */
  readonly shipped: ShippedCheck | null
}

/** The stages of a revision for one platform, and how they can be exported. */
export interface StagesToRead {
  /** All stages of the Dockerfile, by position. */
  readonly stages: readonly PlannedStage[]
  readonly callOf: (stage: PlannedStage) => WeighingCall
  /**
   * Null if stages are exported one by one: in another compression, or if a target of a bake builds on another one with
   * the same Dockerfile.
   */
  readonly cache: CacheCall | null
  /** Null if the revision was not built yet. Exporting the final stage then builds it. */
  readonly user: UserResult | null
  /** The platform that it is built for. */
  readonly platform: Platform
  /** What the run writes into a context that a stage reads, by the stage's position. */
  readonly written: ReadonlyMap<number, readonly Written[]>
  /** How many caches the build imports. */
  readonly caches: number
  /** Whether to run the steps of stages that the user's build did not run. */
  readonly buildUncached: boolean
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  readonly context: Omit<WeighingContext, 'mayRunSteps'>
}

/**
 * Returns the stages of a revision.
 *
 * @throws NoLayoutExporter if the builder cannot export image layouts; FootprintError; Cancelled
 */
export async function readStages(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages> {
  const { user, callOf, context } = request
  const images = new Map<number, WeighedImage>()
  const final = request.stages.find((stage) => stage.final)
  if (!final) throw new RangeError('no final stage')
  const exportOf = async (stage: PlannedStage, mayRunSteps: boolean, signal = context.signal): Promise<WeighedImage> =>
    request.inTurn(() => weighExport(callOf(stage), { ...context, signal, mayRunSteps }, tools))
  if (!user) images.set(final.index, await exportOf(final, true))
  const graph = user ? user.steps : (images.get(final.index)?.steps ?? null)
  const needed = neededStages(request, graph)
  const pending = needed.filter(({ index }) => !images.has(index))

  const { found, cacheGraph } = await readFoundStages(pending, graph, request, images, tools)
  const isShipped = found.get(final.index)?.asShipped === true
  const matchesShipped = isShipped || (user ? await checkFinal(final, user, images, exportOf) : null)

  const rest = pending.filter(({ index }) => !images.has(index))
  const mustExport = (stage: PlannedStage): boolean => {
    // Without the final stage there is no report. If it was shipped, it was already exported above.
    if (stage.final) return request.buildUncached || !user?.shipped
    if (!mayAskFor(stage, request)) return false
    if (request.buildUncached || cacheGraph === null) return true
    // The cache contains everything that the builder holds, except images that it only knows by name.
    return !isMadeByStep(stage, request.stages, cacheGraph) || hasChain(stage, request.stages, cacheGraph)
  }
  const mayRunSteps = (stage: PlannedStage): boolean => request.buildUncached && mayAskFor(stage, request)
  const { notExported, notes } = await exportEach(
    context.signal,
    rest.filter(mustExport),
    async (stage, signal) => void images.set(stage.index, await exportOf(stage, mayRunSteps(stage), signal)),
    (stage) => !stage.final && !request.buildUncached,
  )
  // The builder asks for a download again. Another answer makes the later steps new, whatever a cache holds.
  const downloading = request.cache !== null && cacheGraph === null ? stagesWithDownloads(request.stages) : null
  const absenceOf = (stage: PlannedStage): Absence => {
    const absence = notExported.get(stage) ?? 'absent'
    if (absence !== 'absent') return absence
    // A call that exports the cache runs a step only if a context or a download changed, or a cache was lost.
    if (request.cache !== null && cacheGraph !== null) return reasonFor(stage, { ...request, written: new Map() })
    return mayAskFor(stage, request) && downloading?.has(stage.index) ? 'unread' : reasonFor(stage, request)
  }
  return {
    images,
    notBuilt: new Map(
      rest.filter(({ index }) => !images.has(index)).map((stage): [number, Absence] => [stage.index, absenceOf(stage)]),
    ),
    unconfirmed: unconfirmedStages(
      pending.filter(({ index }) => images.has(index)),
      { found, graph, cacheGraph },
      request,
      tools,
    ),
    matchesShipped,
    notes,
  }
}

/**
 * Returns the stages that the target needs, and those that the build made for another reason: an ONBUILD of a base image
 * takes from them.
 *
 * @param graph the build graph, or null if there is none
 */
export function neededStages(
  { stages, cache }: Pick<StagesToRead, 'stages' | 'cache'>,
  graph: readonly BuildStep[] | null,
): readonly PlannedStage[] {
  // The graph of a target that builds on others also has their steps, which may be on the same lines.
  const isBuilt = (stage: PlannedStage): boolean => graph !== null && cache !== null && isInGraph(stage, stages, graph)
  return stages.filter((stage) => stage.needed || isBuilt(stage))
}

/**
 * Returns whether a call may ask the builder for a stage. What the run has written into a context that the stage reads
 * would make the builder start its steps again. A short step may end before the call is stopped, and the result would
 * contain what was written.
 */
export function mayAskFor(
  { index }: Pick<PlannedStage, 'index'>,
  { user, written }: Pick<StagesToRead, 'user' | 'written'>,
): boolean {
  return user === null || !written.has(index)
}

/** Returns why the builder did not return a stage, as far as the run itself knows. */
export function reasonFor(
  { index }: Pick<PlannedStage, 'index'>,
  { written, caches }: Pick<StagesToRead, 'written' | 'caches'>,
): Absence {
  if (written.has(index)) return 'changed'
  return caches > 1 ? 'caches' : 'absent'
}

interface Read {
  readonly found: ReadonlyMap<number, StageLayers>
  /** See `FoundLayers`. */
  readonly cacheGraph: readonly BuildStep[] | null
}

/** Reads every stage that needs no export of its own. */
async function readFoundStages(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[] | null,
  { cache, user, ...request }: StagesToRead,
  images: Map<number, WeighedImage>,
  tools: WeighingTools,
): Promise<Read> {
  if (cache === null) return { found: new Map(), cacheGraph: null }
  const mayExport = request.stages.every((stage) => !stage.final || mayAskFor(stage, { ...request, user }))
  const read = async (ask: boolean): Promise<Read> => {
    const { found, streamed, cacheGraph } = await findStageLayers(
      pending,
      graph,
      { ...request, cache, mayExport, shipped: user?.shipped ?? null },
      tools,
      ask,
    )
    // Several stages may share a layer, and the first one that reads it does so for all of them.
    for (const stage of found.values()) tools.reader.wantTimeless(aboveBase(stage))
    try {
      await runConcurrently(request.context.signal, [...found], async ([index, stage]) =>
        images.set(
          index,
          await readStageLayers(
            stage,
            request.platform,
            tools,
            pending.find((one) => one.index === index),
          ),
        ),
      )
      return { found, cacheGraph }
    } catch (error) {
      if (!(error instanceof CallFailed) || !ask || request.context.signal.aborted) throw error
    }
    // The builder no longer provides what it said it has, so an export is read instead.
    await Promise.all(streamed.values())
    for (const digest of streamed.keys())
      if ((await tools.indexes.get(digest)) === null) await tools.blobs.endRedirect(digest)
    return read(false)
  }
  return read(true)
}

/**
 * Returns whether the builder holds a result of the stage. If it has several results, the cache export may have brought
 * another one, and exporting the stage alone can still find this one.
 */
function hasChain(stage: PlannedStage, stages: readonly PlannedStage[], steps: readonly BuildStep[]): boolean {
  const result = resultOfStage(stage, stages, steps)
  return result?.kind === 'step' && chainOf(steps, result.position) !== null
}

/** Returns whether a step of the stage, or of one that it builds on, makes its result, and no image is its result. */
function isMadeByStep(stage: PlannedStage, stages: readonly PlannedStage[], steps: readonly BuildStep[]): boolean {
  const result = resultOfStage(stage, stages, steps)
  return result?.kind === 'step' && steps[result.position]?.kind !== 'source'
}

/**
 * Checks the final stage against what was shipped, which takes precedence. If the shipped manifest or its layers are
 * not available, the final stage is exported as the user's build exported it.
 *
 * @returns whether the weighed image is the shipped one; null if nothing was shipped or this cannot be determined
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
    const image = await exportOf(final, false)
    images.set(final.index, image)
    return await shipped.matches(identityOf(image))
  } catch (error) {
    if (!(error instanceof CallStopped)) throw error
    return verdict
  }
}

async function weighExport(
  call: WeighingCall,
  context: WeighingContext,
  { blobs, reader }: WeighingTools,
): Promise<WeighedImage> {
  const { layout, steps } = await exportStage(call, blobs, context)
  const image = await readLayoutImage(layout)
  reader.wantTimeless(layersAboveBase(image.manifest.layers, steps).map(({ digest }) => digest))
  const indexes = await Promise.all(
    image.manifest.layers.map((layer) => reader.index(layer, { stageName: call.stageName })),
  )
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
