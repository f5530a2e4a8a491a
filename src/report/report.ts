/** The one value that every form of the report is made from. */
import type { BudgetResult, Verdict } from '../budget/verdict.ts'
import type { Comparison, ImageComparison } from '../compare/comparison.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'

export interface Report {
  readonly footprint: Footprint
  /** Null where nothing was compared. */
  readonly comparison: Comparison | null
  /** Null where there are no budgets. */
  readonly verdict: Verdict | null
  /** Sentences: why there is no baseline, or which better ones were passed over. */
  readonly baselineNotes: readonly string[]
  /** In place of the image's own name; null for that. */
  readonly title: string | null
  /** The figures come from a run of a fork, whose record anybody can have written. */
  readonly reportedByFork: boolean
}

/** A report of figures alone. */
export function reportOf(footprint: Footprint, title: string | null = null): Report {
  return { footprint, comparison: null, verdict: null, baselineNotes: [], title, reportedByFork: false }
}

export interface ImageReport {
  readonly image: Image
  /** Null where nothing was compared, or it is not known which image of the baseline it is. */
  readonly comparison: ImageComparison | null
  readonly results: readonly BudgetResult[]
}

/** Every image with its counterpart and what budgets say of it, in the order of the footprint. */
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

/** What budgets say of images that are not in the footprint. */
export function otherResults({ verdict }: Report, images: readonly ImageReport[]): readonly BudgetResult[] {
  const told = new Set(images.flatMap(({ results }) => results))
  return (verdict?.results ?? []).filter((result) => !told.has(result))
}

/** Whether nothing in any image differs from the baseline; false where nothing was compared. */
export function nothingChanged({ footprint, comparison }: Report): boolean {
  return (
    comparison !== null &&
    comparison.images.length === footprint.images.length &&
    comparison.removed.length === 0 &&
    comparison.images.every(({ unchanged }) => unchanged)
  )
}

/** As `--platform` takes it. */
export function platformOf({ platform }: Image): string {
  return formatPlatform(platform)
}
