/**
 * Why layers differ, from the records alone: first what was edited, then what a step runs under, then what it takes
 * its input from. A step that differs though none of these do gives other bytes today: drift.
 */
import type { Reference } from '../dockerfile/takes.ts'
import type { LayerContents } from '../record/contents.ts'
import type { Instruction, Layer, Stage } from '../record/footprint.ts'
import { causeFromBase, causeOfBase } from './base-image.ts'
import type { BaseImageChange, Cause } from './comparison.ts'
import { codecChange, growthOf } from './growth.ts'
import type { Lineage } from './lineage.ts'
import type { LayerPair } from './match-layers.ts'
import type { Side } from './side.ts'

export interface StageToExplain {
  readonly before: Stage
  readonly after: Stage
  readonly baseImage: BaseImageChange
  readonly layers: readonly LayerPair[]
  /** Null where not every instruction is known. */
  readonly lineageBefore: Lineage | null
  readonly lineageAfter: Lineage | null
}

export interface Surroundings {
  readonly before: Side
  readonly after: Side
  readonly sameBuilder: boolean
  /**
   * Why a stage of either side that others take from differs, null where it does not; `change` where it was added or
   * removed, `unknown` where that was not found out.
   */
  readonly causeOfStage: (stage: Stage) => Cause | null
}

export interface Explained {
  /** For each pair of layers; null where they do not differ. */
  readonly layers: readonly (Cause | null)[]
  /** Why what others take from this stage differs; null where it does not. */
  readonly stage: Cause | null
}

/** What may be the change comes right after what is: it must never pass for drift. */
const order: readonly (Cause | null)[] = ['change', 'unknown', 'base-image', 'drift', null]

function foremost(...causes: readonly (Cause | null)[]): Cause | null {
  return order.find((cause) => causes.includes(cause)) ?? null
}

export function explainStage(stage: StageToExplain, surroundings: Surroundings): Explained {
  // Of what a step stands on, why it differs.
  let below = causeFromBase(stage.baseImage, stage.before, stage.after)
  const layers = stage.layers.map((pair): Cause | null => {
    const { before, after } = pair
    if (before !== null && after !== null && unpackToTheSame(before, after)) {
      if (pair.moved) below = 'change'
      return causeOfStorage(before, after, pair.base ? causeOfBase(stage.baseImage) : null)
    }
    const cause = pair.base
      ? (causeOfBase(stage.baseImage) ?? 'unknown')
      : causeOfStep(pair, below, stage, surroundings)
    below = foremost(below, cause)
    return cause
  })
  return { layers, stage: below }
}

/** But for the times of files, which every rebuild of a step changes. */
function unpackToTheSame(before: Layer, after: Layer): boolean {
  if (before.diffId === after.diffId) return true
  const digest = before.timelessDigest ?? null
  return digest !== null && digest === after.timelessDigest
}

/** Of one content that is stored in two ways. Nobody who builds on it or copies from it sees that. */
function causeOfStorage(before: Layer, after: Layer, base: Cause | null): Cause | null {
  const { compressedSize, uncompressedSize, fileBytes } = growthOf(before, after)
  // One diffID with two sizes: one of the records is wrong.
  if (uncompressedSize !== 0 || fileBytes !== 0) return 'unknown'
  // Flags of the build or another builder: a record tells neither.
  if (codecChange(before, after) !== null) return base ?? 'unknown'
  return compressedSize === null || compressedSize === 0 ? null : (base ?? 'drift')
}

function causeOfStep(
  { before, after, moved }: LayerPair,
  below: Cause | null,
  stage: StageToExplain,
  surroundings: Surroundings,
): Cause {
  const from = before === null ? null : before.instruction
  const to = after === null ? null : after.instruction
  const instruction = to ?? from
  if (instruction === null) return 'unknown'
  if (moved) return 'change'
  const settings =
    before === null || after === null
      ? settingsOfOneSided(from, to, stage, surroundings)
      : settingsOf(from, to, stage, surroundings)
  if (settings === 'differ') return 'change'
  const cause = causeOfInputs(before, after, instruction, below, surroundings)
  // Without the settings what seems to be drift may as well be an edited ENV.
  return settings === 'not known' && cause !== 'change' ? 'unknown' : cause
}

type Settings = 'same' | 'differ' | 'not known'

/** Of a step that made a layer on both sides; `differ` also where its own text does. */
function settingsOf(
  from: Instruction | null,
  to: Instruction | null,
  stage: StageToExplain,
  { before, after }: Surroundings,
): Settings {
  if (from === null || to === null) return 'not known'
  if (before.canonical(from.text) !== after.canonical(to.text)) return 'differ'
  return compared(stage.lineageBefore?.before(from) ?? null, stage.lineageAfter?.before(to) ?? null)
}

/**
 * Of a step that made a layer on one side only. Mostly it is on that side only. But a WORKDIR makes none where the
 * base has the folder already, and then its instruction stands on the other side as well.
 */
function settingsOfOneSided(
  from: Instruction | null,
  to: Instruction | null,
  stage: StageToExplain,
  { before, after }: Surroundings,
): Settings {
  const [own, other] =
    to === null ? [stage.lineageBefore, stage.lineageAfter] : [stage.lineageAfter, stage.lineageBefore]
  const instruction = to ?? from
  if (instruction === null) return 'not known'
  const text = (to === null ? before : after).canonical(instruction.text)
  if (own === null || other === null || other.count(text) === 0 || other.count(text) < own.count(text)) return 'differ'
  return compared(own.before(instruction), other.beforeText(text))
}

function compared(a: number | null, b: number | null): Settings {
  if (a === null || b === null) return 'not known'
  return a === b ? 'same' : 'differ'
}

/**
 * What a COPY puts into its layer comes from its source; only where that is the same do the layers below explain
 * anything (folders that it had to make). What a RUN makes comes from all of them alike.
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
  const sources = foremost(...inputs.references.map((reference) => causeOfReference(reference, side, surroundings)))
  if (inputs.runs) {
    const context = inputs.context === 'mount' ? causeOfMountedContext(surroundings) : null
    // With one builder too, steps that are the same come from its cache and cannot differ. One that does ran twice:
    // the cache was pruned, or told not to be used. So its bytes are today's, and nobody's change.
    return foremost(below, sources, context) ?? 'drift'
  }
  if (inputs.context === 'content' && !isSameCopy(before, after, surroundings)) return 'change'
  return sources ?? below ?? 'drift'
}

/** One builder takes the step from its cache unless what it sees of the context differs; else nothing tells. */
const causeOfMountedContext = ({ sameBuilder }: Surroundings): Cause => (sameBuilder ? 'change' : 'unknown')

/**
 * Where no digests tell: built elsewhere, time stamps differ, and so do layers of the same files. With one builder they
 * come from its cache, so a layer that differs has other content.
 */
function isSameCopy(before: Layer | null, after: Layer | null, { sameBuilder }: Surroundings): boolean {
  if (before === null || after === null) return false
  // Equal ones have been told before. An engine that holds layers unpacked writes other archives of the same files.
  const isOfOneKind = (before.digest === null) === (after.digest === null)
  if (before.timelessDigest && after.timelessDigest && isOfOneKind) return false
  if (sameBuilder) return false
  const [a, b] = [before.contents ?? null, after.contents ?? null]
  return (
    a !== null &&
    b !== null &&
    a.complete &&
    b.complete &&
    before.fileBytes === after.fileBytes &&
    before.entries === after.entries &&
    before.whiteouts === after.whiteouts &&
    before.opaqueWhiteouts === after.opaqueWhiteouts &&
    haveSameFiles(a, b)
  )
}

function haveSameFiles(before: LayerContents, after: LayerContents): boolean {
  const sizes = new Map(before.files.map(({ path, fileBytes }) => [path, fileBytes]))
  return (
    before.files.length === after.files.length &&
    after.files.every(({ path, fileBytes }) => sizes.get(path) === fileBytes)
  )
}

/** The texts of both sides are the same but for what counterparts are called, so either side leads to both. */
function causeOfReference(reference: Reference, side: Side, { causeOfStage }: Surroundings): Cause | null {
  const stage = side.resolve(reference)
  return stage === null ? causeOfImage(reference.reference) : causeOfStage(stage)
}

/** An image that a step takes from: a digest pins it, a tag moves, and a bare word may be a build context's name. */
function causeOfImage(reference: string): Cause | null {
  if (/@sha(?:256|512):/.test(reference)) return null
  return /[:/]/.test(reference) ? 'drift' : 'unknown'
}
