/**
 * A point of a trend: what one image of one commit weighed, and what it grew by since the point before it. Points are
 * kept as lines of JSON, about 430 bytes each. Reading them is strict, since anybody may have written the file.
 */
import * as v from 'valibot'
import { digestPattern } from '../oci/digest.ts'
import { parseJson } from '../files.ts'
import { sumOf } from '../record/layer-sums.ts'

/** UTF-16 code units. */
const longestName = 512
/** Longer lines are no points. UTF-16 code units. */
export const longestLine = 8_192

const size = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
const part = v.nullable(v.pipe(v.number(), v.safeInteger()))
/** The parts by cause: change, base image, drift, unknown. */
const parts = v.tuple([part, part, part, part])
const name = v.pipe(v.string(), v.maxLength(longestName))

const PointSchema = v.object({
  schemaVersion: v.literal(1),
  /** When it was weighed, in milliseconds since 1970. */
  time: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(253_402_300_799_999)),
  /** Full commit hash; null where it is not known. */
  commit: v.nullable(v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/))),
  /** Null for a build that no workflow ran for a branch, as on one's own machine. */
  branch: v.nullable(name),
  /** Of the image. */
  name,
  /** As `formatPlatform` writes it. */
  platform: name,
  pull: size,
  unpacked: size,
  /** Bytes to pull above the base image. */
  added: size,
  layers: size,
  /** Of the final stage; null where it is not known. */
  base: v.nullable(v.object({ reference: name, digest: v.nullable(v.pipe(v.string(), v.regex(digestPattern))) })),
  /** Null for the first point of a series. The parts of a quantity add up to its growth where they are known. */
  growth: v.nullable(v.object({ pull: parts, unpacked: parts, added: parts, layers: parts })),
})

export type Point = Readonly<v.InferOutput<typeof PointSchema>>
/** Change, base image, drift, unknown; null where a part is not known. */
export type GrowthParts = Readonly<v.InferOutput<typeof parts>>

/** Which series a point belongs to: points of different branches, images or platforms are not compared. */
export const seriesKeyOf = ({ branch, name, platform }: Pick<Point, 'branch' | 'name' | 'platform'>): string =>
  JSON.stringify([branch, name, platform])

/** Two points with the same key are the same point. A build of no known commit is told apart by its time. */
export const pointKeyOf = (point: Point): string => `${seriesKeyOf(point)}${point.commit ?? point.time}`

/** Foreign text as long as a point may have it. */
export function nameForPoint(text: string): string {
  if (text.length <= longestName) return text
  // Half of a pair of surrogates is no character.
  return `${text.slice(0, longestName - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** The line of a point, with its newline. */
export const lineOf = (point: Point): string => `${JSON.stringify(point)}\n`

/** @returns null where the line is not a point of a version that this program reads */
export function parsePoint(line: string): Point | null {
  if (line.length > longestLine) return null
  const parsed = v.safeParse(PointSchema, parseJson(line))
  return parsed.success ? parsed.output : null
}

export interface BadLines {
  /** Number of the first line that is not a point, from 1; null where there is none. */
  readonly firstBadLine: number | null
  /** How many lines are not points. Empty lines do not count. */
  readonly badLines: number
}

export interface ReadPoints extends BadLines {
  /** The earliest first, each once: of several with the same key, the first line counts. */
  readonly points: readonly Point[]
}

export function parsePoints(text: string): ReadPoints {
  const points = new Map<string, Point>()
  const bad = collectPoints(text, points)
  return { points: byTime([...points.values()]), ...bad }
}

/** @param points by `pointKeyOf`; gets those that it does not have yet */
export function collectPoints(text: string, points: Map<string, Point>): BadLines {
  let firstBadLine: number | null = null
  let badLines = 0
  let from = 0
  for (let number = 1; from < text.length; number++) {
    const newline = text.indexOf('\n', from)
    const to = newline === -1 ? text.length : newline
    const line = to - from > longestLine ? null : text.slice(from, to).trim()
    from = to + 1
    if (line === '') continue
    const point = line === null ? null : parsePoint(line)
    if (point === null) {
      firstBadLine ??= number
      badLines += 1
    } else {
      const key = pointKeyOf(point)
      if (!points.has(key)) points.set(key, point)
    }
  }
  return { firstBadLine, badLines }
}

/** The earliest first; those of one time as they stand. */
export const byTime = (points: readonly Point[]): readonly Point[] => points.toSorted((a, b) => a.time - b.time)

/**
 * The parts, if they add up to the growth from one value to the other. If they do not, a point in between was lost, and
 * the cause of all of the growth is unknown. Growth between values of which one is not known has no known part.
 */
export function partsThatAddUp(
  parts: GrowthParts | null,
  before: number | null,
  after: number | null,
): [...GrowthParts] {
  if (before === null || after === null) return [null, null, null, null]
  if (parts !== null) {
    const sum = sumOf(parts)
    // Between compressions that are not compared, a part is null though both values are known.
    if (sum === null || sum === after - before) return [...parts]
  }
  return [0, 0, 0, after - before]
}
