/** The history of an image: a chart, its largest steps, and what grew in small amounts. Pure. */
import { everyCause } from '../../budget/measure.ts'
import { formatPlatform } from '../../oci/platform.ts'
import type { Image } from '../../record/footprint.ts'
import { causePhrases } from '../../report/cause-phrases.ts'
import {
  causeSums,
  creepParts,
  creepSentence,
  firstSeen,
  formatDifference,
  isSeenOnly,
  latestWords,
  measureWords,
  minuteOf,
  rangeOf,
  seriesName,
  shortCommit,
  smallChangeParts,
  stepParts,
} from '../../report/trend/words.ts'
import { formatCount } from '../../report/units.ts'
import { nameForPoint, type Point } from '../../trend/point.ts'
import { largestSteps, type Series, type Step, type Trend } from '../../trend/trend.ts'
import { code, foreign, html, name, nothing, prose, type Html } from '../html.ts'
import type { ImagePart } from '../image-part.ts'
import { pointsInPlace, trendChart } from '../trend-chart.ts'
import { directionOf, section, table } from './parts.ts'

const maxSteps = 50
const maxCreep = 100

/** Returns the section with the trend of an image. Empty if it has none. */
export function trendSection(trend: Trend | null, image: Image, part: ImagePart): Html {
  const series = trend?.series.find(
    (one) => one.name === nameForPoint(image.name) && one.platform === nameForPoint(formatPlatform(image.platform)),
  )
  if (trend === null || series === undefined) return nothing
  const { measure } = trend
  return section(
    `trend-${part.at}`,
    'Trend',
    html`<figure class="trend">${trendChart(series, measure)}${legend(series)}</figure>
      ${stepsOf(series, trend, part)} ${creepOf(series, trend, part)}`,
    html`<p>${measureWords[measure]} of ${prose(seriesName(series, name))}: ${latestWords(series, measure)}.</p>
      <p>Growth by cause: ${causeSums(series, measure)}.</p>`,
  )
}

function legend({ growth, points, steps }: Series): Html {
  const inPlace = pointsInPlace(points.length)
  const above = [
    'Above: the size.',
    ...(inPlace === 1 ? [] : [`Each step of the line is the last of up to ${formatCount(inPlace, 'point')}.`]),
    ...(steps.some(({ cause }) => cause === 'base-image')
      ? ['Where a base image moved, its growth comes first, and the rest of the growth follows.']
      : []),
  ]
  const causes = everyCause.filter((cause) => growth.some((parts) => (parts?.[cause] ?? 0) !== 0))
  return html`<figcaption class="legend">
    <span>${above.join(' ')}</span>
    ${causes.length === 0 ? null : html`<span>Below: growth since the first point, by cause:</span>`}
    ${causes.map(
      (cause) =>
        html`<span
          ><svg class="trend" width="26" height="10" aria-hidden="true">
            <path class="cause ${cause}" d="M0 5H26" />
          </svg>
          ${causePhrases[cause].step}</span
        > `,
    )}
  </figcaption>`
}

function stepsOf(series: Series, { measure }: Trend, part: ImagePart): Html {
  const steps = largestSteps(series.steps, maxSteps)
  if (steps.length === 0) return html`<p class="hint">No step stands out.</p>`
  const rest = series.steps.length - steps.length
  const rows = steps.map(
    (step) =>
      html`<tr>
        ${cell(step.growth, formatDifference(measure, step.growth), 'step')}
        <td>${causePhrases[step.cause].step}${baseOf(step)}</td>
        <td class="time">${minuteOf(step.point)}</td>
        <td class="text"><code>${rangeOf(step)}</code>${commitOf(step)}</td>
        <td class="wide">${partsOf(stepParts(step, measure, name))}</td>
      </tr> `,
  )
  const caption = rest === 0 ? 'Steps, the largest first' : `The largest of ${formatCount(series.steps.length, 'step')}`
  return table(
    [
      { title: 'Growth', isNumber: true },
      { title: 'Cause' },
      { title: 'Time (UTC)' },
      { title: 'Commits' },
      { title: 'What grew, file bytes' },
    ],
    rows,
    { sortable: true, stacks: true, caption, part },
  )
}

/** Limit for the characters of a commit's subject. */
const maxSubjectLength = 100

/** Says that a commit did not cause what was first seen in it. */
const commitOf = ({ cause, point }: Step): Html | null =>
  isSeenOnly(cause) ? html` ${firstSeen} <code>${shortCommit(point)}</code>${subjectOf(point)}` : subjectOf(point)

const subjectOf = ({ subject }: Point): Html | null =>
  subject === undefined ? null : html` ${foreign(subject, maxSubjectLength)}`

const partsOf = (parts: readonly string[]): Html =>
  parts.length === 0
    ? nothing
    : html`<ul class="plain">
        ${parts.map((part) => html`<li>${prose(part)}</li>`)}
      </ul>`

const baseOf = ({ cause, point }: Step): Html | null =>
  cause === 'base-image' && point.base !== null ? html` ${code(foreign(point.base.reference, 100))}` : null

const creepColumns = [
  { title: 'Growth', isNumber: true },
  { title: 'Time (UTC)' },
  { title: 'Commit' },
  { title: 'What grew, file bytes' },
]

function creepOf(series: Series, trend: Trend, part: ImagePart): Html {
  const { creep } = series
  const parts = creepParts(series, name)
  const sentence = html`<p data-k="creep" data-v="${creep.net}">
    Creep:
    ${creepSentence(series, trend)}${parts.length === 0 ? null : html` Most of it, in file bytes: ${prose(parts.join(', '))}.`}
  </p>`
  if (creep.count === 0) return sentence
  const rows = creep.changes
    .slice(-maxCreep)
    .toReversed()
    .map((change) => {
      const { point, growth } = change
      return html`<tr>
        ${cell(growth, formatDifference(trend.measure, growth), 'creep')}
        <td class="time">${minuteOf(point)}</td>
        <td class="text"><code>${shortCommit(point)}</code>${subjectOf(point)}</td>
        <td class="wide">${partsOf(smallChangeParts(change, trend.measure, name))}</td>
      </tr> `
    })
  const title = creep.count > maxCreep ? `The last ${maxCreep} of these commits` : 'These commits'
  return html`${sentence}
    <details>
      <summary>${title}</summary>
      ${table(creepColumns, rows, { part, sortable: true, stacks: true, caption: 'Small changes, the newest first' })}
    </details>`
}

const cell = (growth: number | null, text: string, key: string): Html =>
  html`<td class="n ${directionOf(growth)}" data-k="${key}" data-v="${growth ?? ''}">${text}</td>`
