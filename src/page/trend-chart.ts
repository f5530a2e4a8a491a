/** Draws a trend as SVG: the size in steps from zero, and below it the growth by cause. Pure. */
import { everyCause } from '../budget/measure.ts'
import type { Cause } from '../compare/comparison.ts'
import type { TrendMeasure } from '../inputs/inputs.ts'
import { causePhrases } from '../report/cause-phrases.ts'
import { dayOf, firstSeen, formatDifference, formatValue, isSeenOnly, shortCommit } from '../report/trend/words.ts'
import { formatCount } from '../report/units.ts'
import type { Point } from '../trend/point.ts'
import type { Series } from '../trend/trend.ts'
import { html, type Html } from './html.ts'

const width = 760
/** The style makes the text larger in a narrow window, because the whole picture becomes smaller there. */
const left = 142
const plotWidth = width - left - 8
const top = 22
const sizeHeight = 190
const causeHeight = 110
const gap = 34
/** Space between the words of an axis. */
const axisGap = 24
/** Points with a place of their own. With more points, each place stands for several of them. */
const maxPlaces = 240

/** Returns how many points a place of the chart stands for at most. */
export const pointsInPlace = (points: number): number =>
  points <= maxPlaces ? 1 : Math.ceil((points - 1) / (maxPlaces - 1))

/** A point, or several, with all growth since the place before it. */
interface Place {
  readonly point: Point
  readonly value: number | null
  /** Causes whose growth is not known count as 0; the size still shows it. */
  readonly parts: Readonly<Record<Cause, number>>
  readonly hasMovedBase: boolean
}

const nothingGrew = { change: 0, 'base-image': 0, drift: 0, unknown: 0 }

function placesOf({ points, growth, steps }: Series, measure: TrendMeasure): readonly Place[] {
  const moved = new Set(steps.filter(({ cause }) => cause === 'base-image').map(({ point }) => point))
  const count = Math.min(points.length, maxPlaces)
  const places: Place[] = []
  let from = 0
  for (let nth = 0; nth < count; nth++) {
    // The first place is the first point alone, so that all growth after it is drawn.
    const to = nth === 0 ? 1 : Math.round(1 + (nth * (points.length - 1)) / (count - 1))
    const point = points[to - 1]
    if (point === undefined) continue
    const parts: Record<Cause, number> = { ...nothingGrew }
    for (const one of growth.slice(from, to)) for (const cause of everyCause) parts[cause] += one?.[cause] ?? 0
    const hasMovedBase = points.slice(from, to).some((one) => moved.has(one))
    places.push({ point, value: point[measure], parts, hasMovedBase })
    from = to
  }
  return places
}

/** Returns both drawings as one picture. */
export function trendChart(series: Series, measure: TrendMeasure): Html {
  const places = placesOf(series, measure)
  const highest = places.reduce((found, { value }) => Math.max(found, value ?? 0), 1)
  const slot = plotWidth / places.length
  const bottom = top + sizeHeight
  const height = bottom + gap + causeHeight + 10
  const [first, last] = [places[0]?.point, places.at(-1)?.point]
  const label = `${formatValue(measure, last?.[measure] ?? null)} at the last of ${formatCount(series.points.length, 'point')}`
  return html`<svg class="trend" viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${label}">
    ${axis(top, bottom, formatValue(measure, highest), formatValue(measure, 0))}
    ${sizes(places, slot, (value) => bottom - (value / highest) * sizeHeight, measure)}
    <text class="axis" x="${left}" y="${bottom + 6}" dominant-baseline="hanging">
      ${first === undefined ? '' : dayOf(first)}
    </text>
    <text class="axis" x="${width - 8}" y="${bottom + 6}" dominant-baseline="hanging" text-anchor="end">
      ${last === undefined ? '' : dayOf(last)}
    </text>
    ${causes(places, slot, bottom + gap, series, measure)}
  </svg>`
}

function axis(from: number, to: number, high: string, low: string): Html {
  return html`<line class="axis" x1="${left}" x2="${left}" y1="${at(from)}" y2="${at(to)}" />
    <line class="axis" x1="${left}" x2="${width - 8}" y1="${at(to)}" y2="${at(to)}" />
    <text class="axis" x="${left - 6}" y="${at(from + 5)}" text-anchor="end">${high}</text>
    <text class="axis" x="${left - 6}" y="${at(to)}" text-anchor="end">${low}</text>`
}

/**
 * Returns an area in steps, one step for each place, and a mark for each cause of the growth between two. A moved base
 * image has a step of its own, half a place before the rest.
 */
function sizes(
  places: readonly Place[],
  slot: number,
  yOf: (value: number) => number,
  measure: TrendMeasure,
): readonly Html[] {
  const marks: Html[] = []
  // Places side by side are one shape. As shapes of their own, they would have white lines between them.
  const areas: string[] = []
  const floor = at(yOf(0))
  let before: number | null = null
  for (const [nth, place] of places.entries()) {
    const { value, parts, hasMovedBase } = place
    const start = left + nth * slot
    if (value === null) {
      before = null
      continue
    }
    const base: number | null = hasMovedBase && before !== null ? before + parts['base-image'] : null
    const middle = base === null ? start : start + slot / 2
    if (before === null) areas.push(`M${at(start)} ${floor}`)
    if (base !== null) areas.push(`V${at(yOf(base))}H${at(middle)}`)
    areas.push(`V${at(yOf(value))}H${at(start + slot)}`)
    if ((places[nth + 1]?.value ?? null) === null) areas.push(`V${floor}z`)
    if (before !== null) {
      if (base !== null) marks.push(mark(place, 'base-image', start, slot, [yOf(before), yOf(base)], measure))
      let from = base ?? before
      for (const cause of everyCause) {
        if (parts[cause] === 0 || (cause === 'base-image' && base !== null)) continue
        marks.push(mark(place, cause, middle, slot, [yOf(from), yOf(from + parts[cause])], measure))
        from += parts[cause]
      }
    }
    before = value
  }
  return [html`<path class="area" d="${areas.join('')}" />`, ...marks]
}

function mark(
  { point, parts }: Place,
  cause: Cause,
  x: number,
  slot: number,
  [from, to]: readonly [number, number],
  measure: TrendMeasure,
): Html {
  const [y, height] = [Math.min(from, to), Math.max(2, Math.abs(to - from))]
  const wide = Math.min(9, Math.max(3, slot / 2))
  const grew = `${causePhrases[cause].step} ${formatDifference(measure, parts[cause])}`
  const title = `${grew}, ${isSeenOnly(cause) ? `${firstSeen} ` : ''}${shortCommit(point)}, ${dayOf(point)}`
  return html`<g class="step" data-cause="${cause}" data-v="${parts[cause]}"
    ><title>${title}</title
    >${box(`tile ${parts[cause] < 0 ? 'shrank' : 'grew'}`, x - wide / 2, y, wide, height)}${cause === 'change' ? null : box(`hatch ${cause}`, x - wide / 2, y, wide, height)}</g
  >`
}

/** Returns a line for each cause: the sum of its growth since the first point. */
function causes(
  places: readonly Place[],
  slot: number,
  from: number,
  { notKnown }: Series,
  measure: TrendMeasure,
): Html {
  const lines = everyCause
    .map((cause) => {
      let sum = 0
      return { cause, sums: places.map(({ parts }) => (sum += parts[cause])) }
    })
    .filter(({ sums }) => sums.some((sum) => sum !== 0))
  const all = lines.flatMap(({ sums }) => sums)
  const [low, high] = [all.reduce((a, b) => Math.min(a, b), 0), all.reduce((a, b) => Math.max(a, b), 0)]
  if (low === high)
    return html`<text class="axis" x="${left}" y="${at(from + 20)}">
      ${notKnown === 0 ? 'No growth since the first point' : 'The causes of the growth are not known'}
    </text>`
  const to = from + causeHeight
  const yOf = (value: number): number => to - ((value - low) / (high - low)) * causeHeight
  const zero = yOf(0)
  // The words of an end that is near zero would cover those of zero, and say less.
  const wordsOf = (value: number): string =>
    value !== 0 && Math.abs(yOf(value) - zero) < axisGap ? '' : formatDifference(measure, value)
  return html`${axis(from, to, wordsOf(high), wordsOf(low))}
    <line class="axis zero" x1="${left}" x2="${width - 8}" y1="${at(zero)}" y2="${at(zero)}" />
    ${low < 0 && high > 0 ? html`<text class="axis" x="${left - 6}" y="${at(zero + 4)}" text-anchor="end">${formatDifference(measure, 0)}</text>` : null}
    ${lines.map(({ cause, sums }) => html`<path class="cause ${cause}" d="${stepPath(sums.map(yOf), slot)}"><title>${causePhrases[cause].step}: ${formatDifference(measure, sums.at(-1) ?? 0)}</title></path>`)}`
}

const stepPath = (ys: readonly number[], slot: number): string =>
  ys.map((y, nth) => `${nth === 0 ? `M${left} ${at(y)}` : `V${at(y)}`}H${at(left + (nth + 1) * slot)}`).join('')

const box = (kind: string, x: number, y: number, wide: number, height: number): Html =>
  html`<rect
    class="${kind}"
    x="${at(x)}"
    y="${at(y)}"
    width="${at(Math.max(0, wide))}"
    height="${at(Math.max(0, height))}"
  />`

const at = (pixels: number): string => String(Math.round(pixels * 10) / 10)
