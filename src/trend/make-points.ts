/** Makes points from records. Pure. */
import { everyCause, growthByCause, valueOf } from '../budget/measure.ts'
import { compareFootprints } from '../compare/compare.ts'
import type { StageChange } from '../compare/comparison.ts'
import { FootprintError } from '../errors.ts'
import { trendMeasures, type TrendMeasure } from '../inputs/inputs.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image, Revision } from '../record/footprint.ts'
import { grownIn } from './grown.ts'
import { isBefore, unknownOrder, type BranchOrder } from './order.ts'
import {
  maxSubjectLength,
  nameForPoint,
  partsThatAddUp,
  pointKeyOf,
  seriesKeyOf,
  type GrowthParts,
  type Point,
} from './point.ts'

/** Makes points from records. */
export interface PointMaker {
  /**
   * Returns the points of a record that do not exist yet. Records of a branch must be added in its order. A record
   * without a revision has no points.
   */
  readonly add: (footprint: Footprint) => readonly Point[]
}

interface Predecessor {
  readonly point: Point
  /** The footprint that the point was made from, with this image alone. Null if only the point was stored. */
  readonly footprint: Footprint | null
}

/**
 * Returns a maker of points.
 *
 * @param known points that exist already
 */
export function pointMaker(known: readonly Point[], orderOf: BranchOrder = unknownOrder): PointMaker {
  const byKey = new Map(known.map((point) => [pointKeyOf(point), point]))
  const knownOf = Map.groupBy(known, seriesKeyOf)
  const lastOf = new Map<string, Predecessor>()

  function predecessorOf(series: string, bare: Point): Predecessor | null {
    const positions = orderOf(bare.branch)
    const last = lastOf.get(series) ?? null
    let latest: Point | null = last?.point ?? null
    for (const point of knownOf.get(series) ?? [])
      if (isBefore(point, bare, positions) && (latest === null || isBefore(latest, point, positions))) latest = point
    if (latest === null) return null
    return latest === last?.point ? last : { point: latest, footprint: null }
  }

  return {
    add: (footprint) => {
      const { revision } = footprint
      if (revision === undefined) return []
      return footprint.images.flatMap((image) => {
        const alone = { ...footprint, images: [image] }
        const bare = pointWithoutGrowth(image, revision)
        if (bare === null) return []
        const series = seriesKeyOf(bare)
        const there = byKey.get(pointKeyOf(bare))
        if (there !== undefined) {
          lastOf.set(series, { point: there, footprint: alone })
          return []
        }
        const before = predecessorOf(series, bare)
        const point = before === null ? bare : { ...bare, ...sincePoint(before, bare, alone) }
        byKey.set(pointKeyOf(point), point)
        lastOf.set(series, { point, footprint: alone })
        return [point]
      })
    },
  }
}

/** Returns the point of an image. Null if it has no final stage, because its record is damaged. */
function pointWithoutGrowth(image: Image, revision: Revision): Point | null {
  const final = image.stages.find(({ role }) => role === 'final')
  if (final === undefined) return null
  const { base } = final
  const isHash = revision.commit !== null && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision.commit)
  const value = (measure: TrendMeasure): number | null => {
    const found = valueOf(final, measure)
    return Number.isSafeInteger(found) ? found : null
  }
  return {
    schemaVersion: 1,
    time: revision.weighedAt,
    ...(revision.committedAt == null ? {} : { committed: revision.committedAt }),
    commit: isHash ? revision.commit : null,
    branch: revision.branch === null ? null : nameForPoint(revision.branch),
    name: nameForPoint(image.name),
    platform: nameForPoint(formatPlatform(image.platform)),
    pull: value('pull'),
    unpacked: value('unpacked'),
    added: value('added'),
    layers: value('layers'),
    base: base === null ? null : { reference: nameForPoint(base.reference), digest: base.digest },
    growth: null,
    ...(revision.subject ? { subject: nameForPoint(revision.subject, maxSubjectLength) } : {}),
  }
}

function sincePoint(before: Predecessor, point: Point, after: Footprint): Pick<Point, 'growth' | 'grown'> {
  const change = before.footprint === null ? null : changeOf(before.footprint, after)
  const of = (measure: TrendMeasure): GrowthParts =>
    partsThatAddUp(change === null ? null : partsOf(change, measure), before.point[measure], point[measure])
  const [pull, unpacked, added, layers] = trendMeasures.map(of)
  if (!pull || !unpacked || !added || !layers) throw new RangeError('a measure has no growth')
  const grown = change === null ? [] : grownIn(change)
  return { growth: { pull, unpacked, added, layers }, ...(grown.length === 0 ? {} : { grown }) }
}

/**
 * Returns the change between two footprints. Null if they cannot be compared, so that a damaged record does not affect
 * the others.
 */
function changeOf(before: Footprint, after: Footprint): StageChange | null {
  try {
    const origin = { kind: 'record', commit: null, reference: null } as const
    return compareFootprints(before, after, origin, { sameBuilder: false }).images[0]?.final ?? null
  } catch (error) {
    if (!(error instanceof FootprintError)) throw error
    return null
  }
}

function partsOf(change: StageChange, measure: TrendMeasure): GrowthParts {
  const byCause = growthByCause(change, measure)
  const [one, two, three, four] = everyCause.map((cause) => byCause[cause])
  return [one ?? null, two ?? null, three ?? null, four ?? null]
}
