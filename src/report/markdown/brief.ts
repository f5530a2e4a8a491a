/** The shortest form of a report that is too long: verdict, totals, and as much more as fits. Pure. */
import { sumOfImages } from '../../record/layer-sums.ts'
import { headingGrowth } from '../change-sentences.ts'
import { escapeMarkdown, shorten } from '../escape.ts'
import { growthTogether, haveSeveralPlatforms } from '../growth-together.ts'
import { headlineOf } from '../headline.ts'
import { imageReports, titleName, type ImageReport, type Report } from '../report.ts'
import { forkSentence } from '../sentences.ts'
import { formatBytes, formatChange, formatCount, formatGrowth } from '../units.ts'
import { markOf, verdictLines } from '../verdict-lines.ts'
import { imagesWorstFirst } from '../worst-first.ts'
import { budgetLine, imageFigures } from './image.ts'
import { overviewRow, overviewTitles, removedRows, verdictBlock } from './overview.ts'
import { headingOf, leftOut, shortName, table } from './parts.ts'

/** Returns the shortest form of a report within a number of bytes. */
export function renderBrief(report: Report, maxBytes: number): string {
  const images = imageReports(report)
  const heading = titleName(report)
  const totals = images.length === 1 ? images.map(figures) : together(report, images)
  const fixed = [
    headingOf(heading === null ? '' : shortName(heading), headingGrowth(report), report),
    ...(report.reportedByFork ? [forkSentence] : []),
    ...(report.invalidRules === undefined
      ? []
      : [`❌ ${escapeMarkdown(shorten(report.invalidRules, maxFaultLength))}`]),
    ...verdictBlock(report, images.length),
    ...(report.verdict?.edited ? ['⚠️ This change edits the budgets. It is judged by the rules of the baseline.'] : []),
    ...totals,
  ]
  const last = leftOut(`nearly everything but the verdict${totals.length === 0 ? '' : ' and the totals'}`)
  const document = (blocks: readonly string[]): string => `${[...fixed, ...blocks, last].join('\n\n')}\n`
  const kept: string[] = []
  const keep = (block: string): void => {
    if (Buffer.byteLength(document([...kept, block])) <= maxBytes) kept.push(block)
  }
  const budgets = budgetLines(report)
  budgets.slice(0, firstBudgets).forEach(keep)
  if (images.length > 1)
    rowsThatFit(
      report,
      imagesWorstFirst(report, images),
      maxBytes - Buffer.byteLength(document([...kept, ''])),
    ).forEach(keep)
  budgets.slice(firstBudgets).forEach(keep)
  return document(kept)
}

/** Limit for what is wrong with invalid budgets. */
const maxFaultLength = 300

/** Number of budgets shown before the table of images. They say why it is over budget. */
const firstBudgets = 3

function figures(report: ImageReport): string {
  const headline = headlineOf(report.image)
  return headline ? imageFigures(report, headline, shortName) : 'This record has no final stage.'
}

/**
 * Returns the bytes to pull of all images, as a block. Layers that images share count once. Nobody pulls several platforms
 * together.
 */
function together({ comparison }: Report, images: readonly ImageReport[]): string[] {
  const finals = images.map(({ image }) => headlineOf(image)?.final ?? null)
  const known = finals.filter((final) => final !== null)
  const after = known.length < finals.length ? null : sumOfImages(known).compressedSize
  const [growth = null, ...more] = comparison === null ? [] : growthTogether(comparison)
  if (more.length > 0 || haveSeveralPlatforms([...images.map(({ image }) => image), ...(comparison?.removed ?? [])]))
    return []
  const bytes = growth?.compressedSize ?? null
  const before = bytes !== null && after !== null ? after - bytes : after
  const grown = growth === null ? '' : ` (${formatGrowth(bytes)})`
  const sizes = before === after ? formatBytes(after) : formatChange(before, after)
  return [`**To pull, ${formatCount(images.length, 'image')} together: ${sizes}${grown}**.`]
}

function rowsThatFit(report: Report, images: readonly ImageReport[], maxBytes: number): string[] {
  const titles = overviewTitles(report)
  const rows = [...images.map((image) => overviewRow(report, image, shortName)), ...removedRows(report, shortName)]
  const withRest = (count: number): string => {
    const rest = rows.length - count
    return table(titles, [
      ...rows.slice(0, count),
      ...(rest === 0 ? [] : [[`and ${formatCount(rest, 'more image')}`, ...titles.slice(1).map(() => '')]]),
    ])
  }
  let count = 0
  while (count < rows.length && Buffer.byteLength(withRest(count + 1)) <= maxBytes) count += 1
  return count === 0 ? [] : [withRest(count)]
}

/** Returns the failed and exceeded budgets, the worst first. */
function budgetLines({ verdict }: Report): string[] {
  const results = (verdict?.results ?? []).filter((result) => ['fail', 'warn', 'not-judged'].includes(markOf(result)))
  return verdictLines(results.slice(0, 50), verdict?.override ?? null, shortName, escapeMarkdown).map(budgetLine)
}
