/** The start of the page: the verdict, the figures, and the builder stage against the final stage. Pure. */
import type { StageChange } from '../../compare/comparison.ts'
import type { Stage } from '../../record/footprint.ts'
import { sumOfLayers } from '../../record/layer-sums.ts'
import { isUnnamed } from '../../record/stage-name.ts'
import { codecSentence } from '../../report/cause-sentences.ts'
import { buildersSentence } from '../../report/builder-stages.ts'
import { causesSentence, changeFigures, pullCostSentence, stagesSentence } from '../../report/change-sentences.ts'
import { headlineOf, type Headline } from '../../report/headline.ts'
import { unchangedWords } from '../../report/other-blobs.ts'
import type { ImageReport } from '../../report/report.ts'
import {
  addedSentence,
  capital,
  repeatedSentence,
  shippedWarning,
  smallerSentence,
  unbuiltSentence,
} from '../../report/sentences.ts'
import { formatBytes } from '../../report/units.ts'
import { code, foreign, html, maxNameLength, name, nothing, prose, type Html } from '../html.ts'
import { directionOf, growthText } from './parts.ts'

/** Returns everything above the treemap. */
export function topOf(report: ImageReport): Html {
  const { image, comparison } = report
  const headline = headlineOf(image)
  if (headline === null) return html`<p class="notice">This record has no final stage.</p>`
  const warnings = [shippedWarning(image), unbuiltSentence(image, name)].filter((sentence) => sentence !== null)
  return html`${leadOf(report)} ${warnings.map((warning) => html`<p class="notice">${prose(warning)}</p>`)}
    <dl class="figures">${figuresOf(headline, comparison?.final ?? null)}</dl>
    ${barsOf(headline, comparison?.final ?? null)}
    <p class="more">${prose(sentencesOf(report, headline))}</p>`
}

function leadOf({ comparison }: ImageReport): Html {
  if (comparison === null) return nothing
  if (comparison.unchanged) return html`<p class="lead">${capital(unchangedWords([comparison]))}.</p>`
  const causes = causesSentence(comparison, name)
  return html`<p class="lead">
    <strong>${prose(changeFigures(comparison.final))}</strong>${causes === null ? null : html`, ${prose(causes)}`}.
  </p>`
}

function sentencesOf({ comparison, image }: ImageReport, headline: Headline): string {
  return [
    smallerSentence(headline, name),
    addedSentence(headline, name),
    repeatedSentence(headline),
    ...(comparison === null
      ? []
      : [
          codecSentence(comparison.final),
          pullCostSentence(comparison),
          buildersSentence(comparison.stages, name),
          stagesSentence(comparison.stages, image, name),
        ]),
  ]
    .filter((sentence) => sentence !== null)
    .join(' ')
}

function figuresOf({ final, added }: Headline, change: StageChange | null): readonly Html[] {
  const growth = change?.growth.total ?? null
  const before = change?.before?.totals ?? null
  const { compressedSize, uncompressedSize, layers } = final.totals
  return [
    figure(
      'To pull',
      compressedSize,
      'final-compressed',
      growth && growthText(growth.compressedSize, before?.compressedSize ?? null),
      growth?.compressedSize ?? null,
    ),
    figure(
      'Unpacked',
      uncompressedSize,
      'final-uncompressed',
      growth && growthText(growth.uncompressedSize, before?.uncompressedSize ?? null),
      growth?.uncompressedSize ?? null,
    ),
    figure('Added to the base, to pull', added.compressedSize, 'added-compressed', null, null),
    html`<div>
      <dt>Layers</dt>
      <dd data-k="final-layers" data-v="${layers}">${layers}</dd>
      <dd class="delta">
        ${[
          added.layers === null ? [] : `${added.layers} added`,
          growth === null || growth.layers === 0 ? [] : `${growth.layers > 0 ? '+' : '−'}${Math.abs(growth.layers)}`,
        ]
          .flat()
          .join(', ')}
      </dd>
    </div>`,
  ]
}

function figure(title: string, bytes: number | null, key: string, growth: Html | null, delta: number | null): Html {
  return html`<div>
    <dt>${title}</dt>
    <dd class="${bytes === null ? 'unknown' : ''}" data-k="${key}" data-v="${bytes ?? ''}">${formatBytes(bytes)}</dd>
    <dd class="delta ${directionOf(delta)}">
      ${growth === null || delta === 0 ? (growth === null ? null : 'as before') : growth}
    </dd>
  </div>`
}

interface Bar {
  readonly title: Html
  /** Segments from left to right, each with a class. */
  readonly segments: readonly { readonly kind: 'base' | 'own' | 'whole' | 'past'; readonly bytes: number }[]
  readonly bytes: number | null
}

/** Returns the bars. Bytes to pull and unpacked bytes have separate axes, because they are not comparable. */
function barsOf({ final, fat, shipped }: Headline, change: StageChange | null): Html {
  const before = change?.before ?? null
  const heaviest = fat ?? shipped
  const unpacked: Bar[] = [
    ...(heaviest
      ? [
          stageBar(
            html`${fat ? 'Fat' : 'Builds on'}:
            ${code(foreign(heaviest.name, maxNameLength))}${fat ? html` <small>not shipped</small>` : null}`,
            heaviest.totals.uncompressedSize,
          ),
        ]
      : []),
    finalBar(finalTitle(fat ? 'Slim' : 'Final', final), final, 'uncompressedSize'),
    ...(before ? [pastBar(before.totals.uncompressedSize)] : []),
  ]
  const pull: Bar[] = [
    finalBar(finalTitle('Final', final), final, 'compressedSize'),
    ...(before ? [pastBar(before.totals.compressedSize)] : []),
  ]
  return html`<div class="bars">${chart('Unpacked', unpacked)}${chart('To pull', pull)}</div>
    <p class="key">
      ${final.totals.baseLayers === null ? swatch('whole', 'all layers') : html`${swatch('base', 'base image')} ${swatch('own', 'added by this Dockerfile')}`}
      ${heaviest && final.totals.baseLayers !== null ? swatch('whole', 'builder stage') : null}
      ${before ? swatch('past', 'before') : null}
    </p>`
}

const swatch = (kind: string, words: string): Html =>
  html`<span class="meaning"><span class="swatch ${kind}"></span>${words}</span>`

function finalTitle(kind: 'Slim' | 'Final', { name }: Stage): Html {
  if (isUnnamed(name)) return html`${kind === 'Slim' ? 'Slim: final stage' : 'Final stage'}`
  return html`${kind}: ${code(foreign(name, maxNameLength))}`
}

const stageBar = (title: Html, bytes: number | null): Bar => ({
  title,
  bytes,
  segments: [{ kind: 'whole', bytes: bytes ?? 0 }],
})

const pastBar = (bytes: number | null): Bar => ({
  title: html`<small>before</small>`,
  bytes,
  segments: [{ kind: 'past', bytes: bytes ?? 0 }],
})

function finalBar(title: Html, stage: Stage, quantity: 'compressedSize' | 'uncompressedSize'): Bar {
  const bytes = stage.totals[quantity]
  // If the base is not known, it is not known what was added to it.
  if (stage.totals.baseLayers === null) return { title, bytes, segments: [{ kind: 'whole', bytes: bytes ?? 0 }] }
  const base = sumOfLayers(stage.layers.filter(({ origin }) => origin === 'base'))[quantity] ?? 0
  return {
    title,
    bytes,
    segments: [
      { kind: 'base', bytes: Math.min(base, bytes ?? 0) },
      { kind: 'own', bytes: Math.max(0, (bytes ?? 0) - base) },
    ],
  }
}

function chart(title: string, bars: readonly Bar[]): Html {
  const maxBytes = Math.max(1, ...bars.map(({ bytes }) => bytes ?? 0))
  const percent = (bytes: number): string => ((bytes / maxBytes) * 100).toFixed(3)
  return html`<figure>
    <figcaption>${title}</figcaption>
    <table class="chart">
      <caption>
        ${title}, bars to scale
      </caption>
      <colgroup>
        <col class="c-name" />
        <col />
        <col class="c-size" />
      </colgroup>
      <tbody>
        ${bars.map(({ title, segments, bytes }) => {
          let at = 0
          const rects = segments.map(({ kind, bytes }) => {
            const rect = html`<rect class="${kind}" x="${percent(at)}%" width="${percent(bytes)}%" height="100%" />`
            at += bytes
            return rect
          })
          return html`<tr>
            <th scope="row">${title}</th>
            <td class="bar">
              <svg aria-hidden="true" width="100%" height="14" data-share="${percent(at)}">${rects}</svg>
            </td>
            <td class="n" data-v="${bytes ?? ''}">${formatBytes(bytes)}</td>
          </tr> `
        })}
      </tbody>
    </table>
  </figure>`
}
