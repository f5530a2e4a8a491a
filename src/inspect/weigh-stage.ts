/** A stage's footprint from its exported image, its provenance and the indexes of its layers. */
import type { BuildStep, LineRange } from '../build/provenance.ts'
import type { LayerContents, LayerIndex } from '../layer/layer-index.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { layerCompression } from '../oci/media-type.ts'
import { stageLabel, type PlannedStage, type StageInstruction } from '../plan/stage.ts'
import { baseBoundary, isInstruction, layerPlaces, layersInCache, matchHistory, matchPlaces, type StepsOfHistory } from './attribution.ts'
import { textForRecord, type Base, type Instruction, type Layer, type Stage, type Totals, type Use } from './footprint.ts'
import type { LayoutImage } from './layout.ts'
import { figuresOf, sumOfLayers } from './sum.ts'

export interface WeighedImage {
  readonly image: LayoutImage
  readonly steps: readonly BuildStep[] | null
  /** One for each layer of the manifest, lowest first; null of one that the source does not hold. */
  readonly indexes: readonly (LayerIndex | null)[]
  /** The engine holds its layers unpacked: the manifest has their diffIDs, and the digests of blobs are not known. */
  readonly unpacked?: boolean
  /** Exported uncompressed to be weighed sooner: what has no compression would have one where it is shipped. */
  readonly uncompressedForWeighing?: boolean
}

function isSizeToPull({ mediaType }: Descriptor, { unpacked, uncompressedForWeighing }: WeighedImage): boolean {
  return unpacked !== true && (uncompressedForWeighing !== true || layerCompression(mediaType) !== 'none')
}

/**
 * @param stages all stages of the Dockerfile, by position
 * @param parent the stage that this one is FROM, weighed; null if it is FROM an image
 */
export function weighStage(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  weighed: WeighedImage,
  parent: Stage | null,
): Stage {
  const { lineage, root, boundary, made, inGraph } = attribute(
    stage,
    stages,
    weighed.steps,
    weighed.image.manifest.layers.map((layer) => layer.digest),
  )
  const baseLayers = boundary?.layers ?? null
  const belowOwn = parent ? parent.layers.length : baseLayers
  const steps = stepsAboveBase(lineage)
  const history =
    baseLayers === null
      ? null
      : (inAgreement(matchHistory(weighed.image.config, steps, made.length - baseLayers), made.slice(baseLayers)) ??
        matchPlaces(made.slice(baseLayers), steps, inGraph))
  const layers = weighed.image.manifest.layers.map((descriptor, position): Layer => {
    const index = weighed.indexes[position]
    const diffId = weighed.image.config.rootfs.diff_ids[position]
    if (index === undefined || !diffId) throw new RangeError(`layer ${position} of stage ${stageLabel(stage)} was not read`)
    return {
      digest: weighed.unpacked === true ? null : descriptor.digest,
      diffId,
      mediaType: descriptor.mediaType,
      compressedSize: isSizeToPull(descriptor, weighed) ? descriptor.size : null,
      ...figuresOf(index),
      origin:
        baseLayers !== null && position < baseLayers
          ? 'base'
          : belowOwn !== null && position < belowOwn
            ? 'inherited'
            : 'own',
      instruction:
        instructionOf(made[position]) ?? instructionOf(history?.layerSteps[position - (baseLayers ?? 0)]),
    }
  })
  return {
    name: stageLabel(stage),
    index: stage.index,
    role: stage.final ? 'final' : 'builder',
    line: stage.line,
    base: baseOf(root, boundary),
    totals: totalsOf(layers, baseLayers, history),
    layers,
    instructions: stage.instructions.map(asWritten),
    uses: usesOf(stage, stages, layers, parent),
  }
}

/** What history tells, unless provenance contradicts it: then it is off by some entries. */
function inAgreement<Step>(history: StepsOfHistory<Step> | null, made: readonly (Step | null)[]): StepsOfHistory<Step> | null {
  return history?.layerSteps.every((step, position) => (made[position] ?? step) === step) === true ? history : null
}

/**
 * Whether only the order of history entries can tell which instruction made a layer, or how many made none.
 *
 * @param layers the digests by which the steps know them, lowest first
 */
export function needsHistory(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  layers: readonly Digest[],
): boolean {
  const { lineage, boundary, made, inGraph } = attribute(stage, stages, steps, layers)
  return boundary !== null && matchPlaces(made.slice(boundary.layers), stepsAboveBase(lineage), inGraph) === null
}

interface Attribution {
  readonly lineage: readonly PlannedStage[]
  /** FROM an external image or scratch. */
  readonly root: PlannedStage
  readonly boundary: ReturnType<typeof baseBoundary>
  /** What provenance says made each layer; null for layers of the base and where it does not say. */
  readonly made: readonly (StageInstruction | null)[]
  /** Instructions that are steps of the graph: the others make no layer. */
  readonly inGraph: ReadonlySet<StageInstruction>
}

function attribute(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  layers: readonly Digest[],
): Attribution {
  const lineage = lineageOf(stage, stages)
  const root = lineage.at(-1) ?? stage
  const digests = layersInCache(steps, layers)
  const boundary = baseBoundary(steps, digests, rootReference(root))
  const places = steps ? layerPlaces(steps, digests, boundary?.layers ?? 0) : []
  const made = digests.map((_, position) => instructionAt(places[position] ?? [], lineage))
  const ran = (steps ?? []).filter(isInstruction).map((step) => instructionAt(step.places, lineage))
  return { lineage, root, boundary, made, inGraph: new Set(ran.filter((instruction) => instruction !== null)) }
}

/**
 * The stage with what is in each layer above its base. Base layers carry no contents: they do not change with the
 * Dockerfile, and would be most of a record.
 *
 * @param contentsOf null where they are not known
 * @param digests under which the layers were read, lowest first; their own unless told
 */
export async function withContents(
  stage: Stage,
  contentsOf: (digest: Digest) => Promise<LayerContents | null>,
  digests: readonly (string | null)[] = stage.layers.map(({ digest }) => digest),
): Promise<Stage> {
  const layers = await Promise.all(
    stage.layers.map(async (layer, position): Promise<Layer> => {
      // What is kept of a layer without a blob has the digest of its tar.
      const digest = digests[position] ?? layer.diffId
      if (layer.origin === 'base' || !isDigest(digest)) return layer
      if (layer.entries === null) return { ...layer, contents: null }
      const contents = await contentsOf(digest)
      if (contents === null) return { ...layer, contents }
      return { ...layer, contents: { ...contents, files: [...contents.files], directories: [...contents.directories] } }
    }),
  )
  return { ...stage, layers }
}

export function parentOf(stage: PlannedStage, stages: readonly PlannedStage[]): PlannedStage | null {
  const index = stage.takes.find((take) => take.via === 'from')?.stageIndex ?? null
  return index === null ? null : (stages[index] ?? null)
}

function baseOf(root: PlannedStage, boundary: ReturnType<typeof baseBoundary>): Base | null {
  if (!boundary) return null
  return {
    reference: rootReference(root),
    digest: boundary.digest,
    layers: boundary.layers,
  }
}

/** What a root is FROM, as a report says it. */
function rootReference({ base, linked }: PlannedStage): string {
  return base.toLowerCase() === 'scratch' ? 'scratch' : (linked ?? base)
}

/** The instruction at one of these places, of the stages that a layer can come from. */
function instructionAt(places: readonly LineRange[], lineage: readonly PlannedStage[]): StageInstruction | null {
  for (const { instructions } of lineage)
    for (const { start } of places) {
      const found = instructions.find(({ line, endLine }) => line <= start && start <= endLine)
      if (found) return found
    }
  return null
}

function instructionOf(step: StageInstruction | null | undefined): Instruction | null {
  return step ? asWritten(step) : null
}

const asWritten = ({ text, line, endLine }: StageInstruction): Instruction => ({ text: textForRecord(text), line, endLine })

/** The stage, then those that it is FROM. */
function lineageOf(stage: PlannedStage, stages: readonly PlannedStage[]): readonly PlannedStage[] {
  const parent = parentOf(stage, stages)
  return [stage, ...(parent ? lineageOf(parent, stages) : [])]
}

/** Instructions above the external base image: of the stages that this one is FROM, then its own. */
const stepsAboveBase = (lineage: readonly PlannedStage[]): readonly StageInstruction[] =>
  lineage.toReversed().flatMap((stage) => stage.instructions)

function totalsOf(
  layers: readonly Layer[],
  baseLayers: number | null,
  history: StepsOfHistory<StageInstruction> | null,
): Totals {
  const inherited = layers.filter((layer) => layer.origin === 'inherited').length
  return {
    layers: layers.length,
    baseLayers,
    inheritedLayers: baseLayers === null ? null : inherited,
    ownLayers: baseLayers === null ? null : layers.length - baseLayers - inherited,
    metadataOnlySteps: history?.metadataOnly ?? null,
    ...sumOfLayers(layers),
  }
}

function usesOf(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  layers: readonly Layer[],
  parent: Stage | null,
): Use[] {
  const uses = new Map<string, Use>()
  for (const take of stage.takes) {
    if (take.via === 'from' && take.stageIndex === null) continue
    const source = take.stageIndex === null ? null : stages[take.stageIndex]
    const name = source ? stageLabel(source) : take.reference
    const carried =
      take.via === 'copy'
        ? carriedBy(take.line, layers)
        : take.via === 'from' && parent
          ? sumOfLayers(parent.layers.filter((layer) => layer.origin !== 'base')).fileBytes
          : null
    const key = `${take.via} ${name}`
    const earlier = uses.get(key)
    uses.set(key, {
      stage: name,
      via: take.via,
      carriedBytes: earlier ? add(earlier.carriedBytes, carried) : carried,
    })
  }
  return [...uses.values()]
}

/** File bytes of the own layer that the COPY at this line made; null where no layer is known to be its. */
function carriedBy(line: number, layers: readonly Layer[]): number | null {
  return layers.find((layer) => layer.origin === 'own' && layer.instruction?.line === line)?.fileBytes ?? null
}

const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
