/** Makes a stage's footprint from its weighed image. Pure. */
import { lineageOf } from '../dockerfile/stage-parents.ts'
import { stageLabel, type PlannedStage, type StageInstruction } from '../dockerfile/stage.ts'
import { spineOf, type BaseBoundary } from '../graph/attribution.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { resultOfStage } from '../graph/stage-results.ts'
import { digestOfReference } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { layerCompression } from '../oci/media-type.ts'
import { flagsOf, type Absence, type WrittenPlace } from '../record/absence.ts'
import {
  textForRecord,
  type Base,
  type Instruction,
  type Layer,
  type Stage,
  type Totals,
  type UnbuiltStage,
} from '../record/footprint.ts'
import { figuresOf, sumOfLayers } from '../record/layer-sums.ts'
import type { Use } from '../record/use.ts'
import { attributeLayers, rootReference } from './attribute-layers.ts'
import { imageDigests } from './image-digests.ts'
import type { WeighedImage } from './weighed-image.ts'

function isSizeToPull({ mediaType }: Descriptor, { unpacked, uncompressedForWeighing }: WeighedImage): boolean {
  return unpacked !== true && (uncompressedForWeighing !== true || layerCompression(mediaType) !== 'none')
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
  const { root, boundary, made, own, metadataOnly } = attributeLayers(stage, stages, weighed)
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
    ...(stage.globals ? { globalArguments: stage.globals.map(asWritten) } : {}),
    uses: usesOf(stage, stages, layers, { parent, steps: weighed.steps }),
  }
}

/**
 * Returns what is known of a stage without its layers.
 *
 * @param steps the build graph, or null if it is not known
 * @param written what the run writes into a context that the stage reads, or may read if that is not known
 */
export function unbuiltStage(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  absence: Absence | undefined,
  steps: readonly BuildStep[] | null,
  written: readonly WrittenPlace[] = [],
): UnbuiltStage {
  const result = steps === null ? null : resultOfStage(stage, stages, steps)
  const spine = steps === null || result?.kind !== 'step' ? null : spineOf(steps, result.position)
  const baseDigest = digestOfReference(spine?.root?.source ?? '')
  return {
    name: stageLabel(stage),
    index: stage.index,
    role: 'builder',
    line: stage.line,
    built: false,
    ...flagsOf(
      absence,
      written.map(({ shown, context }) => ({
        shown: textForRecord(shown),
        context: context === null ? null : textForRecord(context),
      })),
    ),
    base: null,
    baseReference: rootReference(lineageOf(stage, stages).at(-1) ?? stage),
    ...(baseDigest === null ? {} : { baseDigest }),
    totals: null,
    layers: [],
    instructions: stage.instructions.map(asWritten),
    ...(stage.globals ? { globalArguments: stage.globals.map(asWritten) } : {}),
    uses: usesOf(stage, stages, [], { parent: null, steps }),
  }
}

function baseOf(root: PlannedStage, boundary: BaseBoundary | null): Base | null {
  if (!boundary) return null
  return {
    reference: rootReference(root),
    digest: boundary.digest,
    layers: boundary.layers,
    line: root.line,
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
  { parent, steps }: { readonly parent: Stage | null; readonly steps: readonly BuildStep[] | null },
): Use[] {
  const uses = new Map<string, Use>()
  const digestOf = imageDigests(steps)
  const carriedBy = bytesByLine(layers)
  for (const take of stage.uses) {
    if (take.via === 'from' && take.stageIndex === null) continue
    const source = take.stageIndex === null ? null : stages[take.stageIndex]
    const name = source ? stageLabel(source) : take.reference
    const carried =
      take.via === 'copy'
        ? (carriedBy.get(take.line) ?? null)
        : take.via === 'from' && parent
          ? sumOfLayers(parent.layers.filter((layer) => layer.origin !== 'base')).fileBytes
          : null
    const digest = take.stageIndex === null && take.via !== 'from' ? digestOf(take.reference) : null
    const key = `${take.via} ${name}`
    const earlier = uses.get(key)
    uses.set(key, {
      stage: name,
      via: take.via,
      carriedBytes: earlier ? add(earlier.carriedBytes, carried) : carried,
      ...(digest === null ? {} : { digest }),
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
