/**
 * Finds out why layers differ, from the records alone. It considers edited instructions first, then the settings that a
 * step runs under, and then the inputs of the step. A step that differs although none of these do is drift: it produces
 * other bytes today.
 */
import { isImage, type Reference } from '../dockerfile/stage-references.ts'
import type { Instruction, Layer, Stage } from '../record/footprint.ts'
import { causeFromBase, causeOfBase } from './base-image.ts'
import { causesOfEdits, isEdited, type CauseOfEdit, type EditSurroundings } from './causes-of-edits.ts'
import type { ComparedCopy } from './causes-of-files.ts'
import type { BaseImageChange, Cause } from './comparison.ts'
import { foremost } from './foremost.ts'
import { familiarName } from './given.ts'
import { codecChange, growthOf } from './growth.ts'
import { isCopyOntoOthers, leftOutOf, type SourceSurroundings } from './left-out-of-source.ts'
import type { LayerPair } from './layer-pair.ts'
import { isSameCopy } from './same-copy.ts'
import type { Side } from './side.ts'
import type { ImageSurroundings, MovedTest } from './source-images.ts'
import { compareSettings, mayHaveOtherArguments, type Lineages } from './step-settings.ts'

/** A matched stage whose differences need causes. */
export interface StageToExplain extends Lineages {
  readonly before: Stage
  readonly after: Stage
  readonly baseImage: BaseImageChange
  readonly layers: readonly LayerPair[]
}

/** What the causes of a stage depend on besides the stage itself. */
export interface Surroundings extends EditSurroundings, SourceSurroundings, ImageSurroundings {
  readonly sameBuilder: boolean
  /** Whether both sides were built from the same commit without other files, so that their build contexts are equal. */
  readonly sameContext: boolean
  /** Whether the instructions come from the history of an image, which does not say what a COPY took its files from. */
  readonly fromHistory: boolean
  /**
   * Returns why a stage of either side differs for the stages that take from it, or null if it does not. `change` if it
   * was added or removed, `unknown` if the cause was not determined. For a COPY, only the files that it takes count.
   */
  readonly causeOfStage: (stage: Stage, copy: ComparedCopy | null) => Cause | null
}

/** The causes of a stage's differences. */
export interface Explained {
  /** The cause for each pair of layers; null if the two do not differ. */
  readonly layers: readonly (Cause | null)[]
  /** Pairs with the same files whose steps the change had run again, unless they came from a cache. */
  readonly reruns: ReadonlySet<LayerPair>
  /** Why the files that other stages take from this stage differ; null if they do not. */
  readonly stage: Cause | null
}

/** Returns the causes of a stage's differences. */
export function explainStage(stage: StageToExplain, surroundings: Surroundings): Explained {
  const isBaseOpen = mayBeOnAnotherBase(stage, surroundings)
  const passed = passedByLower(stage)
  const causeOfEdit = causesOfEdits(stage.layers, surroundings)
  // Why the layers below the current step differ.
  let below = causeFromBase(stage.baseImage, stage.before, stage.after)
  const hasOtherBase = below !== null
  let isCachedBelow = false
  const edited = stage.layers.filter(({ moved }) => moved)
  const lower = [...edited]
  const partLeftOut = leftOutOf(surroundings)
  const reruns = new Set<LayerPair>()
  const layers = stage.layers.map((pair): Cause | null => {
    if (passed.has(pair)) below = 'change'
    const { before, after } = pair
    if (before !== null && after !== null && unpackToTheSame(before, after)) {
      // An edited step that makes the same has later ones run again all the same.
      if (pair.moved || (!pair.base && isEdited(pair, surroundings))) below = 'change'
      // So has an edited setting, unless the step came from a cache.
      else if (!pair.base && before.diffId !== after.diffId && compareSettings(pair, stage, surroundings) === 'differ')
        below = 'change'
      // So may other files that it takes, if the step below it came from a cache.
      else if (isCachedBelow && mayHaveRunAgain(pair, surroundings)) below = foremost(below, 'unknown')
      // Empty layers are the same archive without a cache, too. A folder has a time.
      if (!pair.base && after.entries !== 0) isCachedBelow = before.diffId === after.diffId
      if (below === 'change') reruns.add(pair)
      if (!pair.base && !pair.moved) lower.push(pair)
      // What is stored in another way is the same, whether or not the base image is known.
      const ofBase = pair.base ? causeOfBase(stage.baseImage) : null
      return causeOfStorage(before, after, ofBase === 'unknown' ? null : ofBase)
    }
    const own = pair.base
      ? (causeOfBase(stage.baseImage) ?? 'unknown')
      : isBaseOpen
        ? 'unknown'
        : causeOfStep(pair, below, stage, surroundings, causeOfEdit)
    const isOfEdit = own === 'change' || own === 'unknown'
    // What was copied may be the same, and only what the layers below have in its place another.
    const isCopied = !pair.base && !isOfEdit && own !== below && isCopyOntoOthers(pair, surroundings)
    const isBelowEdit = isCopied && (edited.length > 0 || hasOtherBase)
    const part = isBelowEdit ? partLeftOut(pair, { edited, lower, hasOtherBase }) : 'none'
    // If no line below was edited, the base image moved and has other files in the place of these.
    const isOfMoved = edited.length === 0 && stage.baseImage.kind === 'moved'
    const cause = part === 'none' ? own : part === 'all' || isOfMoved ? (below ?? own) : 'unknown'
    if (isOfEdit && !pair.base && !pair.moved) edited.push(pair)
    if (!pair.base && !pair.moved) lower.push(pair)
    below = foremost(below, cause)
    return cause
  })
  return { layers, reruns, stage: below }
}

/** Returns the layers that another layer, once below them, is now above. */
function passedByLower({ before, layers }: StageToExplain): ReadonlySet<LayerPair> {
  const positions = new Map(before.layers.map((layer, position) => [layer, position]))
  const positionOf = (pair: LayerPair): number => (pair.before && positions.get(pair.before)) ?? Infinity
  const passed = new Set<LayerPair>()
  let lowest = Infinity
  for (const pair of layers.toReversed()) {
    if (pair.moved) lowest = Math.min(lowest, positionOf(pair))
    else if (lowest < positionOf(pair) && pair.before !== null) passed.add(pair)
  }
  return passed
}

/**
 * Returns whether a base image that neither side names may be the cause of every difference. That is so for two images
 * without provenance: any layer may be part of it, whatever its instruction is.
 */
const mayBeOnAnotherBase = ({ before, after }: StageToExplain, { fromHistory }: Surroundings): boolean =>
  fromHistory && before.base === null && after.base === null

/**
 * Returns whether a step was not cached, perhaps because it took other files, or other modes of them, from the context or
 * a stage.
 */
function mayHaveRunAgain({ before, after }: LayerPair, { sameContext, causeOfStage, ...sides }: Surroundings): boolean {
  const { references, context } = sides.after.inputsOf(after?.instruction?.text ?? '')
  // An empty layer is the same one if it is made again.
  if ((before?.diffId === after?.diffId && after?.entries !== 0) || sameContext) return false
  const isOfChange = (cause: Cause | null): boolean => cause === 'change' || cause === 'unknown'
  return (
    context !== null ||
    references.some((reference) => {
      const stage = sides.after.resolve(reference)
      return stage !== null && isOfChange(causeOfStage(stage, null))
    })
  )
}

/** Returns whether two layers unpack to the same files, apart from their times, which every rebuild of a step changes. */
function unpackToTheSame(before: Layer, after: Layer): boolean {
  if (before.diffId === after.diffId) return true
  const digest = before.timelessDigest ?? null
  return digest !== null && digest === after.timelessDigest
}

/**
 * Returns the cause for equal content that is stored in two ways. Steps that build on the layer or copy from it do not
 * see a difference. Other file times compress to a few bytes more or less, which is no cause.
 *
 * @param base why the layer differs if it is one of the base image
 */
function causeOfStorage(before: Layer, after: Layer, base: Cause | null): Cause | null {
  const { compressedSize, uncompressedSize, fileBytes } = growthOf(before, after)
  const isOneTar = before.diffId === after.diffId
  // One tar archive has two sizes, so one of the records is wrong.
  if (fileBytes !== 0 || (isOneTar && uncompressedSize !== 0)) return 'unknown'
  // The cause may be the flags of the build or another builder. A record contains neither.
  if (codecChange(before, after) !== null) return base ?? 'unknown'
  if (!isOneTar) return base
  return compressedSize === null || compressedSize === 0 ? null : (base ?? 'drift')
}

function causeOfStep(
  { before, after, moved }: LayerPair,
  below: Cause | null,
  stage: StageToExplain,
  surroundings: Surroundings,
  causeOfEdit: CauseOfEdit,
): Cause {
  const from = before === null ? null : before.instruction
  const to = after === null ? null : after.instruction
  const instruction = to ?? from
  if (instruction === null) return 'unknown'
  if (moved) return causeOfEdit(before, after)
  const settings = compareSettings({ before, after }, stage, surroundings)
  if (settings === 'differ') return causeOfEdit(before, after)
  const cause = causeOfInputs(before, after, instruction, below, surroundings)
  // If the settings are not known, apparent drift may also be an edited ENV.
  if (settings === 'not known' && cause !== 'change') return 'unknown'
  return cause !== 'change' && mayHaveOtherArguments(instruction, stage) ? 'unknown' : cause
}

/**
 * Returns the cause that comes from a step's inputs. The files of a COPY come from its source. Only if the source is
 * the same can the layers below explain a difference, by folders that the COPY had to make. The files of a RUN depend
 * on all of its inputs equally.
 */
function causeOfInputs(
  before: Layer | null,
  after: Layer | null,
  { text }: Instruction,
  below: Cause | null,
  surroundings: Surroundings,
): Cause {
  const side = after === null ? surroundings.before : surroundings.after
  const inputs = side.inputsOf(text)
  const sources = foremost(
    ...inputs.references.map((reference) => causeOfReference(reference, { text, before, after }, side, surroundings)),
  )
  if (inputs.runs) {
    const context = inputs.context === 'mount' ? causeOfMountedContext(surroundings) : null
    // Even one builder takes equal steps from its cache, so they cannot differ. A step that differs ran twice, because
    // the cache was pruned or disabled. Its bytes are drift, not a change that somebody made.
    return foremost(below, sources, context) ?? 'drift'
  }
  if (inputs.context === 'content' && !surroundings.sameContext && !isSameCopy(before, after, surroundings.sameBuilder))
    // Without its `--from`, a COPY from a stage looks the same, and the stage may have run again.
    return surroundings.fromHistory ? 'unknown' : 'change'
  return sources ?? below ?? 'drift'
}

/**
 * Returns the cause for a RUN that mounts the context, or null if the files that it sees are the same. One builder takes
 * the step from its cache unless these files differ. Otherwise the cause cannot be determined.
 */
function causeOfMountedContext({ sameBuilder, sameContext }: Surroundings): Cause | null {
  if (sameContext) return null
  return sameBuilder ? 'change' : 'unknown'
}

// The texts of both sides are equal except for the names of matched stages, so either side can be resolved.
function causeOfReference(
  reference: Reference,
  step: ComparedCopy,
  side: Side,
  { causeOfStage, namedContexts, hasMoved }: Surroundings,
): Cause | null {
  const stage = side.resolve(reference)
  if (stage === null)
    return namedContexts.has(familiarName(reference.reference)) ? 'unknown' : causeOfImage(reference, hasMoved)
  return causeOfStage(stage, reference.via === 'copy' ? step : null)
}

/**
 * Returns the cause for an image that a step takes files from. If it is not known whether the image moved, only that can
 * have given a COPY other files, while a RUN may also have drifted.
 */
function causeOfImage(reference: Reference, hasMoved: MovedTest): Cause | null {
  const moved = hasMoved(reference)
  if (moved !== null) return moved ? 'base-image' : null
  if (!isImage(reference.reference)) return 'unknown'
  return reference.via === 'copy' ? 'base-image' : 'drift'
}
