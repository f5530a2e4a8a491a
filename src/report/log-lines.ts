/** The last lines of a run in a log: figures and verdict as plain text. Pure. */
import { growthAndShare, isRecoded } from './change-sentences.ts'
import { escapeTerminal } from './escape.ts'
import { headlineOf } from './headline.ts'
import { unchangedWords } from './other-blobs.ts'
import { imageReports, platformOf, type ImageReport, type Report } from './report.ts'
import { againstWords, recordedWords } from './sentences.ts'
import { formatBytes, formatCount } from './units.ts'
import { verdictCounts } from './verdict-lines.ts'

/** Limit for the images in this summary. */
const maxImages = 5

/**
 * Returns a line for each image (builder and final stage, bytes to pull, the change) and one for the budgets, if there
 * are any.
 */
export function logLines(report: Report): readonly string[] {
  const images = imageReports(report)
  const shown = images.slice(0, maxImages).map(imageLine)
  const rest = images.length - shown.length
  return [
    ...shown,
    ...(rest === 0 ? [] : [`${formatCount(rest, 'more image')} in the job summary`]),
    ...(report.verdict === null ? [] : [`Budgets: ${verdictCounts(report.verdict.results)}.`]),
  ]
}

function imageLine({ image, comparison }: ImageReport): string {
  const title = escapeTerminal(`${image.name} (${platformOf(image)})`)
  const headline = headlineOf(image)
  if (headline === null) return `${title}: no final stage`
  const { final, fat, smaller } = headline
  const slim = formatBytes(final.totals.uncompressedSize)
  const unpacked =
    fat === null || smaller === null
      ? `${slim} unpacked`
      : `unpacked ${formatBytes(fat.totals.uncompressedSize)} in stage ${escapeTerminal(fat.name)}${fat.recorded ? ` (${recordedWords(fat.recorded, escapeTerminal)})` : ''} → ${slim} in the final stage (${againstWords(smaller)})`
  return `${title}: ${unpacked}; to pull ${formatBytes(final.totals.compressedSize)}${changeOf(comparison)}.`
}

function changeOf(comparison: ImageReport['comparison']): string {
  if (comparison === null) return ''
  if (comparison.unchanged) return `, ${unchangedWords([comparison])}`
  const { final } = comparison
  const { compressedSize, uncompressedSize } = final.growth.total
  if (compressedSize !== null)
    return ` (${growthAndShare(compressedSize, final.before?.totals.compressedSize ?? null)})`
  if (isRecoded(final)) return ' (change not counted: different compression)'
  return uncompressedSize === null
    ? ''
    : `, unpacked ${growthAndShare(uncompressedSize, final.before?.totals.uncompressedSize ?? null)}`
}
