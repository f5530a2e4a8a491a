/** The one line that replaces an earlier comment if its pull request no longer needs a whole report. Pure. */
import { comparedSentence, headingGrowth } from './change-sentences.ts'
import { headlineOf } from './headline.ts'
import { name, shortName, signs, strong } from './markdown/parts.ts'
import { otherBlobsSentence } from './other-blobs.ts'
import { imageReports, nothingChanged, titleName, type Report } from './report.ts'
import { formatBytes, formatCount } from './units.ts'
import { markOfVerdict, verdictCounts } from './verdict-lines.ts'

/** Returns Markdown without a line break. It mentions a budget that still fails. */
export function lineOf(report: Report): string {
  const images = imageReports(report)
  const isUnchanged = nothingChanged(report)
  const again = isUnchanged ? otherBlobsSentence(report.comparison?.images ?? []) : null
  const only = images.length === 1 ? images[0] : undefined
  const title = titleName(report)
  const totals = only && headlineOf(only.image)?.final.totals
  const savable = (only && headlineOf(only.image)?.final.savings?.fileBytes) ?? 0
  const mark = report.verdict && markOfVerdict(report.verdict)
  return [
    `Stage Footprint${title === null ? '' : ` · ${name(title)}`}: ${strong(changeOf(report))}`,
    totals
      ? `, ${isUnchanged ? 'still ' : report.comparison ? 'now ' : ''}${formatBytes(totals.compressedSize)} to pull and ${formatBytes(totals.uncompressedSize)} unpacked, in ${formatCount(totals.layers, 'layer')}.`
      : `, in ${formatCount(report.footprint.images.length, 'image')}.`,
    again === null ? '' : ` ${again}`,
    savable > 0 ? ` ${formatBytes(savable)} of file bytes can be saved.` : '',
    mark && mark !== 'pass' ? ` ${signs[mark]} ${verdictCounts(report.verdict.results)}.` : '',
    report.comparison ? ` ${comparedSentence(report.comparison, shortName)}` : '',
    report.reportedByFork ? " As reported by the fork's run." : '',
  ].join('')
}

function changeOf(report: Report): string {
  if (report.comparison === null) return 'nothing was compared'
  return headingGrowth(report) ?? 'something changed'
}
