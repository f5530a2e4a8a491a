/** Compares two footprints. Pure. */
import { FootprintError } from '../errors.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image, Stage } from '../record/footprint.ts'
import { settingsOfExistingImages } from '../record/settings.ts'
import type { Surroundings } from './causes.ts'
import { causeOfFiles } from './causes-of-files.ts'
import type { BaselineOrigin, Comparison, ImageComparison, StageChange } from './comparison.ts'
import { withDeletions } from './deletions.ts'
import { withEditsElsewhere } from './edits-elsewhere.ts'
import { givenNames, type GivenNames } from './given.ts'
import { requireExactSums } from './growth.ts'
import { growthBesideEdit, growthOfSource } from './growth-of-others.ts'
import { haveOtherWords, isFromHistory, withoutUnknownStages } from './image-side.ts'
import { lineagesOf, numberSettings } from './lineage.ts'
import { matchImages } from './match-images.ts'
import { comparableImages, finalStageOf, matchStages, type ComparableImage, type StagePair } from './match-stages.ts'
import { notesOf } from './notes.ts'
import { withOtherLayers } from './package-moves.ts'
import { withPathsElsewhere } from './path-moves.ts'
import { withRepetitions } from './repeated-layers.ts'
import { pullCost } from './pull-cost.ts'
import { sideOf } from './side.ts'
import { movedTest } from './source-images.ts'
import { sourcesFirst } from './stage-order.ts'
import { compareStagePair, oneSided, type ComparedStage } from './stage-pair.ts'
import { isUnchanged } from './unchanged-stages.ts'
import { unweighedStages } from './unweighed-stages.ts'

/** What is known about the two sides besides their footprints. */
export interface CompareOptions {
  /**
   * Whether one builder built both sides, so that equal steps came from its cache. False for a stored record, which was
   * built elsewhere and at another time.
   */
  readonly sameBuilder: boolean
}

/**
 * Compares `before` (the baseline) with `after` (the head).
 *
 * @throws FootprintError UNREADABLE_INPUT if a well-formed record cannot be compared: an image has no final stage, or
 * the sizes of its layers cannot be added up exactly
 */
export function compareFootprints(
  before: Footprint,
  after: Footprint,
  origin: BaselineOrigin,
  options: CompareOptions,
): Comparison {
  requireExactSums(before, 'baseline')
  requireExactSums(after, 'head')
  // Another image must not be taken for one that was not weighed.
  const notWeighed = unweighedIn(before, after)
  const lost = unweighedIn(after, before)
  const matches = matchImages(
    before.images.filter((image) => !lost.includes(image)),
    after.images.filter((image) => !notWeighed.includes(image)),
  )
  const images = matches.pairs.map((pair) =>
    compareImages(pair.before, pair.after, { ...options, sameContext: haveSameContext(before, after) }),
  )
  const { added, removed, ambiguous } = matches
  return {
    ...{ origin, images, added, removed, ambiguous },
    ...(notWeighed.length === 0 ? {} : { notWeighed }),
    notes: notesOf(before, after, matches, images, notWeighed),
  }
}

/** Returns the images of one side that the other side has too, but could not weigh. */
function unweighedIn({ images, unweighedTargets = [] }: Footprint, other: Footprint): readonly Image[] {
  const weighed = images.map(({ name }) => name)
  return other.images.filter(({ name }) => unweighedTargets.includes(name) && !weighed.includes(name))
}

/**
 * Returns whether both were built from one commit. The record of a build names its commit only if nothing else was in
 * the context. A record of existing images names the commit of the run, whatever the images were built from.
 */
function haveSameContext({ revision: a }: Footprint, { revision: b }: Footprint): boolean {
  return (
    a?.commit != null && a.commit === b?.commit && a.settings === b.settings && a.settings !== settingsOfExistingImages
  )
}

function compareImages(before: Image, after: Image, options: ImageOptions): ImageComparison {
  const finals = { before: requireFinal(before, 'baseline'), after: requireFinal(after, 'head') }
  const comparable = withoutUnknownStages({ before, after }, comparableImages(before, after))
  const pairs = matchStages(comparable.before, comparable.after)
  const stages = compareStages(comparable.before, comparable.after, pairs, {
    ...options,
    given: givenNames(before, after),
    otherWords: haveOtherWords(before, after),
    fromHistory: isFromHistory(before) && isFromHistory(after),
  })
  const final = stages[pairs.findIndex((pair) => pair.after === finals.after)]
  if (final === undefined) throw new RangeError('the final stage was matched with none')
  const unweighed = unweighedStages(before, after)
  return {
    before,
    after,
    final,
    stages,
    pullCost: pullCost(finals.before, finals.after),
    unchanged: stages.every(isUnchanged) && unweighed !== 'differ',
    hasUnknownStages: unweighed === 'alike',
  }
}

function requireFinal(image: Image, side: 'baseline' | 'head'): Stage {
  const final = finalStageOf(image)
  if (final) return final
  throw new FootprintError(
    'UNREADABLE_INPUT',
    `image ${image.name} (${formatPlatform(image.platform)}) in the ${side} has no final stage: its record is damaged, weigh it again`,
  )
}

interface ImageOptions extends CompareOptions {
  readonly sameContext: boolean
}

interface StageOptions extends ImageOptions {
  readonly given: GivenNames
  /** Whether the instructions of the two sides are written in different forms and cannot be compared. */
  readonly otherWords: boolean
  /** Whether the instructions of both sides come from the history of an image. */
  readonly fromHistory: boolean
}

function compareStages(
  before: ComparableImage,
  after: ComparableImage,
  pairs: readonly StagePair[],
  { sameBuilder, sameContext, given, otherWords, fromHistory }: StageOptions,
): readonly StageChange[] {
  // A Dockerfile cannot contain a NUL character.
  const labels = new Map(
    pairs.flatMap((pair, position) => stagesOf(pair).map((stage) => [stage, `\0${position}`] as const)),
  )
  const sides = { before: sideOf(before.stages, labels), after: sideOf(after.stages, labels) }
  const compared = new Map<Stage, ComparedStage>()
  const surroundings: Surroundings = {
    ...sides,
    sameBuilder,
    sameContext,
    namedContexts: given.contexts,
    hasMoved: movedTest(before.stages, after.stages, sameBuilder),
    fromHistory,
    causeOfStage: (stage, copy) => {
      const found = compared.get(stage)
      if (found === undefined) return 'unknown'
      const { change, cause } = found
      return copy === null || change.kind !== 'matched' ? cause : causeOfFiles(copy, change.layers, cause)
    },
    growthOfSource: (stage, from, to) => {
      const change = compared.get(stage)?.change
      return change?.kind === 'matched' ? growthOfSource(from, to, change.layers) : null
    },
    growthBesideEdit: (stage, copy) => {
      const change = compared.get(stage)?.change
      return change?.kind === 'matched' ? growthBesideEdit(copy, change.layers) : 0
    },
  }
  const numbers = numberSettings()
  const lineages = {
    before: lineagesOf(sides.before, numbers, given.arguments),
    after: lineagesOf(sides.after, numbers, given.arguments),
  }
  const changes = new Map<StagePair, StageChange>()
  for (const pair of sourcesFirst(pairs, sides)) {
    const found =
      pair.before === null || pair.after === null
        ? oneSided(pair)
        : compareStagePair(pair.before, pair.after, pair.matchedBy, lineages, surroundings, otherWords)
    changes.set(pair, found.change)
    for (const stage of stagesOf(pair)) compared.set(stage, found)
  }
  const inOrder = pairs.flatMap((pair) => changes.get(pair) ?? [])
  return withOtherLayers(withEditsElsewhere(inOrder, sides.after, given.arguments))
    .map(withPathsElsewhere)
    .map(withRepetitions)
    .map(withDeletions)
}

const stagesOf = (pair: StagePair): readonly Stage[] => [pair.before, pair.after].filter((stage) => stage !== null)
