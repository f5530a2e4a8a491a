/** Finds the stages of which the builder may hold several results, and the results that were not weighed. */
import { CallFailed } from '../builder/grpc.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { once } from '../once.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import { exportCacheIfPossible, readFromStore } from './layer-sources.ts'
import { openPushedImage, readFromFirst } from './pushed-layers.ts'
import { aboveBase, readStageLayers, stageLayersIn, type LayersRequest, type StageLayers } from './stage-layers.ts'
import type { Unconfirmed } from './weighed-stages.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** Limit for the other results of one stage. A builder may report any number. */
const maxOthers = 8

type Request = Pick<LayersRequest, 'stages' | 'platform' | 'inTurn' | 'context'>
type RequestWithCache = Request & Pick<LayersRequest, 'cache'>

/** Where the layers of stages were found. */
interface Found {
  /** By the stage's position. A stage is missing if it was exported alone. */
  readonly found: ReadonlyMap<number, StageLayers>
  /** The graph of the build, and that of its cache. */
  readonly graph: readonly BuildStep[] | null
  readonly cacheGraph: readonly BuildStep[] | null
}

type Graph = () => Promise<readonly BuildStep[] | null>

/**
 * Returns those of the weighed stages that may not be the results that the build used, by position. Even the graph of
 * the user's build may list a result of another cache for a step, or a later one that the builder made for another build.
 */
export function unconfirmedStages(
  weighed: readonly PlannedStage[],
  { found, graph, cacheGraph }: Found,
  { cache, buildUncached, ...request }: Request & { readonly cache: CacheCall | null; readonly buildUncached: boolean },
  tools: WeighingTools,
): ReadonlyMap<number, Unconfirmed> {
  const whole = cache === null || cacheGraph !== null ? [] : [cache]
  const exports = (cache?.byImport.length ? cache.byImport : whole).slice(0, maxOthers)
  const graphs: readonly Graph[] = [
    () => Promise.resolve(graph),
    () => Promise.resolve(cacheGraph),
    ...exports.map((call) =>
      once(() => request.inTurn(() => exportCacheIfPossible({ cache: call, context: request.context }, [], tools))),
    ),
  ]
  const unconfirmed = new Map<number, Unconfirmed>()
  for (const stage of weighed) {
    const from = found.get(stage.index) ?? null
    const oneOfSeveral = from?.oneOfSeveral === true
    if (!oneOfSeveral && (stage.final || (from === null && buildUncached))) continue
    unconfirmed.set(stage.index, {
      oneOfSeveral,
      ...(cache === null ? {} : { others: () => otherResults(stage, from, graphs, { ...request, cache }, tools) }),
    })
  }
  return unconfirmed
}

/**
 * Returns the other results of a stage that the graphs have, as far as their layers can be read.
 *
 * @param weighed the result that was weighed; null if it is not from one of the graphs
 * @param graphs build graphs, the most reliable first
 */
async function* otherResults(
  stage: PlannedStage,
  weighed: StageLayers | null,
  graphs: readonly Graph[],
  request: RequestWithCache,
  tools: WeighingTools,
): AsyncGenerator<WeighedImage> {
  const seen = new Set(weighed === null ? [] : [nameOf(weighed)])
  let left = maxOthers
  for (const read of graphs) {
    const steps = await read()
    for (const result of steps === null ? [] : await stageLayersIn(steps, stage, { ...request, shipped: null })) {
      if (left === 0 || seen.has(nameOf(result))) continue
      seen.add(nameOf(result))
      left -= 1
      const image = await readResult(stage, result, request, tools)
      if (image !== null) yield image
    }
  }
}

/** Returns null if the layers cannot be read. */
async function readResult(
  stage: PlannedStage,
  result: StageLayers,
  request: RequestWithCache,
  tools: WeighingTools,
): Promise<WeighedImage | null> {
  tools.reader.wantTimeless(aboveBase(result))
  const unknown = await readFromStore(result.layers, request, tools)
  const areThere = await Promise.all(unknown.map(({ digest }) => tools.blobs.has(digest)))
  const missing = unknown.filter((_, position) => areThere[position] === false)
  if (missing.length > 0 && !(await readFromCaches(missing, request, tools))) return null
  try {
    return await readStageLayers(result, request.platform, tools, stage)
  } catch (error) {
    if (!(error instanceof CallFailed) || request.context.signal.aborted) throw error
    await Promise.all(missing.map(({ digest }) => tools.blobs.endRedirect(digest)))
    return null
  }
}

/** Arranges that layers are read from the registry caches of the build. Returns false if none can be read. */
async function readFromCaches(
  layers: readonly Descriptor[],
  { cache, context }: RequestWithCache,
  { blobs, dockerConfigFolder }: WeighingTools,
): Promise<boolean> {
  const opened = await Promise.all(
    cache.imports.map((reference) => openPushedImage(reference, null, dockerConfigFolder, context.signal)),
  )
  const caches = opened.filter((open) => open !== null)
  if (caches.length === 0) return false
  for (const layer of layers) await blobs.redirect(layer.digest, () => readFromFirst(caches, layer))
  return true
}

const nameOf = ({ layers }: StageLayers): string => layers.map(({ digest }) => digest).join(' ')
