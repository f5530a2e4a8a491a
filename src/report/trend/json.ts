/** A trend as JSON, and a badge. Pure. */
import type { TrendMeasure } from '../../inputs/inputs.ts'
import type { Point } from '../../trend/point.ts'
import type { Series, Step, Trend } from '../../trend/trend.ts'
import { printedJson, printedJsonParts } from '../../printed-json.ts'
import { shorten } from '../escape.ts'
import { endsOf, formatValue } from './words.ts'

/** Returns a trend as JSON with exact bytes and counts, in parts, because a trend may have very many points. */
export function* renderTrendJson({ measure, creepLimit, series }: Trend): Generator<string, void> {
  yield* printedJsonParts({ schemaVersion: 1, measure, creepLimit, series: series.map(seriesJson) }, 2)
  yield '\n'
}

function seriesJson({ branch, name, platform, points, byCause, notKnown, steps, creep }: Series): unknown {
  const { net, gross, count, unknown, changes } = creep
  return {
    branch,
    name,
    platform,
    byCause,
    notKnown,
    steps: steps.map(stepJson),
    creep: { net, gross, count, unknown, commits: changes.map(({ point }) => placeOf(point)) },
    points,
  }
}

const placeOf = ({ commit, time, committed = null, subject }: Point): unknown => ({
  ...{ commit, time, committed },
  ...(subject === undefined ? {} : { subject }),
})

const stepJson = ({ cause, growth, point, previous }: Step): unknown => ({
  cause,
  growth,
  ...{ from: placeOf(previous), to: placeOf(point) },
  ...(cause === 'base-image' ? { base: { before: previous.base, after: point.base } } : {}),
})

/** Limit for the images on a badge, so that it stays readable. */
const maxOnBadge = 3

const badgeLabels: Readonly<Record<TrendMeasure, string>> = {
  pull: 'image size',
  unpacked: 'image size, unpacked',
  added: 'image size above its base',
  layers: 'image layers',
}

/** Returns a badge for the shields.io endpoint (https://shields.io/badges/endpoint-badge). */
export function renderBadge({ measure, series }: Trend): string {
  const shown = series.slice(0, maxOnBadge)
  const values = shown.map((one) => {
    const value = formatValue(measure, endsOf(one).last[measure])
    return series.length === 1 ? value : `${labelOf(one, series)} ${value}`
  })
  const message = [...values, ...(series.length > maxOnBadge ? ['…'] : [])].join(' | ')
  return `${printedJson({
    schemaVersion: 1,
    label: badgeLabels[measure],
    message: message === '' ? 'not known' : message,
    color: 'blue',
  })}\n`
}

/**
 * Returns what distinguishes a series from the others: the name of the image, the platform, the branch, or several of
 * them.
 */
function labelOf(one: Series, series: readonly Series[]): string {
  const parts = [one.name, one.platform, one.branch ?? 'no branch']
  const all = series.map(({ name, platform, branch }) => [name, platform, branch ?? 'no branch'])
  const differing = parts.filter((part, nth) => all.some((other) => other[nth] !== part))
  return differing.map((part) => shorten(part, 30)).join(' ')
}
