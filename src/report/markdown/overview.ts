/** Several images in one table, before the section of each. Pure. */
import type { BudgetResult } from '../../budget/verdict.ts'
import type { ImageComparison } from '../../compare/comparison.ts'
import { growthAndShare, isRecoded, uncomparedWord } from '../change-sentences.ts'
import { escapeMarkdown } from '../escape.ts'
import { sharedLayersSentence } from '../growth-together.ts'
import { headlineOf } from '../headline.ts'
import { otherBlobNoun } from '../other-blobs.ts'
import { otherResults, platformOf, type ImageReport, type Report } from '../report.ts'
import { capital, type Name } from '../sentences.ts'
import { formatBytes, formatChange, formatCount, formatGrowth } from '../units.ts'
import { markOfVerdict, verdictCounts, verdictLines, worstMark } from '../verdict-lines.ts'
import { budgetLine } from './image.ts'
import { name, signs, strong, table } from './parts.ts'

/** Returns the verdict and the table of all images, as blocks. */
export function overviewBlocks(report: Report, images: readonly ImageReport[]): string[] {
  const others = otherResults(report, images)
  const shared = report.comparison && sharedLayersSentence(report.comparison)
  return [
    ...verdictBlock(report, images.length),
    ...verdictLines(others, report.verdict?.override ?? null, name, escapeMarkdown).map(budgetLine),
    table(overviewTitles(report), [
      ...images.map((image) => overviewRow(report, image, name)),
      ...removedRows(report, name),
    ]),
    ...(shared ? [shared] : []),
  ]
}

/** Returns the whole verdict in a line. Empty if no budget applied. */
export function verdictBlock({ verdict }: Report, images: number): string[] {
  const mark = verdict && markOfVerdict(verdict)
  if (!verdict || !mark) return []
  return [
    `${signs[mark]} ${strong(`${capital(verdictCounts(verdict.results))}.`)}${images > 1 ? ` ${formatCount(images, 'image')}.` : ''}`,
  ]
}

/** Returns the titles of the table's columns. */
export function overviewTitles({ comparison, verdict }: Report): string[] {
  return [
    'image',
    'platform',
    'to pull:',
    ...(comparison ? ['change:'] : ['unpacked:']),
    ...(verdict ? ['verdict'] : []),
  ]
}

/** Returns the table's row for an image. */
export function overviewRow(
  { comparison: compared, verdict }: Report,
  { image, comparison, results }: ImageReport,
  nameOf: Name,
): string[] {
  const after = headlineOf(image)?.final.totals ?? null
  const before = comparison?.final.before?.totals ?? after
  return [
    nameOf(image.name),
    nameOf(platformOf(image)),
    formatChange(before?.compressedSize ?? null, after?.compressedSize ?? null),
    compared
      ? comparison === null
        ? uncomparedWord(compared, image)
        : changeOf(comparison)
      : formatBytes(after?.uncompressedSize ?? null),
    ...(verdict ? [verdictOf(results)] : []),
  ]
}

/** Returns the rows of images that only the baseline has. */
export function removedRows({ comparison, verdict }: Report, nameOf: Name): string[][] {
  return (comparison?.removed ?? []).map((image) => {
    const before = headlineOf(image)?.final.totals.compressedSize ?? null
    const change = before === null ? 'not known' : formatGrowth(-before)
    return [nameOf(image.name), nameOf(platformOf(image)), 'removed', change, ...(verdict ? [''] : [])]
  })
}

function changeOf(comparison: ImageComparison): string {
  if (comparison.unchanged) return otherBlobNoun([comparison.final]) ?? 'none'
  const { final } = comparison
  const growth = final.growth.total.compressedSize
  return growth === null && isRecoded(final)
    ? 'not counted'
    : strong(growthAndShare(growth, final.before?.totals.compressedSize ?? null))
}

function verdictOf(results: readonly BudgetResult[]): string {
  const mark = worstMark(results)
  return mark === null || mark === 'elsewhere' ? '' : `${signs[mark]} ${mark.replace('-', ' ')}`
}
