/** Which stage of the baseline is which of the head. */
import type { Image, Stage } from '../record/footprint.ts'
import type { StageChange } from './comparison.ts'
import { countOf, normalised, similarity, type Words } from './instruction-text.ts'

export interface StagePair {
  /** Null where it was added; one of the two is never null. */
  readonly before: Stage | null
  /** Null where it was removed. */
  readonly after: Stage | null
  readonly matchedBy: StageChange['matchedBy']
}

/** An image with those of its stages that can be compared. */
export type ComparableImage = Pick<Image, 'finalStage' | 'stages'>

/** Without stages of which one side has no figures: they have neither grown nor come or gone. */
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

/** The target. A record names it and gives it its role; its last stage of that role counts where they disagree. */
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
 * Every stage of both sides, once, in the order of the head; removed ones last.
 *
 * The final stages go together whatever they are called, then those of one name. What is left, and the unnamed whose
 * "names" are positions that shift when a stage comes in before them, goes by content, then by position where the
 * two have at least something in common.
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
    take(a, b, isUnnamed(a) && isUnnamed(b) && a.index === b.index ? 'position' : 'content')
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

/** An unnamed stage is called by its position, which no name given by AS can be: those begin with a letter. */
const isUnnamed = ({ name, index }: Stage): boolean => name === String(index)

const haveOneName = (a: Stage, b: Stage): boolean =>
  !isUnnamed(a) && !isUnnamed(b) && a.name.toLowerCase() === b.name.toLowerCase()

/** Of several stages of one name on both sides those that are alike go together, then the first with the first. */
function sameNames({ before, after }: Sides): readonly Match[] {
  const named = (stages: readonly Stage[]): Map<string, Stage[]> =>
    Map.groupBy(
      stages.filter((stage) => !isUnnamed(stage)),
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

/** What stages are compared by: their base, their instructions, their layers. */
interface Described {
  readonly stage: Stage
  readonly position: number
  readonly features: Words
}

interface DescribedSides {
  readonly before: readonly Described[]
  readonly after: readonly Described[]
}

/** More of a stage than this does not make it more or less like another. */
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

/** Half of what two stages hold is the same. */
const alikeEnough = 0.5
/** Pairs of stages that are compared; the public Dockerfiles with most stages have 98. */
const mostPairs = 10_000

/** Those most alike first; of equals the nearest. */
function byContent({ before, after }: DescribedSides): readonly Match[] {
  const candidates = (
    before.length * after.length <= mostPairs
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

/** At the same place of the Dockerfile, with at least something in common. */
function byPosition({ before, after }: Sides): readonly Match[] {
  const places = new Map(before.map((stage) => [stage.index, stage]))
  return after.flatMap((stage): readonly Match[] => {
    const counterpart = places.get(stage.index)
    if (counterpart === undefined || similarity(featuresOf(counterpart), featuresOf(stage)) === 0) return []
    places.delete(stage.index)
    return [[counterpart, stage]]
  })
}
