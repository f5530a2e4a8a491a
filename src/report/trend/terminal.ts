/** A trend for a terminal. Pure. */
import type { TrendMeasure } from '../../inputs/inputs.ts'
import { largestSteps, type Series, type Step, type Trend } from '../../trend/trend.ts'
import { displayWidth } from '../display-width.ts'
import { growthStyle, name, narrowest, painter, wrap, type Paint } from '../terminal/styled-text.ts'
import { causePhrases } from '../cause-phrases.ts'
import type { TerminalOptions } from '../terminal/report.ts'
import {
  causeSums,
  commitWords,
  creepParts,
  creepSentence,
  endsOf,
  formatDifference,
  formatValue,
  latestWords,
  measureWords,
  minuteOf,
  movedBaseOf,
  onlyPoint,
  rangeOf,
  seriesName,
  shortCommit,
  stepParts,
  thinned,
} from './words.ts'

const maxSteps = 10
const maxCommits = 8
/** Limit for the width of a line, so that it can be taken in at once. */
const maxColumns = 60
const bars = '▁▂▃▄▅▆▇█'

/** Returns a trend for a terminal. */
export function renderTrendTerminal(trend: Trend, { width, color }: TerminalOptions): string {
  const columns = Math.max(width, narrowest)
  const paint = painter(color)
  if (trend.series.length === 0) return 'There are no points to show.\n'
  return `${trend.series.map((series) => seriesLines(series, trend, columns, paint).join('\n')).join('\n\n')}\n`
}

function seriesLines(series: Series, trend: Trend, columns: number, paint: Paint): readonly string[] {
  const { measure } = trend
  const { last } = endsOf(series)
  const other = `Latest: ${formatValue('pull', last.pull)} to pull, ${formatValue('unpacked', last.unpacked)} unpacked, ${formatValue('added', last.added)} above the base image, ${formatValue('layers', last.layers)}.`
  return [
    ...wrap(`${measureWords[measure]} of ${seriesName(series, name)}: ${latestWords(series, measure)}`, columns).map(
      (line) => paint('bold', line),
    ),
    ...sparkline(series, trend, columns),
    ...wrap(other, columns),
    ...(series.points.length === 1
      ? wrap(onlyPoint, columns)
      : [
          ...wrap(`Growth by cause: ${causeSums(series, measure)}.`, columns),
          ...stepLines(series, trend, columns, paint),
          ...wrap(`Creep: ${creepSentence(series, trend)}${creepCommits(series)}`, columns),
        ]),
  ]
}

/**
 * Returns a line from the lowest value, which is named, to the highest. If it started at zero, a growth of a few
 * percent would be invisible. Below it, points at which a base image moved are marked.
 */
function sparkline(series: Series, { measure }: Trend, columns: number): readonly string[] {
  const moved = new Set(series.steps.filter(({ cause }) => cause === 'base-image').map(({ point }) => point))
  let movedSince = false
  const marked = series.points.map((point) => ({ value: point[measure], isMoved: moved.has(point) }))
  const width = Math.min(columns, maxColumns)
  const shown = new Set(thinned(marked, width))
  const places: { readonly value: number | null; readonly isMoved: boolean }[] = []
  for (const one of marked) {
    movedSince ||= one.isMoved
    if (!shown.has(one)) continue
    places.push({ value: one.value, isMoved: movedSince })
    movedSince = false
  }
  const known = places.map(({ value }) => value).filter((value) => value !== null)
  const [low, high] = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), 0)]
  if (known.length < 2 || low === high) return []
  const line = places.map(({ value }) =>
    value === null ? ' ' : bars.charAt(Math.round(((value - low) / (high - low)) * (bars.length - 1))),
  )
  const marks = places.map(({ isMoved }) => (isMoved ? '^' : ' ')).join('')
  const [lowest, highest] = [formatValue(measure, low), formatValue(measure, high)]
  // Two values that look the same would not say how high the line is.
  const top = lowest === highest ? `${formatDifference(measure, high - low).replace('+', '')} more` : highest
  const scale = `from ${lowest} (${bars.charAt(0)}) to ${top} (█)`
  return marks.trim() === ''
    ? [line.join(''), scale]
    : [line.join(''), marks.trimEnd(), ...wrap(`${scale}; ^ ${causePhrases['base-image'].step}`, columns)]
}

function stepLines(series: Series, { measure }: Trend, columns: number, paint: Paint): readonly string[] {
  const largest = largestSteps(series.steps, maxSteps)
  if (largest.length === 0) return ['Steps: none.']
  const figures = largest.map(({ growth }) => formatDifference(measure, growth))
  const width = Math.max(...figures.map((figure) => figure.length))
  const causes = Math.max(...largest.map(({ cause }) => causePhrases[cause].step.length))
  const rest = series.steps.length - largest.length
  return [
    rest === 0 ? 'Steps, the largest first:' : `The largest of ${series.steps.length} steps:`,
    ...largest.flatMap((step, nth) => {
      const figure = (figures[nth] ?? '').padStart(width)
      const style = growthStyle(step.growth)
      const room = columns - width - 4
      const [line = '', ...below] = inColumns(
        [causePhrases[step.cause].step.padEnd(causes), minuteOf(step.point), rangeOf(step), ...baseOf(step)],
        room,
      )
      return [
        `  ${style === null ? figure : paint(style, figure)}  ${line.trimEnd()}`,
        ...[...below, ...aboutStep(step, measure, room)].map((more) => `${' '.repeat(width + 4)}${more}`),
      ]
    }),
  ]
}

/** Returns the cells as one line. If there is no room, the last ones follow on lines of their own. */
function inColumns(cells: readonly string[], room: number): readonly string[] {
  return cells.reduce<readonly string[]>((lines, cell) => {
    const line = [...lines.slice(-1), cell].join('  ')
    return displayWidth(line) <= room ? [...lines.slice(0, -1), line] : [...lines, ...wrap(cell, room)]
  }, [])
}

/** Returns lines about the commit, and with what changed most. Empty if nothing is known. */
function aboutStep(step: Step, measure: TrendMeasure, columns: number): readonly string[] {
  const commit = commitWords(step, name)
  const parts = stepParts(step, measure, name)
  return [
    ...(commit === null ? [] : wrap(commit, columns)),
    ...(parts.length === 0 ? [] : wrap(parts.join(', '), columns)),
  ]
}

function baseOf(step: Step): readonly string[] {
  const reference = movedBaseOf(step)
  return reference === null ? [] : [name(reference)]
}

function creepCommits(series: Series): string {
  const { creep } = series
  if (creep.count === 0) return ''
  const parts = creepParts(series, name).join(', ')
  const most = parts === '' ? '' : ` Most of it, in file bytes: ${parts}.`
  const shown = creep.changes
    .slice(-maxCommits)
    .map(({ point }) => shortCommit(point))
    .join(', ')
  return `${most}${creep.count > maxCommits ? ` The last ${maxCommits}: ${shown}.` : ` Commits: ${shown}.`}`
}
