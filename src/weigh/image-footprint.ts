/**
 * Makes the footprint of an existing image from its manifest, its provenance or history, and the indexes of its layers.
 * Pure.
 */
import type { PlannedStage } from '../dockerfile/stage.ts'
import { stageLabel } from '../dockerfile/stage.ts'
import { baseBoundary, exportedStep, layerPlaces, spineOf, type BaseBoundary } from '../graph/attribution.ts'
import type { AttestedBuild } from '../images/attested-build.ts'
import type { SourceImage, SourceLayer } from '../images/source-image.ts'
import type { LayerIndex } from '../layer/layer-index.ts'
import { formatPlatform, unknownWord } from '../oci/platform.ts'
import type { Base, Image, Layer, Stage } from '../record/footprint.ts'
import { figuresOf, sumOfLayers } from '../record/layer-sums.ts'
import type { Use } from '../record/use.ts'
import { counted, textBefore } from '../text.ts'
import { weighStage } from './weigh-stage.ts'

/** An existing image that was weighed. */
export interface WeighedSourceImage {
  readonly image: Image
  /** Sentences for the report: contradictions in the image, why lines are not known, and missing layers. */
  readonly notes: readonly string[]
}

/**
 * Weighs an image.
 *
 * @param indexes one for each layer, from the lowest; null for a layer that the source does not hold
 */
export function weighImage(
  source: SourceImage,
  indexes: readonly (LayerIndex | null)[],
  name: string,
): WeighedSourceImage {
  const { build } = source
  const final = build?.stages?.find((stage) => stage.final)
  const stage =
    build?.stages && final
      ? stageFromDockerfile(source, indexes, build, build.stages, final)
      : stageFromHistory(source, indexes, build)
  return {
    image: { name, platform: source.platform, finalStage: stage.name, stages: [stage] },
    notes: [
      ...platformNotes(source),
      ...(build?.stages && final ? [] : [noteOf(source)]),
      ...(source.note === null ? [] : [source.note]),
      ...missingNote(source.layers.filter((_, position) => indexes[position] === null)),
    ],
  }
}

function platformNotes({ platform, contradicted }: SourceImage): readonly string[] {
  if (contradicted)
    return [
      `The index says ${formatPlatform(platform)} and the config ${formatPlatform(contradicted)}: the index counts, as for a client.`,
    ]
  const isUnknown = platform.os === unknownWord || platform.architecture === unknownWord
  return isUnknown ? ['Neither an index nor the config names the whole platform.'] : []
}

function noteOf({ attested, build, base }: SourceImage): string {
  const why = !attested
    ? 'the image has no provenance'
    : build === null
      ? 'the provenance of the image is not that of a BuildKit build with mode=max'
      : 'the provenance of the image has no Dockerfile'
  const lines = `Lines of the Dockerfile are not known, since ${why}: instructions come from its history, without values of build arguments.`
  return build === null ? `${lines} ${baseSentence(base)}` : lines
}

const cure =
  'To have all of this, read the report of `stage-footprint build`, or build the image with `--provenance=mode=max` and push it.'

function baseSentence(base: SourceImage['base']): string {
  if (base?.base == null) {
    const why = base === null ? '' : `: ${base.why ?? ''}`
    return `The base image is not known either${why}. So this report cannot say what an edit of the Dockerfile would save. ${cure}`
  }
  return base.base.reference === 'scratch'
    ? `Its ${base.by} say that it is FROM scratch.`
    : `The base image is the one that its ${base.by} name, and the image begins with its layers.`
}

/**
 * Limit for the digests in one sentence. A Windows image has two foreign layers; a broken image may lack all layers.
 */
const maxNamed = 3

function missingNote(layers: readonly SourceLayer[]): readonly string[] {
  if (layers.length === 0) return []
  const named = layers.slice(0, maxNamed).map(({ blob }) => blob.digest)
  const rest = layers.length - named.length
  const which = `${layers.length === 1 ? 'Layer' : 'Layers'} ${named.join(', ')}${rest === 0 ? '' : ` and ${counted(rest, 'more layer')}`}`
  const are = layers.length === 1 ? 'is' : 'are'
  return [
    `${which} ${are} not in this source, so what ${layers.length === 1 ? 'it holds' : 'they hold'}, and the sums that need it, are not known.`,
  ]
}

/** Returns a stage with everything that the report of a build has, except builder stages. */
function stageFromDockerfile(
  source: SourceImage,
  indexes: readonly (LayerIndex | null)[],
  { steps }: AttestedBuild,
  stages: readonly PlannedStage[],
  final: PlannedStage,
): Stage {
  const { config, configDigest, layers } = source
  const manifest = { layers: layers.map(({ blob }) => blob) }
  const image = { manifest, config, configDigest, manifestDigest: source.manifestDigest ?? configDigest }
  const stage = weighStage(final, stages, { image, steps, indexes }, null)
  return withInherited(
    { ...stage, layers: stage.layers.map((layer, position) => asHeld(layer, layers[position])) },
    final,
    stages,
  )
}

/** Returns a layer with the digest and size that it has in the source. */
function asHeld(layer: Layer, held: SourceLayer | undefined): Layer {
  return held ? { ...layer, digest: held.digest, compressedSize: held.compressedSize } : layer
}

/** Marks layers as inherited up to the last one made by an instruction of another stage, because stages are stacked. */
function withInherited(stage: Stage, final: PlannedStage, stages: readonly PlannedStage[]): Stage {
  const parent = stages[final.uses.find(({ via }) => via === 'from')?.stageIndex ?? -1]
  if (!parent || stage.totals.baseLayers === null) return stage
  const lines = new Set<number | null>(final.instructions.map(({ line }) => line))
  const own = (layer: Layer): boolean => lines.has(layer.instruction?.line ?? null)
  const end =
    stage.layers.findLastIndex((layer) => layer.origin === 'own' && layer.instruction !== null && !own(layer)) + 1
  const layers = stage.layers.map((layer, position): Layer =>
    layer.origin === 'own' && position < end ? { ...layer, origin: 'inherited' } : layer,
  )
  const inherited = layers.filter(({ origin }) => origin === 'inherited')
  const carriedBytes = sumOfLayers(inherited).fileBytes
  return {
    ...stage,
    layers,
    totals: {
      ...stage.totals,
      inheritedLayers: inherited.length,
      ownLayers: layers.length - stage.totals.baseLayers - inherited.length,
    },
    uses: stage.uses.map((use): Use =>
      use.via === 'from' && use.stage === stageLabel(parent) ? { ...use, carriedBytes } : use,
    ),
  }
}

function stageFromHistory(
  source: SourceImage,
  indexes: readonly (LayerIndex | null)[],
  build: AttestedBuild | null,
): Stage {
  const texts = source.instructions
  const spine = build && spineOf(build.steps, exportedStep(build.steps))
  const boundary = spine && baseBoundary(spine, source.layers.length)
  const base = (spine && boundary && baseOf(spine.root?.source ?? null, boundary)) ?? source.base?.base ?? null
  const baseLayers = base?.layers ?? null
  const places = spine && boundary ? layerPlaces(spine, boundary) : []
  const layers = source.layers.map((held, position): Layer => {
    const index = indexes[position]
    if (index === undefined) throw new RangeError(`layer ${position} was not read`)
    const isBase = position < (baseLayers ?? 0)
    const text = texts?.[position] ?? null
    const place = places[position]?.[0]
    return {
      digest: held.digest,
      diffId: held.diffId,
      mediaType: held.mediaType,
      compressedSize: held.compressedSize,
      ...figuresOf(index),
      timelessDigest: index?.timelessDigest ?? null,
      origin: isBase ? 'base' : 'own',
      instruction: text === null || isBase ? null : { text, line: lineOf(place?.start), endLine: lineOf(place?.end) },
    }
  })
  return {
    name: '0',
    index: 0,
    role: 'final',
    line: null,
    base,
    totals: {
      layers: layers.length,
      baseLayers,
      inheritedLayers: baseLayers === null ? null : 0,
      ownLayers: baseLayers === null ? null : layers.length - baseLayers,
      metadataOnlySteps: null,
      ...sumOfLayers(layers),
    },
    layers,
    uses: [],
  }
}

/** Returns a line number from provenance, or null if the value is not one. */
function lineOf(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : null
}

/** Returns the base image with the name that it was resolved to. Null if it is not an image with a known digest. */
function baseOf(root: string | null, boundary: BaseBoundary): Base | null {
  if (root === null) return { reference: 'scratch', ...boundary }
  if (boundary.digest === null) return null
  return { reference: textBefore(root.replace(/^[a-z-]+:\/\//, ''), '@sha256:', '@sha512:'), ...boundary }
}
