/** Analyses points: the steps of each series, and what grew in small amounts. Pure. */
import { everyCause } from '../budget/measure.ts'
import type { Cause } from '../compare/comparison.ts'
import type { TrendMeasure } from '../inputs/inputs.ts'
import { growthOfMovedBase, hasMovedBase } from './moved-base.ts'
import { inBranchOrder, unknownOrder, type BranchOrder } from './order.ts'
import { partsThatAddUp, seriesKeyOf, type Point } from './point.ts'

/** What a trend is made of. */
export interface TrendOptions {
  readonly measure: TrendMeasure
  /**
   * Bytes or layers. Growth up to this amount at one point counts as creep. Null to use growth that is too small to be a
   * step.
   */
  readonly creepLimit: number | null
}

/** The series of all images and branches. */
export interface Trend {
  readonly measure: TrendMeasure
  readonly creepLimit: number | null
  /** Sorted by branch, name and platform. */
  readonly series: readonly Series[]
}

/** The points of one image and platform on one branch. */
export interface Series {
  readonly branch: string | null
  readonly name: string
  readonly platform: string
  /** At least one, in the order of the branch. */
  readonly points: readonly Point[]
  /** Growth of each point by cause, in the same order. Null for the first point. */
  readonly growth: readonly (PartsByCause | null)[]
  /** Sums over all points whose parts are known. `notKnown` is the number of points whose parts are not. */
  readonly byCause: Readonly<Record<Cause, number>>
  readonly notKnown: number
  /** In the order of the points. */
  readonly steps: readonly Step[]
  readonly creep: Creep
}

/** Bytes or layers. Null for a part that is not known. */
export type PartsByCause = Readonly<Record<Cause, number | null>>

/** A growth that is large enough to be listed. */
export interface Step {
  readonly cause: Cause
  /** Bytes or layers, signed. Null only for a base image that moved with unknown growth. */
  readonly growth: number | null
  readonly point: Point
  /** The previous point. If commits in between have no points, the step covers all of them. */
  readonly previous: Point
}

/** Growth in small amounts that is from changes, or may be, since its cause is not known. */
export interface Creep {
  /** Sum of the growth with its signs. */
  readonly net: number
  /** Sum of the growth without its signs. */
  readonly gross: number
  /** Number of points with such growth. */
  readonly count: number
  /** How much of it has an unknown cause, and at how many points. */
  readonly unknown: { readonly net: number; readonly count: number }
  /** In the order of the branch. */
  readonly changes: readonly SmallChange[]
}

/** The growth of a point that is too small for a step, or within the given limit. */
export interface SmallChange {
  readonly point: Point
  readonly growth: number
  /** Growth by cause. Those that do not count are left out. */
  readonly parts: readonly { readonly cause: CreepCause; readonly growth: number }[]
}

/** The causes whose small growth is added up. As for budgets, growth of an unknown cause may be from a change. */
export type CreepCause = 'change' | 'unknown'
const creepCauses: readonly CreepCause[] = ['change', 'unknown']

/** Sizes have almost no noise, so this few bytes are enough for a step. */
const smallestStep = 4_096
const smallestShare = 1 / 10_000

/**
 * Returns the trend of points.
 *
 * @param points in any order, each once
 * @param orderOf positions of the commits in their branch, if they are known
 */
export function trendOf(points: readonly Point[], options: TrendOptions, orderOf: BranchOrder = unknownOrder): Trend {
  const groups = [...Map.groupBy(points, seriesKeyOf)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...options,
    series: groups.flatMap(([, group]) => {
      const first = group[0]
      return first === undefined ? [] : [seriesOf(first, inBranchOrder(group, orderOf(first.branch)), options)]
    }),
  }
}

function seriesOf({ branch, name, platform }: Point, points: readonly Point[], options: TrendOptions): Series {
  const { measure, creepLimit } = options
  const growth = points.map((point, position) => partsSince(points[position - 1], point, measure))
  const known = growth.filter((parts) => parts !== null)
  const tolerance = 3 * deviationOf(known.map(({ drift }) => drift).filter((drift) => drift !== null))
  const steps: Step[] = []
  const creeping: SmallChange[] = []
  for (const [position, point] of points.entries()) {
    const [previous, parts] = [points[position - 1], growth[position]]
    if (!previous || !parts) continue
    const limit = stepLimit(previous[measure], measure, tolerance)
    for (const cause of everyCause) {
      const moved = cause === 'base-image' && hasMovedBase(previous, point)
      if (moved || isStep(parts[cause], limit)) steps.push({ cause, growth: parts[cause], point, previous })
    }
    const small = smallChange(point, parts, limit, creepLimit)
    if (small !== null) creeping.push(small)
  }
  return {
    branch,
    name,
    platform,
    points,
    growth,
    byCause: sumsOf(known),
    notKnown: known.filter((parts) => everyCause.some((cause) => parts[cause] === null)).length,
    steps,
    creep: creepOf(creeping),
  }
}

/**
 * Returns what of a point counts as creep. Null if nothing does.
 *
 * @param limit the largest growth of one cause that is not a step
 * @param creepLimit the largest growth that counts, of all these causes together. Null to use what is not a step
 */
function smallChange(point: Point, growth: PartsByCause, limit: number, creepLimit: number | null): SmallChange | null {
  const known = creepCauses.flatMap((cause) => {
    const part = growth[cause]
    return part === null || part === 0 ? [] : [{ cause, growth: part }]
  })
  const parts = creepLimit === null ? known.filter((one) => !isStep(one.growth, limit)) : known
  const total = sum(parts.map((part) => part.growth))
  if (parts.length === 0 || (creepLimit !== null && Math.abs(total) > creepLimit)) return null
  return { point, growth: total, parts }
}

function creepOf(changes: readonly SmallChange[]): Creep {
  const all = changes.flatMap(({ parts }) => parts)
  const unknown = all.filter(({ cause }) => cause === 'unknown').map(({ growth }) => growth)
  return {
    net: sum(all.map(({ growth }) => growth)),
    gross: sum(all.map(({ growth }) => Math.abs(growth))),
    count: changes.length,
    unknown: { net: sum(unknown), count: unknown.length },
    changes,
  }
}

/**
 * Returns the growth of a point by cause. Null for the first point. If the point was not compared with the one before,
 * a base image that moved is told apart as far as possible.
 */
export function partsSince(previous: Point | undefined, point: Point, measure: TrendMeasure): PartsByCause | null {
  if (previous === undefined) return null
  const [change, base, drift, unknown] = partsThatAddUp(
    point.growth?.[measure] ?? null,
    previous[measure],
    point[measure],
  )
  const isOfUnknownCause = change === 0 && base === 0 && drift === 0 && unknown !== null && unknown !== 0
  if (!isOfUnknownCause) return { change, 'base-image': base, drift, unknown }
  const ofMovedBase = growthOfMovedBase(previous, point, measure)
  return { change, 'base-image': ofMovedBase, drift, unknown: unknown - (ofMovedBase ?? 0) }
}

/** Returns the largest growth that is not a step. */
function stepLimit(before: number | null, measure: TrendMeasure, tolerance: number): number {
  return measure === 'layers' ? 0 : Math.max(smallestStep, (before ?? 0) * smallestShare, tolerance)
}

const isStep = (growth: number | null, limit: number): boolean => growth !== null && Math.abs(growth) > limit

/** Returns the median absolute deviation, which a single large step of drift does not raise. */
function deviationOf(values: readonly number[]): number {
  const middle = medianOf(values)
  return medianOf(values.map((value) => Math.abs(value - middle)))
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1] ?? 0, sorted[Math.floor(half)] ?? 0]
  return (low + high) / 2
}

function sumsOf(all: readonly PartsByCause[]): Readonly<Record<Cause, number>> {
  const of = (cause: Cause): number => sum(all.map((parts) => parts[cause] ?? 0))
  return { change: of('change'), 'base-image': of('base-image'), drift: of('drift'), unknown: of('unknown') }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Returns the largest steps. Those with unknown growth come last. */
export function largestSteps(steps: readonly Step[], count: number): readonly Step[] {
  const sizeOf = ({ growth }: Step): number => (growth === null ? -1 : Math.abs(growth))
  return steps.toSorted((a, b) => sizeOf(b) - sizeOf(a)).slice(0, count)
}
