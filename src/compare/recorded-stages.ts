/**
 * Takes figures for stages that were not built in this run from records of runs that built them. A figure is used only
 * if the stage and all stages that it takes from have the same base and instructions, and the layers that other stages
 * took from it are the same. Other files that it read, and build arguments that were passed, may differ, so the report
 * does not call the result the same. Pure.
 */
import { joinLines, splitStatement } from '../dockerfile/instructions.ts'
import { referencesOf } from '../dockerfile/stage-references.ts'
import { normalisedPlatform } from '../oci/platform.ts'
import type { Footprint, Image, Layer, RecordedFigures, Revision, Stage, UnbuiltStage } from '../record/footprint.ts'

/** Returns whether there is a stage that was not built and for which no figures were found yet. */
export function lacksFigures({ images }: Footprint): boolean {
  return images.some(imageLacksFigures)
}

/** Returns the same for one image. */
export function imageLacksFigures({ unbuiltStages = [] }: Image): boolean {
  return unbuiltStages.some(({ recorded }) => !recorded)
}

/**
 * Returns the footprint with the figures that this record has for stages without figures. It may have them from an
 * earlier record.
 */
export function withFiguresOf(footprint: Footprint, record: Footprint): Footprint {
  return { ...footprint, images: footprint.images.map((image) => withImageOf(image, record)) }
}

function withImageOf(image: Image, { images, revision }: Footprint): Image {
  const { unbuiltStages = [] } = image
  const [other, ...namesakes] = images.filter(
    ({ name, platform }) => name === image.name && normalisedPlatform(platform) === normalisedPlatform(image.platform),
  )
  if (unbuiltStages.length === 0 || other === undefined || namesakes.length > 0 || revision === undefined) return image
  const same = sameStages(image, other)
  return {
    ...image,
    unbuiltStages: unbuiltStages.map((stage) => {
      const found = stage.recorded ? undefined : same.get(stage.index)
      return found === undefined ? stage : { ...stage, recorded: figuresOf(found, revision) }
    }),
  }
}

/** A stage that a record has figures of. */
type KnownStage = Stage | (UnbuiltStage & { readonly recorded: RecordedFigures })

function figuresOf(stage: KnownStage, { commit, weighedAt }: Revision): RecordedFigures {
  return 'built' in stage ? stage.recorded : { commit, weighedAt, base: stage.base, totals: stage.totals }
}

type AnyStage = Pick<Stage | UnbuiltStage, 'name' | 'index' | 'instructions' | 'globalArguments' | 'layers'>

/**
 * Returns the recorded stages whose figures can be used for a stage that was not built, by the position of that stage.
 */
function sameStages(image: Image, other: Image): ReadonlyMap<number, KnownStage> {
  const found = new Map<number, KnownStage>()
  const unbuilt = image.unbuiltStages ?? []
  const alike = madeAlike(image, other)
  // A stage takes from stages above it, so the stages that take come first.
  for (const stage of unbuilt.toSorted((one, another) => another.index - one.index)) {
    const recorded = recordedOf(stage, other)
    if (recorded === undefined || !alike.has(stage.index)) continue
    const users = [...image.stages, ...unbuilt].filter((user) => takesFrom(user, stage))
    // What a stage that was not built copied is not known. If it is FROM this one, its figures include this one's.
    const verdicts = users.map((user) =>
      'built' in user ? (isFrom(user, stage) && found.has(user.index)) || null : tookTheSame(user, stage, other),
    )
    if (verdicts.includes(true) && !verdicts.includes(false)) found.set(stage.index, recorded)
  }
  return found
}

/** Returns the positions of stages that both Dockerfiles make in the same way, including all stages that they need. */
function madeAlike({ stages, unbuiltStages = [] }: Image, other: Image): ReadonlySet<number> {
  const alike = new Set<number>()
  const all = [...stages, ...unbuiltStages].toSorted((one, another) => one.index - another.index)
  // A stage takes from stages above it.
  for (const stage of all) {
    const recorded = recordedOf(stage, other)
    if (recorded === undefined || !hasSameInstructions(stage, recorded) || !hasSameBase(stage, recorded)) continue
    const isSame = (source: Stage | UnbuiltStage): boolean =>
      'built' in source
        ? alike.has(source.index)
        : // Variables and users of a parent make no layer.
          hasSameLayers(source, recordedOf(source, other)) && (alike.has(source.index) || !isFrom(stage, source))
    // The layers of a stage that was built show what it copied.
    const depends = 'built' in stage ? takesFrom : isFrom
    const sources = all.filter((source) => source.index < stage.index && depends(stage, source))
    if (sources.every(isSame)) alike.add(stage.index)
  }
  return alike
}

const recordedOf = ({ name, index }: AnyStage, { stages, unbuiltStages = [] }: Image): KnownStage | undefined =>
  [...stages, ...unbuiltStages.filter(hasFigures)].find((other) => other.index === index && other.name === name)

const hasFigures = (stage: UnbuiltStage): stage is UnbuiltStage & { readonly recorded: RecordedFigures } =>
  Boolean(stage.recorded)

/** Returns whether a stage has the same base image as in the record. Its digest decides, since a tag may have moved. */
function hasSameBase(stage: Stage | UnbuiltStage, recorded: KnownStage): boolean {
  const base = 'built' in recorded ? recorded.recorded.base : recorded.base
  const [reference, digest] =
    'built' in stage ? [stage.baseReference, stage.baseDigest] : [stage.base?.reference, stage.base?.digest]
  if (reference === undefined || reference !== base?.reference) return false
  return reference === 'scratch' || (digest != null && digest === base.digest)
}

const hasSameLayers = ({ layers }: Stage, other: KnownStage | undefined): boolean =>
  layers.length === other?.layers.length &&
  layers.every(({ diffId }, position) => diffId === other.layers[position]?.diffId)

function hasSameInstructions(one: AnyStage, other: AnyStage): boolean {
  const texts = ({ instructions, globalArguments = [] }: AnyStage): readonly string[] | undefined =>
    instructions && [...globalArguments, ...instructions].map(({ text }) => text)
  const [some, others] = [texts(one), texts(other)]
  return (
    some !== undefined && some.length === others?.length && some.every((text, position) => text === others[position])
  )
}

/** Returns whether a stage took the same layers in both. Returns null if the layers that it took are not known. */
function tookTheSame(user: Stage, stage: AnyStage, other: Image): boolean | null {
  const recorded = other.stages.find(({ index, role }) => index === user.index && role === user.role)
  const layers = layersFrom(user, stage)
  if (recorded === undefined || layers.length === 0) return null
  const others = layersFrom(recorded, stage)
  return layers.length === others.length && layers.every(({ diffId }, position) => diffId === others[position]?.diffId)
}

const layersFrom = ({ layers }: Stage, stage: AnyStage): readonly Layer[] =>
  layers.filter(({ origin, instruction }) => origin === 'own' && instruction !== null && takes(instruction.text, stage))

function takesFrom(user: Stage | UnbuiltStage, stage: AnyStage): boolean {
  const { instructions = [], layers } = user
  const texts = [...instructions, ...layers.flatMap(({ instruction }) => instruction ?? [])].map(({ text }) => text)
  return texts.some((text) => takes(text, stage)) || isFrom(user, stage)
}

const isFrom = ({ uses }: Stage | UnbuiltStage, stage: AnyStage): boolean =>
  uses.some(({ via, stage: name }) => via === 'from' && name === stage.name)

function takes(text: string, { name, index }: AnyStage): boolean {
  return referencesOf(splitStatement(joinLines(text), '\\')).some(
    ({ reference }) => reference.toLowerCase() === name.toLowerCase() || reference === String(index),
  )
}
