/** Tells how much a base image grew that moved between two points, if nobody compared the two. Pure. */
import type { TrendMeasure } from '../inputs/inputs.ts'
import type { Point } from './point.ts'

/** What a point knows of an image besides its growth. */
export type Figures = Pick<Point, TrendMeasure | 'base'>

/**
 * Returns whether the base image moved: the reference is the same and the digest differs. An edited base does not
 * count.
 */
export function hasMovedBase({ base: before }: Figures, { base: after }: Figures): boolean {
  if (before === null || after === null || before.digest === null || after.digest === null) return false
  return before.reference === after.reference && before.digest !== after.digest
}

/**
 * Returns how much of the growth between two points is from a base image that moved. Of the base image itself, points
 * know only the bytes to pull. So other measures are known only if nothing above it changed its size.
 *
 * @returns bytes or layers; 0 if no base image moved, and null if it is not known
 */
export function growthOfMovedBase(before: Figures, after: Figures, measure: TrendMeasure): number | null {
  if (!hasMovedBase(before, after)) return 0
  const growth = difference(before[measure], after[measure])
  const added = difference(before.added, after.added)
  if (growth === null || added === null) return null
  if (measure === 'pull') return growth - added
  if (measure === 'added') return 0
  return added === 0 ? growth : null
}

const difference = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : after - before
