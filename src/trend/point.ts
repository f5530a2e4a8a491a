/**
 * A point of a trend: the figures of one image at one commit, and its growth since the previous point. Points are
 * stored as lines of JSON of about 450 bytes. They are validated strictly, because anybody may have written the file.
 */
import * as v from 'valibot'
import { digestPattern } from '../oci/digest.ts'
import { parseJson } from '../files.ts'
import { sumOf } from '../record/layer-sums.ts'

/** In UTF-16 code units. */
const longestName = 512
/** Limit for a line in UTF-16 code units. Longer lines are not points. */
export const longestLine = 8_192

const size = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
const part = v.nullable(v.pipe(v.number(), v.safeInteger()))
/** The parts by cause: change, base image, drift, unknown. */
const parts = v.tuple([part, part, part, part])
const name = v.pipe(v.string(), v.maxLength(longestName))
const moment = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799_999))

const PointSchema = v.object({
  schemaVersion: v.literal(1),
  /** When it was weighed, in milliseconds since 1970. */
  time: moment,
  /** When it was committed, in milliseconds since 1970. Null or absent if that is not known. */
  committed: v.optional(v.nullable(moment)),
  /** Full commit hash. Null if it is not known. */
  commit: v.nullable(v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/))),
  /** Null for a build that no workflow ran for a branch, such as a local one. */
  branch: v.nullable(name),
  /** Name of the image. */
  name,
  /** As formatted by `formatPlatform`. */
  platform: name,
  pull: size,
  unpacked: size,
  /** Bytes to pull above the base image. */
  added: size,
  layers: size,
  /** Base image of the final stage. Null if it is not known. */
  base: v.nullable(v.object({ reference: name, digest: v.nullable(v.pipe(v.string(), v.regex(digestPattern))) })),
  /** Null for the first point of a series. If they are known, the parts of a quantity add up to its growth. */
  growth: v.nullable(v.object({ pull: parts, unpacked: parts, added: parts, layers: parts })),
})

export type Point = Readonly<v.InferOutput<typeof PointSchema>>
/** Growth by change, base image, drift and unknown cause. Null for a part that is not known. */
export type GrowthParts = Readonly<v.InferOutput<typeof parts>>

/** Returns a key for the series of a point. Points of different branches, images or platforms are not compared. */
export const seriesKeyOf = ({ branch, name, platform }: Pick<Point, 'branch' | 'name' | 'platform'>): string =>
  JSON.stringify([branch, name, platform])

/** Returns a key that is equal for equal points. A build without a known commit is identified by its time. */
export const pointKeyOf = (point: Point): string => `${seriesKeyOf(point)}${point.commit ?? point.time}`

/** Returns untrusted text within the length limit of a point. */
export function nameForPoint(text: string): string {
  if (text.length <= longestName) return text
  // Half of a surrogate pair is not a character.
  return `${text.slice(0, longestName - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Returns the line of a point, including the newline. */
export const lineOf = (point: Point): string => `${JSON.stringify(point)}\n`

/** Returns the point in a line. Null if the line is not a point of a version that this program reads. */
export function parsePoint(line: string): Point | null {
  if (line.length > longestLine) return null
  const parsed = v.safeParse(PointSchema, parseJson(line))
  return parsed.success ? parsed.output : null
}

/**
 * Returns the parts if they add up to the growth between two values. If they do not, a point in between was lost, and
 * the cause of the whole growth is unknown. If one value is not known, no part is known.
 */
export function partsThatAddUp(
  parts: GrowthParts | null,
  before: number | null,
  after: number | null,
): [...GrowthParts] {
  if (before === null || after === null) return [null, null, null, null]
  if (parts !== null) {
    const sum = sumOf(parts)
    // If the compression changed, a part is null although both values are known.
    if (sum === null || sum === after - before) return [...parts]
  }
  return [0, 0, 0, after - before]
}
