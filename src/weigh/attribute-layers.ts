/** Finds the instruction that made each layer of a stage, and where its base image ends. Pure. */
import { lineageOf } from '../dockerfile/stage-parents.ts'
import type { PlannedStage, StageInstruction } from '../dockerfile/stage.ts'
import {
  baseBoundary,
  exportedStep,
  layerPlaces,
  matchHistory,
  metadataOnlySteps,
  spineOf,
  type BaseBoundary,
} from '../graph/attribution.ts'
import type { LineRange } from '../graph/provenance.ts'
import type { ImageConfig } from '../oci/manifest.ts'
import type { WeighedImage } from './weighed-image.ts'

/** Which instructions of its Dockerfile made the layers of a stage. */
export interface Attribution {
  /** The stage of the lineage that is built FROM an external image or scratch. */
  readonly root: PlannedStage
  /** Null if it is not known. */
  readonly boundary: BaseBoundary | null
  /** The instruction that made each layer. Null for layers of the base and if it is not known. */
  readonly made: readonly (StageInstruction | null)[]
  /** Number of layers that this stage made itself. */
  readonly own: number
  /** Number of instructions above the base that made no layer. Null if it is not known. */
  readonly metadataOnly: number | null
}

/**
 * Attributes the layers of a stage by the provenance of its build, or by the history of its image if there is none.
 *
 * @param stages all stages of the Dockerfile, by position
 */
export function attributeLayers(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  weighed: Pick<WeighedImage, 'image' | 'steps' | 'result'>,
): Attribution {
  const lineage = lineageOf(stage, stages)
  const root = lineage.at(-1) ?? stage
  const layers = weighed.image.manifest.layers.length
  const above = lineage.toReversed().flatMap(({ instructions }) => instructions)
  if (!weighed.steps) return { root, ...attributeByHistory(root, weighed.image.config, layers, above) }
  const result = weighed.result ?? exportedStep(weighed.steps)
  const spine = spineOf(weighed.steps, result, root.linked ?? null)
  const boundary = spine && baseBoundary(spine, layers)
  if (!spine || !boundary) return { root, boundary: null, made: [], own: 0, metadataOnly: null }
  const next = stages[stage.index + 1]?.line ?? Infinity
  const own = spine.makers.filter(({ places }) =>
    places.some(({ start }) => stage.line <= start && start < next),
  ).length
  const made = layerPlaces(spine, boundary).map(instructionsByLine(lineage))
  return { root, boundary, made, own, metadataOnly: metadataOnlySteps(made.slice(boundary.layers), above) }
}

/**
 * Attributes layers by the image's history. Without provenance, only a stage FROM scratch is known to have no base
 * layers.
 */
function attributeByHistory(
  root: PlannedStage,
  config: ImageConfig,
  layers: number,
  above: readonly StageInstruction[],
): Omit<Attribution, 'root'> {
  if (rootReference(root) !== 'scratch') return { boundary: null, made: [], own: 0, metadataOnly: null }
  const history = layers === 0 ? { layerSteps: [], metadataOnly: above.length } : matchHistory(config, above, layers)
  return {
    boundary: { layers: 0, digest: null },
    made: history?.layerSteps ?? [],
    own: layers,
    metadataOnly: history?.metadataOnly ?? null,
  }
}

/** Returns what a root stage is built FROM, as reports show it. */
export function rootReference({ base, expanded, linked }: PlannedStage): string {
  return base.toLowerCase() === 'scratch' ? 'scratch' : (linked ?? expanded ?? base)
}

/**
 * Returns a function that finds the instruction at one of several places, among the stages that a layer can come from.
 * If several places have one, the stage that is first in the lineage takes precedence.
 */
function instructionsByLine(
  lineage: readonly PlannedStage[],
): (places: readonly LineRange[]) => StageInstruction | null {
  const byLine = new Map<number, { readonly instruction: StageInstruction; readonly generation: number }>()
  for (const [generation, { instructions }] of lineage.entries())
    for (const instruction of instructions)
      for (let line = instruction.line; line <= instruction.endLine; line++)
        if (!byLine.has(line)) byLine.set(line, { instruction, generation })
  return (places) => {
    let nearest: { readonly instruction: StageInstruction; readonly generation: number } | null = null
    for (const { start } of places) {
      const found = byLine.get(start)
      if (found !== undefined && found.generation < (nearest?.generation ?? Infinity)) nearest = found
    }
    return nearest?.instruction ?? null
  }
}
