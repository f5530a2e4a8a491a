/** The value that every report format is made from. */
import type { BudgetResult, Verdict } from '../budget/verdict.ts'
import type { Comparison, ImageComparison } from '../compare/comparison.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import { lostTargets } from '../record/lost-targets.ts'
import type { Trend } from '../trend/trend.ts'

/** Everything that a report shows. */
export interface Report {
  readonly footprint: Footprint
  /** Null if nothing was compared. */
  readonly comparison: Comparison | null
  /** Null if there are no budgets. */
  readonly verdict: Verdict | null
  /** Why no budget was judged, if a rule is invalid: a sentence with the rule, which is untrusted text. */
  readonly invalidRules?: string
  /** Sentences that say why there is no baseline, or why a better one was not used. */
  readonly baselineNotes: readonly string[]
  /** Replaces the image's own name. Null to use that name. */
  readonly title: string | null
  /** Whether the figures come from a run of a fork. Anybody may have written its record. */
  readonly reportedByFork: boolean
  /** The history of these images. Null if it is not known, or has only one point. */
  readonly trend: Trend | null
  /** Address at which readers find the page of this report. Absent if it is not known. */
  readonly pageUrl?: string
}

/** Returns a report that contains only figures. */
export function reportOf(footprint: Footprint, title: string | null = null): Report {
  return { footprint, comparison: null, verdict: null, baselineNotes: [], title, reportedByFork: false, trend: null }
}

/** Everything that a report shows for one image. */
export interface ImageReport {
  readonly image: Image
  /** Null if nothing was compared, or the image cannot be matched with one of the baseline. */
  readonly comparison: ImageComparison | null
  readonly results: readonly BudgetResult[]
}

/** Returns every image with its counterpart and its budget results, in the order of the footprint. */
export function imageReports({ footprint, comparison, verdict }: Report): readonly ImageReport[] {
  const compared = comparison?.images ?? []
  const byImage = new Map(compared.map((one) => [one.after, one]))
  const results = verdict?.results ?? []
  const byPosition = Map.groupBy(results, ({ image }) => image.position)
  const single = footprint.images.length === 1
  return footprint.images.map((image, position) => ({
    image,
    comparison: byImage.get(image) ?? null,
    results: single ? results : (byPosition.get(position) ?? []),
  }))
}

/** Returns the budget results for images that are not in the footprint. */
export function otherResults({ verdict }: Report, images: readonly ImageReport[]): readonly BudgetResult[] {
  const assigned = new Set(images.flatMap(({ results }) => results))
  return (verdict?.results ?? []).filter((result) => !assigned.has(result))
}

/**
 * Returns the name for the title of a report. Null if it is also about other images, such as one that was removed or a
 * target that was not weighed: the growth in the title is that of all.
 */
export function titleName({ title, footprint, comparison }: Report): string | null {
  if (title !== null) return title
  const names = new Set([...footprint.images, ...(comparison?.removed ?? [])].map(({ name }) => name))
  const [name = null] = footprint.images.length === 1 && names.size === 1 ? names : []
  return lostTargets(footprint).length === 0 ? name : null
}

/** Returns whether no image differs from the baseline. False if nothing was compared. */
export function nothingChanged({ footprint, comparison }: Report): boolean {
  return (
    comparison !== null &&
    comparison.images.length === footprint.images.length &&
    comparison.removed.length === 0 &&
    lostTargets(footprint).length === 0 &&
    comparison.images.every(({ unchanged }) => unchanged)
  )
}

/** Returns the platform as `--platform` takes it. */
export function platformOf({ platform }: Image): string {
  return formatPlatform(platform)
}
