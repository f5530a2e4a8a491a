/** The order of several images in a report. Pure. */
import { headlineOf } from './headline.ts'
import type { ImageReport, Report } from './report.ts'
import { worstMark, type Mark } from './verdict-lines.ts'

/** Sorts images by verdict, the worst first, and then by growth. Without either, they keep their order. */
export function imagesWorstFirst(report: Report, images: readonly ImageReport[]): readonly ImageReport[] {
  const order: readonly (Mark | null)[] = ['fail', 'warn', 'not-judged', 'pass', 'elsewhere', null]
  // A new image grew by all of it.
  const growth = ({ comparison, image }: ImageReport): number =>
    (comparison?.final.growth.total ?? (report.comparison ? headlineOf(image)?.final.totals : null))?.compressedSize ??
    0
  if (!report.comparison && !report.verdict) return images
  return images.toSorted(
    (one, other) =>
      order.indexOf(worstMark(one.results)) - order.indexOf(worstMark(other.results)) || growth(other) - growth(one),
  )
}
