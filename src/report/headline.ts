/**
 * The first figures of every report: the fat builder stage against the slim final stage, and what was added to the
 * base. Pure.
 */
import { imageLacksFigures } from '../compare/recorded-stages.ts'
import type { Image, RecordedFigures, Stage } from '../record/footprint.ts'
import { pulledAboveBase, sumOf } from '../record/layer-sums.ts'

/** A builder stage with the figures of this run, or of a record of an earlier run. */
export interface Fat extends Pick<Stage, 'name' | 'index' | 'role' | 'base' | 'totals'> {
  /** Null if this run built it. */
  readonly recorded: RecordedFigures | null
}

/** The first figures of an image's report. */
export interface Headline {
  readonly final: Stage
  /**
   * The heaviest builder stage, by unpacked bytes as far as known, that the final stage needs but does not contain
   * completely. Null if there is none, or if a builder stage has no figures, since it may be the heaviest.
   */
  readonly fat: Fat | null
  /** The heaviest builder stage whose layers are all in the final stage. Null for the same reasons. */
  readonly shipped: Fat | null
  /** How much smaller the final stage is than the fat stage, unpacked, as a fraction of 1. Negative if it is larger. */
  readonly smaller: number | null
  readonly added: Added
}

/** What is above the external base image: own layers and those inherited from another stage. Sizes in bytes. */
export interface Added {
  /** Null, like the sizes, if the base is not known. */
  readonly layers: number | null
  readonly compressedSize: number | null
  readonly uncompressedSize: number | null
  readonly metadataOnlySteps: number | null
}

/** Returns the headline of an image. Null for an image without a final stage, which is never a valid record. */
export function headlineOf(image: Image): Headline | null {
  const final = image.stages.find((stage) => stage.role === 'final')
  if (!final) return null
  const isShippedWhole = shippedWhole(final, image.stages)
  const builders = imageLacksFigures(image) ? [] : buildersOf(image)
  const fat = heaviest(builders.filter((stage) => !isShippedWhole(stage)))
  const shipped = heaviest(builders.filter(isShippedWhole))
  return { final, fat, shipped, smaller: smallerThan(final, fat), added: addedBy(final) }
}

/** Returns the heaviest builder stage that the final stage needs, shipped or not. Null if there is none. */
export function heaviestBuilder({ fat, shipped }: Headline): Fat | null {
  return heaviest([fat, shipped].filter((stage) => stage !== null))
}

function heaviest(stages: readonly Fat[]): Fat | null {
  return stages.reduce<Fat | null>(
    (heaviest, stage) =>
      heaviest && (heaviest.totals.uncompressedSize ?? -1) >= (stage.totals.uncompressedSize ?? -1) ? heaviest : stage,
    null,
  )
}

/**
 * Returns a test for whether the final stage contains a stage completely, because it is built FROM it or has all of its
 * layers. The layers of a stage that was not built are not known.
 */
function shippedWhole(final: Stage, stages: readonly Stage[]): (stage: Fat) => boolean {
  const parents = parentsOf(final, stages)
  const shipped = new Set(final.layers.map(({ diffId }) => diffId))
  const builders = new Map(stages.filter(({ role }) => role === 'builder').map((stage) => [stage.index, stage]))
  return ({ index }) => {
    if (parents.has(index)) return true
    const layers = builders.get(index)?.layers ?? []
    return layers.length > 0 && layers.every(({ diffId }) => shipped.has(diffId))
  }
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

/** Limit for a chain of stages. No real Dockerfile reaches it. */
const maxParents = 100

/**
 * Returns the positions of the stages that a stage is built FROM, directly or through others. FROM refers to the nearest
 * earlier stage with the name.
 */
function parentsOf(stage: Stage, stages: readonly Stage[]): ReadonlySet<number> {
  const parents = new Set<number>()
  let child: Stage | undefined = stage
  for (let steps = 0; child !== undefined && steps < maxParents; steps++) {
    const { index, uses }: Stage = child
    const name = uses.find(({ via }) => via === 'from')?.stage.toLowerCase()
    child = stages.findLast((one) => one.index < index && one.name.toLowerCase() === name)
    if (child !== undefined) parents.add(child.index)
  }
  return parents
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
