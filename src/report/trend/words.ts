/** Words and figures that all formats of a trend share. Pure. */
import type { Cause } from '../../compare/comparison.ts'
import type { TrendMeasure } from '../../inputs/inputs.ts'
import { momentOf } from '../../trend/order.ts'
import { grownByChanges } from '../../trend/grown.ts'
import type { Grown, Point } from '../../trend/point.ts'
import type { Series, SmallChange, Step, Trend } from '../../trend/trend.ts'
import { causePhrases } from '../cause-phrases.ts'
import type { Name } from '../sentences.ts'
import { shortenPath } from '../escape.ts'
import { formatBytes, formatCount, formatGrowth } from '../units.ts'

/** What a measure is called in a title. */
export const measureWords: Readonly<Record<TrendMeasure, string>> = {
  pull: 'Size to pull',
  unpacked: 'Unpacked size',
  added: 'Size to pull above the base image',
  layers: 'Layers',
}

/** Returns a value in the unit of its measure: bytes or a number of layers. */
export const formatValue = (measure: TrendMeasure, value: number | null): string =>
  measure === 'layers' ? formatCount(value, 'layer') : formatBytes(value)

/** Returns a growth with its sign. */
export function formatDifference(measure: TrendMeasure, growth: number | null): string {
  if (measure !== 'layers' || growth === null) return formatGrowth(growth)
  return `${growth > 0 ? '+' : growth < 0 ? '−' : ''}${formatCount(Math.abs(growth), 'layer')}`
}

/** Returns the day of the commit in UTC, such as `2026-11-26`. It is that of the weighing if the other is not known. */
export const dayOf = (point: Point): string => new Date(momentOf(point)).toISOString().slice(0, 10)

/** Returns the minute of the commit in UTC, such as `2026-11-26 13:05`, or that of the weighing, as `dayOf` does. */
export const minuteOf = (point: Point): string => new Date(momentOf(point)).toISOString().slice(0, 16).replace('T', ' ')

/** Returns the first seven digits of the commit, as Git abbreviates it. */
export const shortCommit = ({ commit }: Point): string => commit?.slice(0, 7) ?? 'unknown commit'

/** Returns a range for `git log`, because there may be commits between two points that have no point. */
export const rangeOf = ({ previous, point }: Step): string => `${shortCommit(previous)}..${shortCommit(point)}`

/**
 * Returns the last commit of a step with its subject. A base image that moved, and drift, are only seen in a commit that
 * did not cause them, so that is said. Null if there is nothing to say besides the range.
 */
export function commitWords({ cause, point }: Pick<Step, 'cause' | 'point'>, name: Name): string | null {
  const subject = point.subject === undefined ? null : name(point.subject)
  if (!isSeenOnly(cause)) return subject
  return [firstSeen, name(shortCommit(point)), ...(subject === null ? [] : [subject])].join(' ')
}

/** Comes before a commit that did not cause what was seen in it. */
export const firstSeen = 'first seen in'

/** Returns whether the commits of a step did not cause it. */
export const isSeenOnly = (cause: Cause): boolean => cause === 'base-image' || cause === 'drift'

/**
 * Returns what changed most at a step, such as `urllib3 1.26.5 → 2.6.3 +870 kB`. Empty if that is not known, and for
 * layers, whose number does not follow from bytes.
 */
export function stepParts(
  { cause, point }: Pick<Step, 'cause' | 'point'>,
  measure: TrendMeasure,
  name: Name,
): readonly string[] {
  if (measure === 'layers') return []
  return (point.grown ?? []).filter((one) => one.cause === cause).map((one) => grownWords(one, name))
}

/** Limit for the parts of all creep together. */
const maxCreepParts = 5

/** Returns what changed most in all small steps together. Empty if that is not known. */
export function creepParts({ creep }: Series, name: Name): readonly string[] {
  return grownByChanges(creep.changes, maxCreepParts).map((one) => grownWords(one, name))
}

function grownWords({ name, before, after, growth }: Grown, shown: Name): string {
  const versions = before === after || before === null || after === null ? (after ?? before) : `${before} → ${after}`
  return `${shown([shortenPath(name, 60), ...(versions === null ? [] : [versions])].join(' '))} ${formatGrowth(growth)}`
}

/** Returns a name such as `app (linux/amd64) on main`. */
export function seriesName({ branch, name, platform }: Series, shown: Name): string {
  return `${shown(name)} (${shown(platform)})${branch === null ? '' : ` on ${shown(branch)}`}`
}

/** The first and the last point of a series. */
export interface Ends {
  readonly first: Point
  readonly last: Point
}

/** Said about a series with one point. */
export const onlyPoint = 'This is the first point. Growth is shown from the second one on.'

/** Returns the first and the last point of a series. */
export function endsOf({ points }: Series): Ends {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) throw new RangeError('a series has a point')
  return { first, last }
}

/** Returns words such as `81.6 MB, +3.20 MB since 2026-01-03, 412 points`. */
export function latestWords(series: Series, measure: TrendMeasure): string {
  const { first, last } = endsOf(series)
  const [from, to] = [first[measure], last[measure]]
  const growth = from === null || to === null ? null : to - from
  const since = `${growth === null ? 'growth not known' : formatDifference(measure, growth)} since ${dayOf(first)}`
  const parts = series.points.length === 1 ? [] : [since]
  return [formatValue(measure, to), ...parts, formatCount(series.points.length, 'point')].join(', ')
}

/** Returns words such as `change +2.90 MB, base image moved +300 kB`. Causes without growth are left out. */
export function causeSums({ byCause, notKnown, points }: Series, measure: TrendMeasure): string {
  if (notKnown > 0 && notKnown === points.length - 1) return 'not known'
  const described = Object.entries(causePhrases).flatMap(([cause, { step }]) => {
    const growth = byCause[cause as Cause]
    return growth === 0 ? [] : [`${step} ${formatDifference(measure, growth)}`]
  })
  const known = described.length === 0 ? 'no growth' : described.join(', ')
  return notKnown === 0 ? known : `${known}; without ${formatCount(notKnown, 'point')} whose causes are not known`
}

/** Returns what changed most in a small change. Empty if that is not known. */
export function smallChangeParts({ point, parts }: SmallChange, measure: TrendMeasure, name: Name): readonly string[] {
  return parts.flatMap(({ cause }) => stepParts({ cause, point }, measure, name))
}

/** Returns a sentence about growth in small steps, and how much of it has an unknown cause. */
export function creepSentence({ creep, notKnown }: Series, { measure, creepLimit }: Trend): string {
  const what =
    creepLimit === null ? 'too small to be listed as steps' : `of at most ${formatValue(measure, creepLimit)} each`
  const { net, gross, count, unknown } = creep
  if (count === 0)
    return notKnown === 0
      ? `There were no changes ${what}.`
      : `No changes ${what} are known. For ${formatCount(notKnown, 'point')}, the causes of growth are not known.`
  const sums = `${formatDifference(measure, net)} net, ${formatValue(measure, gross)} gross`
  const ofUnknown =
    unknown.count === 0
      ? ''
      : unknown.count === count && unknown.net === net
        ? ', and no cause is known'
        : `; the cause of ${formatDifference(measure, unknown.net)} of the net is not known`
  return `${formatCount(count, 'change')} ${what}: ${sums}${ofUnknown}.`
}

/** Returns at most this number of points, evenly spread from the first one to the last one. */
export function thinned<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all
  const last = all.length - 1
  return Array.from({ length: count }, (_, nth) => {
    const left = Math.round(((count - 1 - nth) * last) / Math.max(1, count - 1))
    return all[last - left]
  }).filter((one) => one !== undefined)
}

/** Returns the base image of a step that it moved. Null if it is not known, or only one of a builder stage moved. */
export function movedBaseOf({ cause, point, previous }: Step): string | null {
  const [before, after] = [previous.base, point.base]
  const isSame = before !== null && before.digest !== null && before.digest === after?.digest
  return cause !== 'base-image' || after === null || isSame ? null : after.reference
}
