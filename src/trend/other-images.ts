/** Notices that two different images share a name, and with it a trend. Pure. */
import type { Footprint } from '../record/footprint.ts'
import { pointMaker } from './make-points.ts'
import { pointKeyOf, type Point } from './point.ts'

/** A rebuild of a commit rarely differs by more than this share. Another image with the same name usually does. */
const maxRebuildShare = 0.01

/**
 * Returns a note for each image of a record whose commit is already in the trend with a different size.
 *
 * @param kept points by `pointKeyOf`
 */
export function otherImageNotes(footprint: Footprint, kept: ReadonlyMap<string, Point>): readonly string[] {
  return pointMaker([])
    .add(footprint)
    .flatMap((point) => {
      const before = kept.get(pointKeyOf(point))?.unpacked ?? null
      const { unpacked } = point
      if (before === null || unpacked === null) return []
      if (Math.abs(unpacked - before) <= maxRebuildShare * Math.max(unpacked, before)) return []
      return [
        `the trend has ${point.name} at this commit with ${before} bytes unpacked instead of ${unpacked}; if two steps build different images, give each its own input name`,
      ]
    })
}
