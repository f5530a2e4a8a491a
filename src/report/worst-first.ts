/** The order of several images in a report. Pure. */
import { headlineOf } from './headline.ts'
import type { ImageReport, Report } from './report.ts'
import { worstMark, type Mark } from './verdict-lines.ts'

/**
 * Sorts images by verdict, the worst first. Then come those that grew, those that shrank and those that did not change,
 * each with the largest difference first. Without a verdict or a comparison, they keep their order.
 */
export function imagesWorstFirst(report: Report, images: readonly ImageReport[]): readonly ImageReport[] {
  const order: readonly (Mark | null)[] = ['fail', 'warn', 'not-judged', 'pass', 'elsewhere', null]
  // A new image grew by all of it.
  const growth = ({ comparison, image }: ImageReport): number =>
    (comparison?.final.growth.total ?? (report.comparison ? headlineOf(image)?.final.totals : null))?.compressedSize ??
    0
  const directionOf = (one: ImageReport): number =>
    growth(one) > 0 ? 0 : growth(one) < 0 ? 1 : one.comparison?.unchanged === true ? 3 : 2
  if (!report.comparison && !report.verdict) return images
  return images.toSorted(
    (one, other) =>
      order.indexOf(worstMark(one.results)) - order.indexOf(worstMark(other.results)) ||
      directionOf(one) - directionOf(other) ||
      Math.abs(growth(other)) - Math.abs(growth(one)),
  )
}
