/** Sorts points in the order of their branch, or by their times if that order is not known. Pure. */

/** What determines the place of a point in its branch. */
export interface Placed {
  /** Full hash. Null if it is not known. */
  readonly commit: string | null
  /** When the commit was weighed, in milliseconds since 1970. */
  readonly time: number
  /** When it was committed. Null or absent if that is not known. */
  readonly committed?: number | null | undefined
}

/** Position of each commit of a branch, counted from its oldest commit along first parents. */
export type Positions = ReadonlyMap<string, number>

/** Returns the positions of the commits of a branch. The map is empty if they are not known. */
export type BranchOrder = (branch: string | null) => Positions

/** Returns no positions. Used if the order of the commits is not known. */
export const unknownOrder: BranchOrder = () => new Map()

/**
 * Returns the time of a point in milliseconds since 1970: when it was committed, or otherwise when it was weighed. A
 * commit cannot be younger than its weighing, so a wrong clock does not put it into the future.
 */
export const momentOf = ({ time, committed }: Placed): number => Math.min(committed ?? time, time)

/** Compares by `momentOf`. Of commits of the same second, as a rebase makes them, the one that was weighed first is first. */
const byMoment = (one: Placed, other: Placed): number => momentOf(one) - momentOf(other) || one.time - other.time

/**
 * Sorts points of one branch. Points whose commits have a position keep that order. Others, for example commits that a
 * forced push replaced, are placed among them by time. Equal points keep their order.
 */
export function inBranchOrder<T extends Placed>(points: readonly T[], positions: Positions): readonly T[] {
  const positionOf = ({ commit }: T): number | undefined => (commit === null ? undefined : positions.get(commit))
  const others = points.filter((point) => positionOf(point) === undefined).sort(byMoment)
  if (others.length === points.length) return others
  const placed = points
    .filter((point) => positionOf(point) !== undefined)
    .sort((one, other) => (positionOf(one) ?? 0) - (positionOf(other) ?? 0))
  const sorted: T[] = []
  let next = 0
  for (const point of placed) {
    for (let other = others[next]; other && byMoment(other, point) < 0; other = others[next]) {
      sorted.push(other)
      next += 1
    }
    sorted.push(point)
  }
  return [...sorted, ...others.slice(next)]
}

/**
 * Returns whether a commit is no longer in its branch, such as after a forced push. Of commits before the oldest one that
 * a shallow checkout knows, this is not known.
 */
export function isReplaced<T extends Placed>(point: T, points: readonly T[], positions: Positions): boolean {
  const isPlaced = ({ commit }: T): boolean => commit !== null && positions.has(commit)
  return point.commit !== null && !isPlaced(point) && points.some((one) => isPlaced(one) && byMoment(one, point) < 0)
}

/** Returns whether a point comes before another one of its branch, or is at the same place. */
export function isBefore(one: Placed, other: Placed, positions: Positions): boolean {
  const [first, second] = [one, other].map(({ commit }) => (commit === null ? undefined : positions.get(commit)))
  return first === undefined || second === undefined ? byMoment(one, other) <= 0 : first <= second
}
