/**
 * A point of a trend: the figures of one image at one commit, and its growth since the previous point. Points are
 * stored as lines of JSON of 450 to 800 bytes.
 */
import type { Cause } from '../compare/comparison.ts'
import { sumOf } from '../record/layer-sums.ts'

/** Limit for names of images, branches and platforms in UTF-16 code units. */
export const maxNameLength = 512
/** Limit for the subject of a commit in UTF-16 code units. */
export const maxSubjectLength = 100
/** Limit for the name in a `Grown` in UTF-16 code units. */
export const maxGrownLength = 80
/** Limit for the versions on a side of a `Grown` in UTF-16 code units. The table of packages on a page has it, too. */
export const maxVersionLength = 60
/** Limit for what a point says about its growth: three for each cause. */
export const maxGrown = 12
/** Limit for a line in UTF-16 code units. Longer lines are not points. */
export const maxLineLength = 8_192

/** The figures of one image at one commit. */
export interface Point {
  readonly schemaVersion: 1
  /** When it was weighed, in milliseconds since 1970. */
  readonly time: number
  /** When it was committed, in milliseconds since 1970. Null or absent if that is not known. */
  readonly committed?: number | null
  /** Full commit hash. Null if it is not known. */
  readonly commit: string | null
  /** Null for a build that no workflow ran for a branch, such as a local one. */
  readonly branch: string | null
  /** Name of the image. */
  readonly name: string
  /** As formatted by `formatPlatform`. */
  readonly platform: string
  /** Bytes to pull. Null, like the next three, if it is not known. */
  readonly pull: number | null
  readonly unpacked: number | null
  /** Bytes to pull above the base image. */
  readonly added: number | null
  readonly layers: number | null
  /** Base image of the final stage. Null if it is not known. */
  readonly base: { readonly reference: string; readonly digest: string | null } | null
  /** Null for the first point of a series. If they are known, the parts of a quantity add up to its growth. */
  readonly growth: Readonly<Record<'pull' | 'unpacked' | 'added' | 'layers', GrowthParts>> | null
  /** First line of the commit's message. It is untrusted text. Absent if it is not known. */
  readonly subject?: string
  /** What changed most since the previous point. Absent if the two were not compared, or nothing stands out. */
  readonly grown?: readonly Grown[]
}

/** A package or path whose size changed. */
export interface Grown {
  readonly cause: Cause
  /** Name of the package, or path of a file or directory. It is untrusted text, like the versions. */
  readonly name: string
  /** Versions of the package. Null if they are not known, if that side does not have it, or if it is a path. */
  readonly before: string | null
  readonly after: string | null
  /** File bytes, after minus before. */
  readonly growth: number
}

/** Growth by change, base image, drift and unknown cause. Null for a part that is not known. */
export type GrowthParts = readonly [number | null, number | null, number | null, number | null]

/** Returns a key for the series of a point. Points of different branches, images or platforms are not compared. */
export const seriesKeyOf = ({ branch, name, platform }: Pick<Point, 'branch' | 'name' | 'platform'>): string =>
  JSON.stringify([branch, name, platform])

/** Returns a key that is equal for equal points. A build without a known commit is identified by its time. */
export const pointKeyOf = (point: Point): string => `${seriesKeyOf(point)}${point.commit ?? point.time}`

/** Returns untrusted text within the length limit of a point. */
export function nameForPoint(text: string, maxLength = maxNameLength): string {
  if (text.length <= maxLength) return text
  // Half of a surrogate pair is not a character.
  return `${text.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Returns the line of a point, including the newline. */
export const lineOf = (point: Point): string => `${JSON.stringify(point)}\n`

/**
 * Returns the parts if they add up to the growth between two values. If they do not, a point in between was lost, and
 * the cause of the whole growth is unknown. If one value is not known, no part is known.
 */
export function partsThatAddUp(parts: GrowthParts | null, before: number | null, after: number | null): GrowthParts {
  if (before === null || after === null) return [null, null, null, null]
  if (parts !== null) {
    const sum = sumOf(parts)
    // If the compression changed, a part is null although both values are known.
    if (sum === null || sum === after - before) return parts
  }
  return [0, 0, 0, after - before]
}
