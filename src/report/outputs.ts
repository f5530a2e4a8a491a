/** The outputs of the action. Pure. */
import type { Footprint } from '../record/footprint.ts'
import { firstImage } from '../record/lost-targets.ts'
import { headlineOf, heaviestBuilder } from './headline.ts'
import type { Report } from './report.ts'

/**
 * Returns the outputs of the action for a report. Numbers are those of the first platform of the first target. They are
 * empty if they are not known or nothing was compared.
 */
export function reportOutputs({ footprint, comparison, verdict, invalidRules }: Report): ReadonlyMap<string, string> {
  const first = firstImage(footprint)
  const growth = comparison?.images.find(({ after }) => after === first)?.final.growth
  return new Map([
    ...headlineOutputs(footprint),
    ['verdict', verdict?.outcome ?? (invalidRules === undefined ? 'pass' : 'fail')],
    ['delta-compressed-bytes', text(growth?.total.compressedSize)],
    ['delta-uncompressed-bytes', text(growth?.total.uncompressedSize)],
    ['delta-layers', text(growth?.total.layers)],
    ['delta-change-compressed-bytes', text(growth?.byCause.change.compressedSize)],
  ])
}

/**
 * Returns the headline numbers of the first platform of the first target, in bytes unless the name says otherwise. They
 * are empty if they are not known.
 */
export function headlineOutputs(footprint: Footprint): ReadonlyMap<string, string> {
  const first = firstImage(footprint)
  const headline = first && headlineOf(first)
  const final = headline?.final.totals
  const fat = headline && heaviestBuilder(headline)
  return new Map([
    ['final-compressed-bytes', text(final?.compressedSize)],
    ['final-uncompressed-bytes', text(final?.uncompressedSize)],
    ['final-file-bytes', text(final?.fileBytes)],
    ['final-layers', text(final?.layers)],
    ['final-added-layers', text(headline?.added.layers)],
    ['final-metadata-only-steps', text(final?.metadataOnlySteps)],
    ['savings-bytes', text(headline?.final.savings?.fileBytes)],
    ['fat-stage', fat?.name ?? ''],
    ['fat-uncompressed-bytes', text(fat?.totals.uncompressedSize)],
    ['fat-layers', text(fat?.totals.layers)],
  ])
}

const text = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value))
