/** What every report says first: fat against slim, and what was added to the base. Pure. */
import type { Image, RecordedFigures, Stage } from '../record/footprint.ts'
import { pulledAboveBase, sumOf } from '../record/layer-sums.ts'

/** A builder stage, with its figures of this run, or of a record where its result was the same. */
export interface Fat extends Pick<Stage, 'name' | 'index' | 'base' | 'totals'> {
  /** Null where this run built it. */
  readonly recorded: RecordedFigures | null
}

export interface Headline {
  readonly final: Stage
  /**
   * The heaviest builder stage that the final stage needs and does not ship whole, by unpacked bytes as far as known; null
   * where there is none.
   */
  readonly fat: Fat | null
  /** The heaviest builder stage of which every layer is in the final stage; null where there is none. */
  readonly shipped: Fat | null
  /** How much smaller than the fat stage, unpacked, as a share of 1; negative where it is larger. */
  readonly smaller: number | null
  readonly added: Added
}

/** Above the external base image: own layers and those inherited from another stage. Bytes. */
export interface Added {
  /** Null, as the sizes, where the base is not known. */
  readonly layers: number | null
  readonly compressedSize: number | null
  readonly uncompressedSize: number | null
  readonly metadataOnlySteps: number | null
}

/** Null only for an image without a final stage, which no valid record of ours is. */
export function headlineOf(image: Image): Headline | null {
  const final = image.stages.find((stage) => stage.role === 'final')
  if (!final) return null
  const [shipped, left] = [true, false].map((whole) =>
    heaviest(buildersOf(image).filter((stage) => isShippedWhole(stage, final, image.stages) === whole)),
  ) as [Fat | null, Fat | null]
  return { final, fat: left, shipped, smaller: smallerThan(final, left), added: addedBy(final) }
}

/** The heaviest builder stage that the final stage needs, whether it is shipped or not; null where there is none. */
export function heaviestBuilder({ fat, shipped }: Headline): Fat | null {
  return heaviest([fat, shipped].filter((stage) => stage !== null))
}

function heaviest(stages: readonly Fat[]): Fat | null {
  return stages.reduce<Fat | null>(
    (most, stage) =>
      most && (most.totals.uncompressedSize ?? -1) >= (stage.totals.uncompressedSize ?? -1) ? most : stage,
    null,
  )
}

/** The final stage is FROM it, or has all of its layers for another reason. Of a stage that was not built they are not known. */
function isShippedWhole(stage: Fat, final: Stage, stages: readonly Stage[]): boolean {
  if (isFrom(final, stage, stages)) return true
  const layers = stages.find(({ index, role }) => index === stage.index && role === 'builder')?.layers ?? []
  const shipped = new Set(final.layers.map(({ diffId }) => diffId))
  return layers.length > 0 && layers.every(({ diffId }) => shipped.has(diffId))
}

function buildersOf({ stages, unbuiltStages = [] }: Image): readonly Fat[] {
  const built = stages.filter(({ role }) => role === 'builder').map((stage): Fat => ({ ...stage, recorded: null }))
  const recorded = unbuiltStages.flatMap((stage): Fat[] =>
    stage.recorded
      ? [{ ...stage, base: stage.recorded.base, totals: stage.recorded.totals, recorded: stage.recorded }]
      : [],
  )
  return [...built, ...recorded]
}

/** More stages than this are stacked in no Dockerfile. */
const mostParents = 100

/** Whether a stage is FROM another one, directly or through others. FROM takes the nearest stage of the name before it. */
function isFrom(stage: Stage, other: Fat, stages: readonly Stage[]): boolean {
  let child: Stage | undefined = stage
  for (let steps = 0; child !== undefined && steps < mostParents; steps++) {
    const { index, uses }: Stage = child
    const name = uses.find(({ via }) => via === 'from')?.stage.toLowerCase()
    child = stages.findLast((one) => one.index < index && one.name.toLowerCase() === name)
    if (child?.index === other.index) return true
  }
  return false
}

function smallerThan(final: Stage, fat: Fat | null): number | null {
  const [slim, heavy] = [final.totals.uncompressedSize, fat?.totals.uncompressedSize ?? 0]
  return slim === null || heavy === 0 ? null : 1 - slim / heavy
}

function addedBy({ layers, totals }: Stage): Added {
  const { baseLayers, metadataOnlySteps } = totals
  if (baseLayers === null) return { layers: null, compressedSize: null, uncompressedSize: null, metadataOnlySteps }
  const above = layers.filter((layer) => layer.origin !== 'base')
  return {
    layers: totals.layers - baseLayers,
    compressedSize: sumOf([...pulledAboveBase(layers).values()]),
    uncompressedSize: sumOf(above.map((layer) => layer.uncompressedSize)),
    metadataOnlySteps,
  }
}
