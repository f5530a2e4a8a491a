/** Matches the layers of a stage with those of its counterpart. */
import type { Layer, Stage } from '../record/footprint.ts'
import { align, keyOfBoth, keyOfContent, keyOfText, pairEquals, type Alignable, type Pair } from './align.ts'
import { countOf, keywordOf, normalised, similarity, wordsOf, type Words } from './instruction-text.ts'
import type { LayerPair } from './layer-pair.ts'
import { matchOneBase } from './match-one-base.ts'

/**
 * Returns every layer of both stages once, in the order of `after`. Removed layers are at their former position.
 *
 * If both sides know their base image, its layers form a separate group. The layers above it are aligned by content and
 * text. The remaining layers are then searched for at other positions (moved), and then between matched neighbours
 * (edited). If only one side knows its base image, see `matchOneBase`.
 */
export function matchLayers(before: Stage, after: Stage, unknown: UnknownText = 'any'): readonly LayerPair[] {
  if (before.base === null && after.base === null) return matchSteps(before.layers, after.layers, unknown)
  if (before.base === null || after.base === null)
    return matchOneBase(before, after, (old, now) => matchSteps(old, now, unknown))
  return [
    ...matchBase(before.layers.filter(isBase), after.layers.filter(isBase)),
    ...matchSteps(before.layers.filter(isAbove), after.layers.filter(isAbove), unknown),
  ]
}

const isBase = ({ origin }: Layer): boolean => origin === 'base'
const isAbove = (layer: Layer): boolean => !isBase(layer)

/** Matches the layers of a base image one by one from the bottom, because a layer depends on those below it. */
function matchBase(before: readonly Layer[], after: readonly Layer[]): readonly LayerPair[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, position) => ({
    before: before[position] ?? null,
    after: after[position] ?? null,
    moved: false,
    base: true,
  }))
}

interface Step extends Alignable {
  readonly layer: Layer
}

/**
 * Returns whether a layer is empty. All empty layers have equal content, so content alone does not distinguish them.
 */
const isEmpty = ({ fileBytes, entries }: Layer): boolean => fileBytes === 0 && entries === 0

function stepsOf(layers: readonly Layer[], numbers: Numbers): readonly Step[] {
  return layers.map((layer) => {
    const text = layer.instruction === null ? null : numbers.of(`text ${normalised(layer.instruction.text)}`)
    return {
      layer,
      content: isEmpty(layer) ? numbers.of(`empty ${text ?? 'unknown'} ${layer.diffId}`) : contentOf(layer, numbers),
      text,
      written: numbers.of(`written ${layer.instruction?.text ?? ''}`),
    }
  })
}

/**
 * Returns a number for the files that a layer unpacks to. Their times do not count. A COPY with another owner makes the same
 * as a RUN that changed the owner before, but it is the COPY that stays.
 */
function contentOf({ diffId, timelessDigest, instruction }: Layer, numbers: Numbers): number {
  const maker = instruction !== null && keywordOf(instruction.text) === 'RUN' ? ' RUN' : ''
  return numbers.ofEither(`content ${diffId}`, timelessDigest == null ? null : `timeless ${timelessDigest}${maker}`)
}

interface Numbers {
  readonly of: (key: string) => number
  /**
   * Returns one number for both keys. If one was seen before, it is that key's number; the first key takes precedence.
   */
  readonly ofEither: (key: string, other: string | null) => number
}

function numbering(): Numbers {
  const numbers = new Map<string, number>()
  const ofEither: Numbers['ofEither'] = (key, other) => {
    const number = numbers.get(key) ?? (other === null ? undefined : numbers.get(other)) ?? numbers.size
    for (const each of [key, other]) if (each !== null && !numbers.has(each)) numbers.set(each, number)
    return number
  }
  return { of: (key) => ofEither(key, null), ofEither }
}

function matchSteps(
  beforeLayers: readonly Layer[],
  afterLayers: readonly Layer[],
  unknown: UnknownText,
): readonly LayerPair[] {
  const numbers = numbering()
  const before = stepsOf(beforeLayers, numbers)
  const after = stepsOf(afterLayers, numbers)
  const aligned = align(before, after)
  const moved = findMoved(before, after, aligned)
  const edited = findEdited(before, after, aligned, moved, unknown)
  const inOrder = [...aligned, ...edited].sort(([a], [b]) => a - b)
  return merge(beforeLayers, afterLayers, inOrder, moved)
}

/** Returns the positions of one side that are not matched yet. */
function leftOver(length: number, taken: ReadonlySet<number>): readonly number[] {
  return Array.from({ length }, (_, position) => position).filter((position) => !taken.has(position))
}

function findMoved(before: readonly Step[], after: readonly Step[], aligned: readonly Pair[]): readonly Pair[] {
  const takenBefore = new Set(aligned.map(([i]) => i))
  const takenAfter = new Set(aligned.map(([, j]) => j))
  const moved: Pair[] = []
  for (const keyOf of [keyOfBoth, keyOfContent, keyOfText]) {
    const restBefore = leftOver(before.length, takenBefore)
    const restAfter = leftOver(after.length, takenAfter)
    const pairs = pairEquals(
      restBefore.map((i) => before[i] as Step),
      restAfter.map((j) => after[j] as Step),
      keyOf,
    )
    for (const [first, second] of pairs) {
      const [i, j] = [restBefore[first] as number, restAfter[second] as number]
      takenBefore.add(i)
      takenAfter.add(j)
      moved.push([i, j])
    }
  }
  return moved
}

/**
 * Which counterpart a layer without an instruction may have: any, or only one without an instruction too or of about
 * the same size. The latter is for sides of which one has no texts for its base image, so that a text and none are no
 * sign of an edit.
 */
export type UnknownText = 'any' | 'alike'
/** Smaller size divided by the larger one, from which two sizes are about the same. */
const closeEnough = 0.8

/** Similarity below which one instruction counts as removed and the other as added. */
const alikeEnough = 0.4
/**
 * Limit for the text comparisons of one stage. Above it, edited instructions are only searched for at the same
 * position.
 */
const maxComparisons = 40_000

function findEdited(
  before: readonly Step[],
  after: readonly Step[],
  aligned: readonly Pair[],
  moved: readonly Pair[],
  unknown: UnknownText,
): readonly Pair[] {
  const movedBefore = new Set(moved.map(([i]) => i))
  const movedAfter = new Set(moved.map(([, j]) => j))
  const edited: Pair[] = []
  let comparisons = 0
  let [nextBefore, nextAfter] = [0, 0]
  for (const [endBefore, endAfter] of [...aligned, [before.length, after.length] as const]) {
    const gapBefore = range(nextBefore, endBefore).filter((i) => !movedBefore.has(i))
    const gapAfter = range(nextAfter, endAfter).filter((j) => !movedAfter.has(j))
    ;[nextBefore, nextAfter] = [endBefore + 1, endAfter + 1]
    if (gapBefore.length === 0 || gapAfter.length === 0) continue
    comparisons += gapBefore.length * gapAfter.length
    const a = gapBefore.map((i) => describe(before[i] as Step))
    const b = gapAfter.map((j) => describe(after[j] as Step))
    const pairs = comparisons <= maxComparisons ? mostAlike(a, b, unknown) : alikeInPlace(a, b, unknown)
    edited.push(...pairs.map(([first, second]): Pair => [gapBefore[first] as number, gapAfter[second] as number]))
  }
  return edited
}

const range = (start: number, end: number): readonly number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, position) => start + position)

interface Described {
  readonly layer: Layer
  readonly keyword: string | null
  readonly words: Words
}

function describe({ layer }: Step): Described {
  const text = layer.instruction?.text ?? null
  return { layer, keyword: text === null ? null : keywordOf(text), words: wordsOf(text) ?? countOf([]) }
}

/** Returns how similar two layers are, from 0 to 1. If an instruction is not known, only their sizes are compared. */
function likeness(a: Described, b: Described, alone: boolean, unknown: UnknownText): number {
  if (a.keyword === null || b.keyword === null) {
    const close = closeness(a.layer.uncompressedSize, b.layer.uncompressedSize)
    return unknown === 'any' || a.keyword === b.keyword || close >= closeEnough ? alikeEnough + 0.1 * close : 0
  }
  if (a.keyword !== b.keyword) return 0
  // The only layer between two matched neighbours, with the same keyword: it replaced the other one.
  return Math.max(similarity(a.words, b.words), alone ? alikeEnough : 0)
}

const closeness = (a: number | null, b: number | null): number => {
  if (a === null || b === null) return 0
  return a === b ? 1 : Math.min(a, b) / Math.max(a, b)
}

/** Returns the pairs, in order, with the highest total similarity. */
function mostAlike(before: readonly Described[], after: readonly Described[], unknown: UnknownText): readonly Pair[] {
  const alone = before.length === 1 && after.length === 1
  const width = after.length + 1
  const best = new Float64Array((before.length + 1) * width)
  const like = before.map((a) => after.map((b) => likeness(a, b, alone, unknown)))
  const at = (i: number, j: number): number => best[i * width + j] ?? 0
  const likeAt = (i: number, j: number): number => {
    const value = like[i]?.[j] ?? 0
    return value < alikeEnough ? 0 : value
  }
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const value = likeAt(i, j)
      const paired = value === 0 ? 0 : value + at(i + 1, j + 1)
      best[i * width + j] = Math.max(paired, at(i + 1, j), at(i, j + 1))
    }
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  while (i < before.length && j < after.length) {
    const value = likeAt(i, j)
    if (value > 0 && at(i, j) === value + at(i + 1, j + 1)) pairs.push([i++, j++])
    else if (at(i, j) === at(i + 1, j)) i++
    else j++
  }
  return pairs
}

function alikeInPlace(
  before: readonly Described[],
  after: readonly Described[],
  unknown: UnknownText,
): readonly Pair[] {
  return range(0, Math.min(before.length, after.length))
    .filter(
      (position) =>
        likeness(before[position] as Described, after[position] as Described, false, unknown) >= alikeEnough,
    )
    .map((position): Pair => [position, position])
}

function merge(
  before: readonly Layer[],
  after: readonly Layer[],
  inOrder: readonly Pair[],
  moved: readonly Pair[],
): readonly LayerPair[] {
  const paired = new Map(inOrder.map(([i, j]) => [j, i]))
  const movedTo = new Map(moved.map(([i, j]) => [j, i]))
  const kept = new Set([...paired.values(), ...movedTo.values()])
  const layers: LayerPair[] = []
  let next = 0
  const takeRemoved = (end: number): void => {
    for (; next < end; next++)
      if (!kept.has(next)) layers.push({ before: before[next] as Layer, after: null, moved: false, base: false })
  }
  after.forEach((layer, j) => {
    const i = paired.get(j)
    if (i !== undefined) takeRemoved(i)
    const source = i ?? movedTo.get(j)
    layers.push({
      before: source === undefined ? null : (before[source] as Layer),
      after: layer,
      moved: i === undefined && source !== undefined,
      base: false,
    })
    // Layers that were removed or added right below the next pair come before it.
    if (i !== undefined) next = Math.max(next, i + 1)
  })
  takeRemoved(before.length)
  return layers
}
