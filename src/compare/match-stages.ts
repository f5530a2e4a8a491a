/** Matches the stages of the baseline with those of the head. */
import type { Image, Stage } from '../record/footprint.ts'
import { isUnnamed } from '../record/stage-name.ts'
import type { StageChange } from './comparison.ts'
import { countOf, normalised, similarity, type Words } from './instruction-text.ts'

/** A stage and its counterpart. */
export interface StagePair {
  /** Null if the stage was added. Only one of the two can be null. */
  readonly before: Stage | null
  /** Null if the stage was removed. */
  readonly after: Stage | null
  readonly matchedBy: StageChange['matchedBy']
}

/** An image with those of its stages that can be compared. */
export type ComparableImage = Pick<Image, 'finalStage' | 'stages'>

/**
 * Returns both images without the stages for which one side has no figures, because those are neither new nor removed.
 */
export function comparableImages(
  before: Image,
  after: Image,
): { readonly before: ComparableImage; readonly after: ComparableImage } {
  const without = (image: Image, other: Image): ComparableImage => {
    const unknown = new Set((other.unbuiltStages ?? []).map(({ name }) => name.toLowerCase()))
    return {
      finalStage: image.finalStage,
      stages: image.stages.filter(({ name, role }) => role === 'final' || !unknown.has(name.toLowerCase())),
    }
  }
  return { before: without(before, after), after: without(after, before) }
}

/**
 * Returns the target stage. A record names it and gives it the role `final`. If the two disagree, the last stage with
 * that role is used.
 */
export function finalStageOf({ stages, finalStage }: ComparableImage): Stage | null {
  const finals = stages.filter(({ role }) => role === 'final')
  return (
    finals.findLast(({ name }) => name === finalStage) ??
    finals.at(-1) ??
    stages.findLast(({ name }) => name === finalStage) ??
    null
  )
}

/**
 * Returns every stage of both sides once, in the order of the head. Removed stages come last.
 *
 * The final stages are matched whatever their names are. Then stages with the same name are matched. The "name" of an
 * unnamed stage is its position, which shifts if a stage is inserted before it. Unnamed and remaining stages are
 * matched by content, and then by position if they have something in common.
 */
export function matchStages(before: ComparableImage, after: ComparableImage): readonly StagePair[] {
  const found = new Map<Stage, { readonly before: Stage; readonly matchedBy: StageChange['matchedBy'] }>()
  const taken = new Set<Stage>()
  const take = (a: Stage, b: Stage, matchedBy: StageChange['matchedBy']): void => {
    found.set(b, { before: a, matchedBy })
    taken.add(a)
  }
  const rest = (): Sides => ({
    before: before.stages.filter((stage) => !taken.has(stage)),
    after: after.stages.filter((stage) => !found.has(stage)),
  })
  const finals = [finalStageOf(before), finalStageOf(after)] as const
  if (finals[0] && finals[1]) take(finals[0], finals[1], haveOneName(finals[0], finals[1]) ? 'name' : 'position')
  for (const [a, b] of sameNames(rest())) take(a, b, 'name')
  const comparable = describe(rest())
  for (const [a, b] of byContent(comparable))
    take(a, b, isUnnamed(a.name) && isUnnamed(b.name) && a.index === b.index ? 'position' : 'content')
  for (const [a, b] of byPosition(rest())) take(a, b, 'position')
  return [
    ...after.stages.map((stage): StagePair => {
      const counterpart = found.get(stage)
      return { before: counterpart?.before ?? null, after: stage, matchedBy: counterpart?.matchedBy ?? null }
    }),
    ...before.stages
      .filter((stage) => !taken.has(stage))
      .map((stage): StagePair => ({ before: stage, after: null, matchedBy: null })),
  ]
}

interface Sides {
  readonly before: readonly Stage[]
  readonly after: readonly Stage[]
}

type Match = readonly [before: Stage, after: Stage]

const haveOneName = (a: Stage, b: Stage): boolean =>
  !isUnnamed(a.name) && !isUnnamed(b.name) && a.name.toLowerCase() === b.name.toLowerCase()

/**
 * Matches stages with the same name. If there are several, similar ones are matched first, and then the remaining ones
 * in order.
 */
function sameNames({ before, after }: Sides): readonly Match[] {
  const named = (stages: readonly Stage[]): Map<string, Stage[]> =>
    Map.groupBy(
      stages.filter((stage) => !isUnnamed(stage.name)),
      ({ name }) => name.toLowerCase(),
    )
  const namedAfter = named(after)
  return [...named(before)].flatMap(([name, a]): readonly Match[] => {
    const b = namedAfter.get(name) ?? []
    if (a.length === b.length) return a.map((stage, position): Match => [stage, b[position] as Stage])
    const alike = byContent(describe({ before: a, after: b }))
    const restBefore = a.filter((stage) => !alike.some(([taken]) => taken === stage))
    const restAfter = b.filter((stage) => !alike.some(([, taken]) => taken === stage))
    const most = Math.min(restBefore.length, restAfter.length)
    return [
      ...alike,
      ...restBefore.slice(0, most).map((stage, position): Match => [stage, restAfter[position] as Stage]),
    ]
  })
}

/** The features that stages are compared by: their base, instructions and layers. */
interface Described {
  readonly stage: Stage
  readonly position: number
  readonly features: Words
}

interface DescribedSides {
  readonly before: readonly Described[]
  readonly after: readonly Described[]
}

/** Limit for the features that are compared. Further ones hardly change how similar two stages are. */
const comparedFeatures = 300

function describe({ before, after }: Sides): DescribedSides {
  const of = (stage: Stage, position: number): Described => ({ stage, position, features: featuresOf(stage) })
  return { before: before.map(of), after: after.map(of) }
}

function featuresOf(stage: Stage): Words {
  const own = stage.layers.filter(({ origin }) => origin === 'own')
  const instructions = stage.instructions ?? own.flatMap(({ instruction }) => instruction ?? [])
  return countOf(
    [
      `base ${stage.base?.reference ?? ''}`,
      ...stage.uses.filter(({ via }) => via === 'from').map((use) => `from ${use.stage.toLowerCase()}`),
      ...instructions.slice(0, comparedFeatures).map(({ text }) => `step ${normalised(text)}`),
      ...own.map(({ diffId }) => `layer ${diffId}`),
    ].slice(0, 2 * comparedFeatures),
  )
}

/** Similarity above which two stages are matched: half of their features are the same. */
const alikeEnough = 0.5
/** Limit for the pairs of stages that are compared. No public Dockerfile that we know has more than 98 stages. */
const maxPairs = 10_000

/** Matches stages by content, the most similar first. Of equally similar ones, the nearest are matched. */
function byContent({ before, after }: DescribedSides): readonly Match[] {
  const candidates = (
    before.length * after.length <= maxPairs
      ? before.flatMap((a) => after.map((b) => ({ a, b })))
      : before.slice(0, after.length).map((a, position) => ({ a, b: after[position] as Described }))
  ).map((pair) => ({ ...pair, alike: similarity(pair.a.features, pair.b.features) }))
  const distance = ({ a, b }: { readonly a: Described; readonly b: Described }): number =>
    Math.abs(a.position - b.position)
  const taken = new Set<Described>()
  return candidates
    .filter(({ alike }) => alike >= alikeEnough)
    .sort((x, y) => y.alike - x.alike || distance(x) - distance(y) || x.a.position - y.a.position)
    .flatMap(({ a, b }): readonly Match[] => {
      if (taken.has(a) || taken.has(b)) return []
      taken.add(a).add(b)
      return [[a.stage, b.stage]]
    })
}

/** Matches stages at the same position of the Dockerfile that have something in common. */
function byPosition({ before, after }: Sides): readonly Match[] {
  const places = new Map(before.map((stage) => [stage.index, stage]))
  return after.flatMap((stage): readonly Match[] => {
    const counterpart = places.get(stage.index)
    if (counterpart === undefined || similarity(featuresOf(counterpart), featuresOf(stage)) === 0) return []
    places.delete(stage.index)
    return [[counterpart, stage]]
  })
}
