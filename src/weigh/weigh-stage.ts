/** Makes a stage's footprint from its exported image, its provenance and the indexes of its layers. */
import type { WeighedIdentity } from '../builder/shipped-image.ts'
import { lineageOf } from '../dockerfile/stage-parents.ts'
import { stageLabel, type PlannedStage, type StageInstruction } from '../dockerfile/stage.ts'
import {
  baseBoundary,
  exportedStep,
  layerPlaces,
  matchHistory,
  metadataOnlySteps,
  spineOf,
  type BaseBoundary,
} from '../graph/attribution.ts'
import type { BuildStep, LineRange } from '../graph/provenance.ts'
import type { LayerIndex } from '../layer/layer-index.ts'
import { isDigest } from '../oci/digest.ts'
import type { Descriptor, ImageConfig } from '../oci/manifest.ts'
import { layerCompression } from '../oci/media-type.ts'
import { platformOf } from '../oci/platform.ts'
import {
  textForRecord,
  type Base,
  type Instruction,
  type Layer,
  type Stage,
  type Totals,
  type UnbuiltStage,
  type Use,
} from '../record/footprint.ts'
import { figuresOf, sumOfLayers } from '../record/layer-sums.ts'
import { contentsForRecord } from './contents-for-record.ts'
import { lowerPackages } from './replaced-packages.ts'
import type { LayerReader } from './layer-reader.ts'
import type { LayoutImage } from './stage-layout.ts'

/** An exported image and the indexes of its layers. */
export interface WeighedImage {
  readonly image: LayoutImage
  readonly steps: readonly BuildStep[] | null
  /** Position of the step that it is the result of. The default is the step that was exported. */
  readonly result?: number
  /** One for each layer of the manifest, from the lowest. Null for a layer that the source does not hold. */
  readonly indexes: readonly (LayerIndex | null)[]
  /**
   * Whether the engine stores its layers unpacked. The manifest then has diffIDs, and the digests of blobs are not
   * known.
   */
  readonly unpacked?: boolean
  /**
   * Whether it was exported uncompressed to save time. A layer without compression would be compressed when it is
   * shipped.
   */
  readonly uncompressedForWeighing?: boolean
}

function isSizeToPull({ mediaType }: Descriptor, { unpacked, uncompressedForWeighing }: WeighedImage): boolean {
  return unpacked !== true && (uncompressedForWeighing !== true || layerCompression(mediaType) !== 'none')
}

/** Returns everything that identifies its layers, for a comparison with what was shipped. */
export function identityOf({
  image: { manifest, manifestDigest, configDigest, config },
}: WeighedImage): WeighedIdentity {
  return { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: platformOf(config) }
}

/**
 * Returns the footprint of a stage.
 *
 * @param stages all stages of the Dockerfile, by position
 * @param parent the weighed stage that this one is built FROM; null if it is built FROM an image
 */
export function weighStage(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  weighed: WeighedImage,
  parent: Stage | null,
): Stage {
  const { root, boundary, made, own, metadataOnly } = attribute(stage, stages, weighed)
  const baseLayers = boundary?.layers ?? null
  const belowOwn = parent
    ? parent.layers.length
    : baseLayers === null
      ? null
      : weighed.image.manifest.layers.length - own
  const layers = weighed.image.manifest.layers.map((descriptor, position): Layer => {
    const index = weighed.indexes[position]
    const diffId = weighed.image.config.rootfs.diff_ids[position]
    if (index === undefined || !diffId)
      throw new RangeError(`layer ${position} of stage ${stageLabel(stage)} was not read`)
    const origin =
      baseLayers !== null && position < baseLayers
        ? 'base'
        : belowOwn !== null && position < belowOwn
          ? 'inherited'
          : 'own'
    return {
      digest: weighed.unpacked === true ? null : descriptor.digest,
      diffId,
      mediaType: descriptor.mediaType,
      compressedSize: isSizeToPull(descriptor, weighed) ? descriptor.size : null,
      ...figuresOf(index),
      timelessDigest: origin === 'base' ? null : (index?.timelessDigest ?? null),
      origin,
      instruction: instructionOf(made[position]),
    }
  })
  return {
    name: stageLabel(stage),
    index: stage.index,
    role: stage.final ? 'final' : 'builder',
    line: stage.line,
    base: baseOf(root, boundary),
    totals: totalsOf(layers, baseLayers, metadataOnly),
    layers,
    instructions: stage.instructions.map(asWritten),
    uses: usesOf(stage, stages, layers, parent),
  }
}

interface Attribution {
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

function attribute(stage: PlannedStage, stages: readonly PlannedStage[], weighed: WeighedImage): Attribution {
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

/** Returns what is known of a stage without its layers. */
export function unbuiltStage(stage: PlannedStage, stages: readonly PlannedStage[]): UnbuiltStage {
  return {
    name: stageLabel(stage),
    index: stage.index,
    role: 'builder',
    line: stage.line,
    built: false,
    base: null,
    baseReference: rootReference(lineageOf(stage, stages).at(-1) ?? stage),
    totals: null,
    layers: [],
    instructions: stage.instructions.map(asWritten),
    uses: usesOf(stage, stages, [], null),
  }
}

/**
 * Returns the stage with the contents of each layer above its base. Base layers have no contents, because they do not
 * change with the Dockerfile and would be most of a record.
 *
 * @param digests digests that the layers were read with, from the lowest; by default their own
 */
export async function withContents(
  stage: Stage,
  reader: Pick<LayerReader, 'contents' | 'packages'>,
  digests: readonly (string | null)[] = stage.layers.map(({ digest }) => digest),
): Promise<Stage> {
  const read = await Promise.all(
    stage.layers.map(async (layer, position): Promise<Layer> => {
      // Data of a layer without a blob is stored under the digest of its tar.
      const digest = digests[position] ?? layer.diffId
      if (layer.origin === 'base' || !isDigest(digest)) return layer
      if (layer.entries === null) return { ...layer, contents: null }
      const contents = await reader.contents(digest)
      return { ...layer, contents: contents && contentsForRecord(contents, await reader.packages(digest)) }
    }),
  )
  // Packages of the base are parsed only if others may replace them.
  const hasPackages = read.some(({ contents }) => (contents?.packages?.packages.length ?? 0) > 0)
  const lower = lowerPackages()
  const layers: Layer[] = []
  for (const [position, layer] of read.entries()) {
    const packages = layer.contents?.packages ?? null
    layers.push(
      layer.contents && packages
        ? { ...layer, contents: { ...layer.contents, packages: lower.told(packages) } }
        : layer,
    )
    const digest = digests[position] ?? layer.diffId
    if (packages) lower.add(packages.packages, position)
    else if (hasPackages && layer.origin === 'base' && isDigest(digest))
      lower.add((await reader.packages(digest))?.packages ?? [], position)
  }
  return { ...stage, layers }
}

function baseOf(root: PlannedStage, boundary: BaseBoundary | null): Base | null {
  if (!boundary) return null
  return {
    reference: rootReference(root),
    digest: boundary.digest,
    layers: boundary.layers,
  }
}

/** Returns what a root stage is built FROM, as reports show it. */
function rootReference({ base, expanded, linked }: PlannedStage): string {
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

function instructionOf(step: StageInstruction | null | undefined): Instruction | null {
  return step ? asWritten(step) : null
}

const asWritten = ({ text, line, endLine }: StageInstruction): Instruction => ({
  text: textForRecord(text),
  line,
  endLine,
})

function totalsOf(layers: readonly Layer[], baseLayers: number | null, metadataOnly: number | null): Totals {
  const inherited = layers.filter((layer) => layer.origin === 'inherited').length
  return {
    layers: layers.length,
    baseLayers,
    inheritedLayers: baseLayers === null ? null : inherited,
    ownLayers: baseLayers === null ? null : layers.length - baseLayers - inherited,
    metadataOnlySteps: metadataOnly,
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
  const carriedBy = bytesByLine(layers)
  for (const take of stage.takes) {
    if (take.via === 'from' && take.stageIndex === null) continue
    const source = take.stageIndex === null ? null : stages[take.stageIndex]
    const name = source ? stageLabel(source) : take.reference
    const carried =
      take.via === 'copy'
        ? (carriedBy.get(take.line) ?? null)
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

/** Returns the file bytes of the first own layer that the instruction at each line made. */
function bytesByLine(layers: readonly Layer[]): ReadonlyMap<number, number | null> {
  const bytes = new Map<number, number | null>()
  for (const { origin, instruction, fileBytes } of layers) {
    const line = instruction?.line ?? null
    if (origin === 'own' && line !== null && !bytes.has(line)) bytes.set(line, fileBytes)
  }
  return bytes
}

const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
