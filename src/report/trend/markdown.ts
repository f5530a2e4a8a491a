/** A trend in Markdown for a job summary. Pure. */
import { largestSteps, type Series, type Step, type Trend } from '../../trend/trend.ts'
import { causePhrases } from '../cause-phrases.ts'
import { markdownCode, shorten } from '../escape.ts'
import { folded, name, table } from '../markdown/parts.ts'
import { formatCount } from '../units.ts'
import { mermaidChart } from './mermaid.ts'
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
  smallChangeParts,
  stepParts,
} from './words.ts'

const maxSteps = 10
const maxCreep = 20
/** Limit for the series that are shown. A job summary may have 1 MiB for all steps of a job. */
const maxSeries = 10

/** Returns a trend in Markdown. */
export function renderTrendMarkdown(trend: Trend): string {
  if (trend.series.length === 0) return '### Trend\n\nThere are no points to show.\n'
  const shown = trend.series.slice(0, maxSeries)
  const rest = trend.series.length - shown.length
  const more = rest === 0 ? [] : [`_${formatCount(rest, 'more image')} left out here._`]
  return `${['### Trend', ...shown.map((series) => seriesText(series, trend)), ...more].join('\n\n')}\n`
}

function seriesText(series: Series, trend: Trend): string {
  const { measure } = trend
  const title = `**${measureWords[measure]} of ${seriesName(series, name)}:** ${latestWords(series, measure)}`
  if (series.points.length === 1) return [title, latestTable(series), onlyPoint].join('\n\n')
  return [
    title,
    ...mermaidChart(series, measure),
    `Growth by cause: ${causeSums(series, measure)}.`,
    ...steps(series, trend),
    `**Creep:** ${creepSentence(series, trend)}`,
    ...creep(series, trend),
    latestTable(series),
  ].join('\n\n')
}

function latestTable(series: Series): string {
  const { last } = endsOf(series)
  return table(
    ['latest', 'to pull:', 'unpacked:', 'above the base image:', 'layers:'],
    [
      [
        markdownCode(shortCommit(last)),
        formatValue('pull', last.pull),
        formatValue('unpacked', last.unpacked),
        formatValue('added', last.added),
        last.layers === null ? 'not known' : String(last.layers),
      ],
    ],
  )
}

function steps(series: Series, { measure }: Trend): readonly string[] {
  const largest = largestSteps(series.steps, maxSteps)
  if (largest.length === 0) return []
  const rest = series.steps.length - largest.length
  return [
    table(
      ['largest steps:', 'cause', 'time (UTC)', 'commits', 'what grew, file bytes'],
      largest.map((step) => [
        formatDifference(measure, step.growth),
        causeWords(step),
        minuteOf(step.point),
        commitsOf(rangeOf(step), commitWords(step, name)),
        stepParts(step, measure, name).join('<br>'),
      ]),
    ),
    ...(rest === 0 ? [] : [`_${formatCount(rest, 'smaller step')} left out._`]),
  ]
}

function causeWords(step: Step): string {
  const moved = movedBaseOf(step)
  return `${causePhrases[step.cause].step}${moved === null ? '' : `: ${name(moved)}`}`
}

/** Returns a commit, or a range of them, with words about the last one. */
const commitsOf = (commits: string, words: string | null): string =>
  `${markdownCode(commits)}${words === null ? '' : ` ${words}`}`

function creep(series: Series, { measure }: Trend): readonly string[] {
  const { changes, count } = series.creep
  if (count === 0) return []
  const rows = changes
    .slice(-maxCreep)
    .toReversed()
    .map((change) => [
      formatDifference(measure, change.growth),
      minuteOf(change.point),
      commitsOf(shorten(shortCommit(change.point), 20), commitWords({ cause: 'change', point: change.point }, name)),
      smallChangeParts(change, measure, name).join('<br>'),
    ])
  const parts = creepParts(series, name)
  const title = count > maxCreep ? `The last ${maxCreep} of these commits` : 'These commits'
  return [
    ...(parts.length === 0 ? [] : [`Most of it, in file bytes: ${parts.join(', ')}.`]),
    folded(title, table(['growth:', 'time (UTC)', 'commit', 'what grew, file bytes'], rows)),
  ]
}
