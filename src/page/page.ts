/** The report as an HTML page: one self-contained file that can be read without scripts. Pure. */
import { createHash } from 'node:crypto'
import type { LayerLists } from '../layer/layer-lists.ts'
import { comparedSentence, headingGrowth, imagesSentence, uncomparedWord } from '../report/change-sentences.ts'
import { sharedLayersSentence } from '../report/growth-together.ts'
import { baseImagesSentence } from '../report/base-image-sentences.ts'
import { driftSentence } from '../report/drift-sentence.ts'
import { reportNotes } from '../report/comparison-notes.ts'
import { headlineOf } from '../report/headline.ts'
import { imageReports, otherResults, platformOf, type ImageReport, type Report } from '../report/report.ts'
import { capital, forkSentence, nothingToCompare } from '../report/sentences.ts'
import { formatBytes, formatCount } from '../report/units.ts'
import { isAccepted, markOfVerdict, verdictCounts, worstMark, type Mark } from '../report/verdict-lines.ts'
import { editedSentence } from '../report/verdict-sentence.ts'
import { imagesWorstFirst } from '../report/worst-first.ts'
import { version } from '../version.ts'
import { escapeHtml } from './escape-html.ts'
import { foreign, html, maxNameLength, name, nothing, prose, type Html } from './html.ts'
import { keysOf } from './image-keys.ts'
import { idOf, imageParts, onlyPart, type ImagePart } from './image-part.ts'
import type { PageData } from './model.ts'
import { pageFigures, type Detail } from './page-data.ts'
import { packed } from './pack.ts'
import { budgetsOf } from './sections/budgets.ts'
import { dockerfileOf } from './sections/dockerfile.ts'
import { graphOf } from './sections/graph.ts'
import { growthOf, layersOf } from './sections/layers.ts'
import { mapSection } from './sections/map.ts'
import { packagesOf } from './sections/packages.ts'
import { breakOf, bytesCell, growthCell, table } from './sections/parts.ts'
import { savingsOf } from './sections/savings.ts'
import { topOf } from './sections/top.ts'
import { trendSection } from './sections/trend.ts'

/** The parts that are the same in every page. */
export interface PageAssets {
  /** A module for browsers. */
  readonly script: string
  readonly style: string
}

/** Limit for the sentences of each kind of note. */
const maxNotes = 200

/** The number of stages above which the browser lays out long parts only while they are on the screen. */
const manyStages = 20

/**
 * Returns the page.
 *
 * @param lists data of the layers that were read; null if there are only records
 */
export function renderPage(report: Report, lists: LayerLists | null, { script, style }: PageAssets): string {
  const images = imageReports(report)
  const { data, detail } = pageFigures(images, lists)
  // The worst image is shown first. Addresses have the positions of the record, so that they stay the same.
  const parts = new Map(imageParts(images, keysOf(data.images)))
  const shown = imagesWorstFirst(report, images).map((image) => [image, parts.get(image) ?? onlyPart] as const)
  const title = titleOf(report)
  // A picture of the whole page lacks parts that are not laid out, so a page that is fast without this has them all.
  const isLong = images.reduce((sum, { image }) => sum + image.stages.length, 0) > manyStages
  const body = html`
    ${patterns}
    <a class="skip" href="#content">Skip to the content</a>
    ${headerOf(report, title)}
    <main id="content" ${isLong ? html` class="long"` : null}>
      ${images.length === 1 && (report.comparison?.removed ?? []).length === 0 ? null : overviewOf(report, shown)}
      ${shown.map(([image, part]) => imageOf(report, image, part, { data, detail, lists }))} ${notesOf(report)}
    </main>
    <footer><p>Stage Footprint ${version}. This page makes no requests.</p></footer>
  `
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} · Stage Footprint</title>
<style>${style}</style>
</head>
<body>
${body.text}
<script type="application/octet-stream" id="data">${packed(data)}</script>
<script type="module">${script}</script>
</body>
</html>
`
}

/** Returns a policy that allows only this style and this script, and no requests. */
function policyOf(script: string, style: string): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`
}

function titleOf({ title, footprint }: Report): string {
  const [first] = footprint.images
  return foreign(
    title ?? (footprint.images.length === 1 ? (first?.name ?? 'image') : formatCount(footprint.images.length, 'image')),
    maxNameLength,
  )
}

const verdictTitles: Readonly<Record<Mark, string>> = {
  fail: 'Over budget',
  warn: 'Over budget, only a warning',
  'not-judged': 'Budget not judged',
  pass: 'Within budget',
  elsewhere: 'Within budget',
}

/** Limit for what is wrong with invalid budgets. */
const maxFaultLength = 600

const plain = (text: string): string => foreign(text, maxFaultLength)

function headerOf({ verdict, reportedByFork, comparison, footprint, invalidRules }: Report, title: string): Html {
  const mark = verdict && markOfVerdict(verdict)
  const commit = footprint.revision?.commit ?? null
  return html`<header>
    <p class="brand">Stage Footprint</p>
    <h1>${title}${commit === null ? null : html` <small>at <code>${foreign(commit.slice(0, 7), 7)}</code></small>`}</h1>
    ${mark === null || verdict === null ? null : html`<p class="verdict ${mark}"><strong>${mark === 'warn' && isAccepted(verdict) ? 'Over budget, accepted by a label' : verdictTitles[mark]}</strong> ${verdictCounts(verdict.results)}</p>`}
    ${invalidRules === undefined ? null : html`<p class="verdict fail"><strong>Budgets invalid</strong> ${plain(invalidRules)}</p>`}
    ${comparison === null ? null : html`<p class="compared">${prose(comparedSentence(comparison, name))}</p>`}
    ${reportedByFork ? html`<p class="notice">${forkSentence}</p>` : null}
    ${verdict?.edited ? html`<p class="notice">${prose(editedSentence(verdict.edited, name, plain))}</p>` : null}
  </header> `
}

function overviewOf(report: Report, images: readonly (readonly [ImageReport, ImagePart])[]): Html {
  const { comparison, verdict } = report
  const rows = images.map(([{ image, comparison: one, results }, part]) => {
    const totals = headlineOf(image)?.final.totals ?? null
    return html`<tr>
      <td class="wide"><a href="#${idOf(part)}">${foreign(image.name, maxNameLength)}</a></td>
      <td class="${breakOf(platformOf(image))}">${foreign(platformOf(image), 60)}</td>
      ${bytesCell(totals?.compressedSize ?? null, 'compressed')}${bytesCell(totals?.uncompressedSize ?? null, 'uncompressed')}${comparison === null ? null : one === null ? html`<td class="n">${uncomparedWord(comparison, image)}</td>` : growthCell(one.final.growth.total.compressedSize, 'growth')}${verdict === null ? null : verdictCell(worstMark(results))}
    </tr> `
  })
  const removed = (comparison?.removed ?? []).map((image) => {
    const before = headlineOf(image)?.final.totals.compressedSize ?? null
    return html`<tr>
      <td class="wide">${foreign(image.name, maxNameLength)}</td>
      <td class="${breakOf(platformOf(image))}">${foreign(platformOf(image), 60)}</td>
      <td class="n">removed</td>
      <td></td>
      ${growthCell(before === null ? null : -before, 'growth')}${verdict === null ? null : verdictCell(null)}
    </tr> `
  })
  const columns = [
    { title: 'Image' },
    { title: 'Platform' },
    { title: 'To pull', isNumber: true },
    { title: 'Unpacked', isNumber: true },
    ...(comparison === null ? [] : [{ title: 'Change, to pull', isNumber: true }]),
    ...(verdict === null ? [] : [{ title: 'Budgets' }]),
  ]
  const growth = headingGrowth(report)
  const shared = comparison && sharedLayersSentence(comparison)
  return html`${growth === null ? null : html`<p class="lead"><strong>${capital(growth)}</strong>.</p>`}
    ${shared ? html`<p>${shared}</p>` : null}
    <section class="part">
      <h2>Images</h2>
      ${table(columns, [...rows, ...removed], { sortable: true, stacks: true, caption: `${formatCount(images.length, 'image')}${removed.length === 0 ? '' : ` and ${removed.length} removed`}` })}
    </section>`
}

const verdictCell = (mark: Mark | null): Html =>
  mark === null || mark === 'elsewhere'
    ? html`<td class="wide"></td>`
    : html`<td class="wide outcome ${mark}">${verdictTitles[mark]}</td>`

interface Shown {
  readonly data: PageData
  readonly detail: Detail
  readonly lists: LayerLists | null
}

function imageOf(report: Report, image: ImageReport, part: ImagePart, { data, detail, lists }: Shown): Html {
  const final = headlineOf(image.image)?.final ?? null
  const { at } = part
  const pageImage = data.images[at]
  return html`<article class="image" id="${idOf(part)}">
    ${part.label !== null ? html`<h2 class="image-name">${foreign(image.image.name, maxNameLength)} <small>${foreign(platformOf(image.image), 60)}</small></h2>` : html`<p class="platform">${foreign(platformOf(image.image), 60)}${final === null ? null : `, ${formatBytes(final.totals.fileBytes)} of files`}</p>`}
    ${topOf(image)} ${budgetsOf(image.results, report.verdict?.override ?? null, at)}
    ${pageImage === undefined ? nothing : mapSection(pageImage, data, part, detail)} ${growthOf(image, part)}
    ${dockerfileOf(image, part, image.image.dockerfile ?? undefined)} ${graphOf(image.image, part)}
    ${packagesOf(image, part, lists)} ${savingsOf(final, part)} ${layersOf(image, part)}
    ${trendSection(report.trend, image.image, part)}
  </article> `
}

function notesOf(report: Report): Html {
  const { comparison, baselineNotes, verdict } = report
  const sentences = comparison
    ? [baseImagesSentence(comparison, name), driftSentence(comparison), imagesSentence(comparison, name)]
    : baselineNotes.length > 0
      ? [nothingToCompare]
      : []
  const others = otherResults(report, imageReports(report))
  const notes = [...baselineNotes, ...reportNotes(report)].slice(0, maxNotes)
  const items = [
    ...sentences.filter((sentence) => sentence !== null).map((sentence) => html`<li>${prose(sentence)}</li>`),
    ...notes.map((note) => html`<li>${prose(foreign(note, 2_000))}</li>`),
  ]
  return html`${budgetsOf(others, verdict?.override ?? null, -1)}${
    items.length === 0
      ? null
      : html`<section class="part" id="notes">
          <h2>Notes</h2>
          <ul>
            ${items}
          </ul>
        </section>`
  }`
}

/** Patterns for the causes, which every treemap uses. */
const patterns = html`<svg class="defs" width="0" height="0" aria-hidden="true">
  <defs>
    <pattern id="p-base-image" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="1.6" height="6" />
    </pattern>
    <pattern id="p-drift" width="6" height="6" patternUnits="userSpaceOnUse">
      <circle cx="2" cy="2" r="1.1" />
      <circle cx="5" cy="5" r="1.1" />
    </pattern>
    <pattern id="p-unknown" width="7" height="7" patternUnits="userSpaceOnUse">
      <rect width="7" height="1.2" />
      <rect width="1.2" height="7" />
    </pattern>
  </defs>
</svg>`
