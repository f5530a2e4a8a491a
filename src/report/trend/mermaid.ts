/** Charts of a trend in Mermaid's `xychart` for a job summary. Pure. The only text from the points is digits. */
import type { TrendMeasure } from '../../inputs/inputs.ts'
import type { Point } from '../../trend/point.ts'
import type { PartsByCause, Series } from '../../trend/trend.ts'
import { formatCount } from '../units.ts'
import { dayOf, thinned } from './words.ts'

/** Mermaid does not turn or leave out labels. More labels of this length than these would overlap. */
const maxBars = 10
const maxPlaces = 60
/** Blue and orange, which are far apart also for the colour-blind. Mermaid's usual colour is hard to see. */
const palette = `%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2b7bba, #d95f02"}}}}%%`

/** A value that is drawn, with its label. */
interface Bar {
  readonly label: string
  readonly value: number
}

/** A point whose value is known, with its growth. */
interface Known {
  readonly point: Point
  readonly value: number
  /** Growth since the point before it in the series. */
  readonly parts: PartsByCause | null
  readonly hasMovedBase: boolean
  /** Sum of the growth of moved base images up to this point. */
  readonly ofBase: number
}

/**
 * Returns a chart and a sentence that explains it. The values start at zero, because with another start, small growth
 * would look large. Few points are bars, and a moved base image has a bar of its own. Many points are a line, and
 * another line leaves out the growth of moved base images.
 */
export function mermaidChart(series: Series, measure: TrendMeasure): readonly string[] {
  const known = knownOf(series, measure)
  const highest = known.reduce((top, { value }) => Math.max(top, value), 0)
  if (known.length < 2 || highest === 0) return []
  const bars = known.flatMap(barsOf)
  return bars.length <= maxBars ? barChart(bars, highest, measure) : lineChart(known, highest, measure)
}

function knownOf({ points, growth, steps }: Series, measure: TrendMeasure): readonly Known[] {
  const moved = new Set(steps.filter(({ cause }) => cause === 'base-image').map(({ point }) => point))
  let ofBase = 0
  return points.flatMap((point, position) => {
    const parts = growth[position] ?? null
    ofBase += parts?.['base-image'] ?? 0
    const value = point[measure]
    return value === null ? [] : [{ point, value, parts, hasMovedBase: moved.has(point), ofBase }]
  })
}

/** Returns the bar of a point. If a base image moved, its bar comes first, without what else the commit changed. */
function barsOf({ point, value, parts, hasMovedBase }: Known): readonly Bar[] {
  const label = point.commit?.slice(0, 7) ?? 'build'
  const base = parts?.['base-image'] ?? null
  if (!hasMovedBase || base === null || parts === null) return [{ label, value }]
  const others = [parts.change, parts.drift, parts.unknown].reduce<number>((sum, part) => sum + (part ?? 0), 0)
  return others === 0
    ? [{ label: `${label} base`, value }]
    : [
        { label: `${label} base`, value: value - others },
        { label, value },
      ]
}

function barChart(bars: readonly Bar[], highest: number, measure: TrendMeasure): readonly string[] {
  const { unit, scaled } = scaleOf(Math.max(highest, ...bars.map(({ value }) => value)), measure)
  const hasBase = bars.some(({ label }) => label.endsWith(' base'))
  return [
    fence([
      palette,
      'xychart-beta',
      `  x-axis [${labelsOf(bars).join(', ')}]`,
      unit,
      `  bar [${bars.map(({ value }) => scaled(value)).join(', ')}]`,
    ]),
    ...(hasBase ? ['_`base`: the size with the moved base image, without what the commit itself changed._'] : []),
  ]
}

/** Returns quoted labels. They are numbered if two are equal, because such bars would be drawn as one. */
function labelsOf(bars: readonly Bar[]): readonly string[] {
  const isUnique = new Set(bars.map(({ label }) => label)).size === bars.length
  return bars.map(({ label }, nth) => (isUnique ? `"${label}"` : `"${nth + 1}: ${label}"`))
}

function lineChart(known: readonly Known[], highest: number, measure: TrendMeasure): readonly string[] {
  const shown = thinned(known, maxPlaces)
  const [first, last] = [shown[0], shown.at(-1)]
  if (!first || !last) return []
  const { unit, scaled } = scaleOf(highest, measure)
  const without = shown.map(({ value, ofBase }) => value - (ofBase - first.ofBase))
  const hasBase = shown.some(({ ofBase }) => ofBase !== first.ofBase)
  const lines = hasBase ? [shown.map(({ value }) => value), without] : [shown.map(({ value }) => value)]
  return [
    fence([
      palette,
      'xychart-beta',
      `  x-axis "${formatCount(known.length, 'point')}, ${dayOf(first.point)} to ${dayOf(last.point)}" 1 --> ${known.length}`,
      unit,
      ...lines.map((values) => `  line [${values.map((value) => scaled(Math.max(0, value))).join(', ')}]`),
    ]),
    ...(hasBase ? ['_Blue: the size. Orange: without the growth of moved base images._'] : []),
  ]
}

const fence = (lines: readonly string[]): string => `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``

function scaleOf(
  highest: number,
  measure: TrendMeasure,
): { readonly unit: string; readonly scaled: (value: number) => string } {
  const [name, scale] = measure === 'layers' ? ['layers', 1] : unitOf(highest)
  const top = Number((Math.ceil((highest / scale) * 105) / 100).toFixed(2))
  return {
    unit: `  y-axis "${name}" 0 --> ${top}`,
    scaled: (value) => String(Number((value / scale).toFixed(2))),
  }
}

function unitOf(bytes: number): [unit: string, bytes: number] {
  if (bytes >= 1e9) return ['GB', 1e9]
  if (bytes >= 1e6) return ['MB', 1e6]
  return bytes >= 1e3 ? ['kB', 1e3] : ['bytes', 1]
}
