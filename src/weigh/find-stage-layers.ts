/**
 * Finds the layers of stages: known from earlier runs, in the builder's own store, or in an export of its cache. Each
 * source is asked only for what the previous ones do not have. None of them runs a step.
 */
import { hasMadeNothing } from '../builder/builder-cache.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { chainOf, resultOfStage } from '../graph/stage-results.ts'
import type { Digest } from '../oci/digest.ts'
import { formatPlatform } from '../oci/platform.ts'
import { exportCacheIfPossible, forgetUntimed, readFromBuilder, readFromRegistry } from './layer-sources.ts'
import { stageLayersIn, type StageLayers, type LayersRequest } from './stage-layers.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** The stages whose layers can be read. */
export interface FoundLayers {
  readonly found: ReadonlyMap<number, StageLayers>
  /**
   * Layers that are read from the builder's own store. Each promise settles when the layer is known or the builder
   * failed.
   */
  readonly streamed: ReadonlyMap<Digest, Promise<unknown>>
  /**
   * The build graph with the layers of everything that the builder holds. Null if this is not known or was not needed.
   */
  readonly cacheGraph: readonly BuildStep[] | null
}

/**
 * Returns the pending stages whose layers can be read.
 *
 * @param graph the build graph, or null if the build did not report one
 * @param ask whether to ask the builder's own store
 */
export async function findStageLayers(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[] | null,
  request: LayersRequest,
  tools: WeighingTools,
  ask: boolean,
): Promise<FoundLayers> {
  const found = new Map<number, StageLayers>()
  const takeFrom = async (
    steps: readonly BuildStep[] | null,
    isThere: (digest: Digest) => Promise<boolean>,
    as: LayersRequest = request,
  ): Promise<boolean> => {
    for (const stage of steps === null ? [] : pending) {
      for (const candidate of found.has(stage.index) || steps === null ? [] : await stageLayersIn(steps, stage, as))
        if (
          !found.has(stage.index) &&
          (await Promise.all(candidate.layers.map(({ digest }) => isThere(digest)))).every(Boolean)
        )
          found.set(stage.index, candidate)
    }
    return found.size === pending.length
  }
  const isKnown = async (digest: Digest): Promise<boolean> => (await tools.indexes.get(digest)) !== null
  const streamed = new Map<Digest, Promise<unknown>>()
  if (graph !== null && ask) await forgetUntimed(pending, graph, request, tools)
  if (await takeFrom(graph, isKnown)) return { found, streamed, cacheGraph: null }

  const missing = graph === null ? [] : await readFromBuilder(pending, graph, request, tools, ask ? streamed : null)
  if (await takeFrom(graph, tools.blobs.has)) return { found, streamed, cacheGraph: null }
  if (graph !== null && ask && (await hasNoMore(pending, found, graph, request, tools)))
    return { found, streamed, cacheGraph: graph }
  const cacheGraph = request.mayExport
    ? await request.inTurn(() => exportCacheIfPossible(request, missing, tools))
    : null
  if (cacheGraph !== null) await takeFrom(graph, tools.blobs.has)
  await takeFrom(cacheGraph, tools.blobs.has)
  // With two caches, the export may contain the result of the other one. Only a registry then has what was shipped.
  for (const steps of ask ? [graph, cacheGraph] : []) {
    await readFromRegistry(
      pending.filter((stage) => stage.final && !found.has(stage.index)),
      steps,
      request,
      tools,
      streamed,
    )
    await takeFrom(steps, tools.blobs.has)
  }
  // Another result of the same step is better than none, and it is reported as such.
  await takeFrom(cacheGraph, tools.blobs.has, { ...request, shipped: null })
  return { found, streamed, cacheGraph }
}

/**
 * Returns whether the builder does not hold the other stages: they have steps but no layers, and the builder has run no
 * step. What it imported has layers. The builder is only asked if this is likely. If a step ran, the final stage
 * usually has no layers or new ones.
 */
async function hasNoMore(
  pending: readonly PlannedStage[],
  found: ReadonlyMap<number, StageLayers>,
  graph: readonly BuildStep[],
  { stages, platform }: LayersRequest,
  { connections }: WeighingTools,
): Promise<boolean> {
  const isAbsent = (stage: PlannedStage): boolean => {
    const result = resultOfStage(stage, stages, graph)
    if (result?.kind !== 'step' || graph[result.position]?.kind === 'source') return false
    return chainOf(graph, result.position) === null
  }
  const others = pending.filter(({ index }) => !found.has(index))
  if (others.some(({ final }) => final) || !others.every(isAbsent)) return false
  const session = await connections.to(formatPlatform(platform))
  return session !== null && (await hasMadeNothing(session))
}
