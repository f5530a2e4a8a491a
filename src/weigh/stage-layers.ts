/**
 * The layers of a stage in a build graph. A graph may have several results of one step, and may not have the layers of
 * some.
 */
import type { ShippedCheck } from '../builder/shipped-image.ts'
import type { WeighingContext } from '../docker/stage-export.ts'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { layersAboveBase } from '../graph/attribution.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { chainOf, chainsOf, resultOfStage, type StageResult } from '../graph/stage-results.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { Platform } from '../oci/platform.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** What is needed to find the layers of stages. */
export interface LayersRequest {
  /** All stages of the Dockerfile, by position. */
  readonly stages: readonly PlannedStage[]
  readonly cache: CacheCall
  /** Whether the call may be made. If the run changed a context of the build, the call would start steps. */
  readonly mayExport: boolean
  /** Null if nothing was shipped. */
  readonly shipped: ShippedCheck | null
  readonly platform: Platform
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
  readonly context: Omit<WeighingContext, 'mayRunSteps'>
}

/** A stage whose layers can be read. */
export interface StageLayers {
  readonly result: StageResult
  readonly layers: readonly Descriptor[]
  readonly steps: readonly BuildStep[]
  /** Whether the builder's caches hold several results of the same step, of which this is one. */
  readonly oneOfSeveral: boolean
  /** Whether its layers are those of the shipped manifest. */
  readonly asShipped: boolean
}

/**
 * Returns the possible results of a stage, the most likely first. If it is known, the layers of a final stage are those
 * that were shipped, because an export may have other digests than the cache.
 */
export async function stageLayersIn(
  steps: readonly BuildStep[],
  stage: PlannedStage,
  { stages, shipped, platform }: Pick<LayersRequest, 'stages' | 'shipped' | 'platform'>,
): Promise<readonly StageLayers[]> {
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

/** Returns the known layers below a stage whose own layers do not exist yet, such as those of its base. */
export function layersBelow(
  graph: readonly BuildStep[],
  stage: PlannedStage | undefined,
  { stages }: LayersRequest,
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

/**
 * Returns a stage from its layers and steps alone, without an image.
 *
 * @param stage the stage, if its layers may have to be read
 */
export async function readStageLayers(
  { layers, result, steps }: StageLayers,
  platform: Platform,
  { reader }: Pick<WeighingTools, 'reader'>,
  stage?: PlannedStage,
): Promise<WeighedImage> {
  const options = stage === undefined ? {} : { stageName: stageLabel(stage) }
  const indexes = await Promise.all(layers.map((layer) => reader.index(layer, options)))
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
export const aboveBase = ({ layers, result, steps }: StageLayers): readonly Digest[] =>
  result.kind === 'step' ? layersAboveBase(layers, steps, result.position).map(({ digest }) => digest) : []

/** Returns the source step of the image at the bottom of a result, which gives the stage its platform. */
function rootOf(steps: readonly BuildStep[], position: number): BuildStep | null {
  for (let step = steps[position]; step !== undefined; step = steps[step.on[0] ?? -1])
    if (step.kind === 'source') return step
  return null
}
