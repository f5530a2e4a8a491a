/** Finds the other results of a stage that the builder's caches hold. */
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { readFromStore } from './layer-sources.ts'
import { readStageLayers, stageLayersIn, type LayersRequest, type StageLayers } from './stage-layers.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** Limit for the other results of one stage. A builder may report any number. */
const maxOthers = 8

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
  request: Pick<LayersRequest, 'stages' | 'shipped' | 'platform'>,
  tools: WeighingTools,
): Promise<readonly (() => Promise<WeighedImage | null>)[]> {
  const others = new Map<string, StageLayers>()
  for (const steps of graphs)
    for (const result of steps === null ? [] : await stageLayersIn(steps, stage, request))
      others.set(nameOf(result), result)
  if (weighed !== null) others.delete(nameOf(weighed))
  return [...others.values()].slice(0, maxOthers).map((result) => async () => {
    const unknown = await readFromStore(result.layers, request, tools)
    const areThere = await Promise.all(unknown.map(({ digest }) => tools.blobs.has(digest)))
    return areThere.every(Boolean) ? readStageLayers(result, request.platform, tools, stage) : null
  })
}

const nameOf = ({ layers }: StageLayers): string => layers.map(({ digest }) => digest).join(' ')
