/** Finds the other results of a stage that the builder's caches hold. */
import { CallFailed } from '../builder/grpc.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { readFromStore } from './layer-sources.ts'
import { openPushedImage, readFromFirst } from './pushed-layers.ts'
import { aboveBase, readStageLayers, stageLayersIn, type LayersRequest, type StageLayers } from './stage-layers.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** Limit for the other results of one stage. A builder may report any number. */
const maxOthers = 8

type OtherResultsRequest = Pick<LayersRequest, 'stages' | 'shipped' | 'platform' | 'cache' | 'context'>

/**
 * Returns functions that read the other results of a stage. Each returns null if the layers cannot be read.
 *
 * @param weighed the result that was weighed; null if it is not from one of the graphs
 * @param graphs build graphs, the most reliable first
 */
export async function otherResults(
  stage: PlannedStage,
  weighed: StageLayers | null,
  graphs: readonly (readonly BuildStep[] | null)[],
  request: OtherResultsRequest,
  tools: WeighingTools,
): Promise<readonly (() => Promise<WeighedImage | null>)[]> {
  const others = new Map<string, StageLayers>()
  for (const steps of graphs)
    for (const result of steps === null ? [] : await stageLayersIn(steps, stage, request))
      others.set(nameOf(result), result)
  if (weighed !== null) others.delete(nameOf(weighed))
  return [...others.values()].slice(0, maxOthers).map((result) => () => readResult(stage, result, request, tools))
}

async function readResult(
  stage: PlannedStage,
  result: StageLayers,
  request: OtherResultsRequest,
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
  { cache, context }: OtherResultsRequest,
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
