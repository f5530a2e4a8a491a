/**
 * Finds stages on an engine that stores layers unpacked, without asking it. There the build lists the diffIDs of each
 * step whose layers were counted before, and weighing in an earlier run did that for all stages. So if nothing changed,
 * no stage has to be stored as an image again.
 */
import type { PlannedStage } from '../dockerfile/stage.ts'
import { baseBoundary, spineOf } from '../graph/attribution.ts'
import type { BuildStep, ChainLayer } from '../graph/provenance.ts'
import { chainsOf, resultOfStage } from '../graph/stage-results.ts'
import { plainTarMediaType } from '../images/docker-archive-layers.ts'
import type { Platform } from '../oci/platform.ts'
import { aboveBase, readStageLayers } from './stage-layers.ts'
import { untimedLayers } from './untimed-layers.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { WeighingTools } from './weighing-tools.ts'

const isUnpacked = ({ size }: ChainLayer): boolean => size < 0

/** Returns whether the builder that reported this graph stores layers unpacked. */
export const storesUnpacked = (steps: readonly BuildStep[] | null): boolean =>
  steps?.some(({ chains }) => chains.some((chain) => chain.some(isUnpacked))) ?? false

/** Returns the stages whose layers the graph lists and earlier runs read, by position. */
export async function knownStoredStages(
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  platform: Platform,
  tools: Pick<WeighingTools, 'indexes' | 'reader'>,
): Promise<ReadonlyMap<number, WeighedImage>> {
  const known = new Map<number, WeighedImage>()
  for (const stage of steps === null ? [] : stages) {
    const result = steps === null ? null : resultOfStage(stage, stages, steps)
    if (steps === null || result?.kind !== 'step') continue
    const [chain, ...others] = chainsOf(steps, result.position)
    if (chain === undefined || others.length > 0 || !chain.layers.every(isUnpacked)) continue
    const spine = spineOf(steps, result.position)
    if (spine === null || baseBoundary(spine, chain.layers.length) === null) continue
    const indexes = await Promise.all(chain.layers.map(({ digest }) => tools.indexes.get(digest)))
    if (indexes.includes(null)) continue
    // The size of an unpacked layer's tar is in its index.
    const layers = chain.layers.map(({ digest }) => ({ mediaType: plainTarMediaType, digest, size: 0 }))
    const found = { result, layers, steps, oneOfSeveral: false, asShipped: false }
    if ((await untimedLayers(aboveBase(found), tools.indexes)).length > 0) continue
    known.set(stage.index, { ...(await readStageLayers(found, platform, tools)), unpacked: true })
  }
  return known
}
