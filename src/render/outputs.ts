import type { Footprint } from '../inspect/footprint.ts'
import { headlineOf } from './headline.ts'

/** The headline numbers of the first platform; empty where not known. Bytes unless the name says otherwise. */
export function headlineOutputs(footprint: Footprint): ReadonlyMap<string, string> {
  const headline = footprint.images[0] ? headlineOf(footprint.images[0]) : null
  const text = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value))
  const final = headline?.final.totals
  const fat = headline?.fat
  return new Map([
    ['final-compressed-bytes', text(final?.compressedSize)],
    ['final-uncompressed-bytes', text(final?.uncompressedSize)],
    ['final-file-bytes', text(final?.fileBytes)],
    ['final-layers', text(final?.layers)],
    ['final-added-layers', text(headline?.added.layers)],
    ['final-metadata-only-steps', text(final?.metadataOnlySteps)],
    ['fat-stage', fat?.name ?? ''],
    ['fat-uncompressed-bytes', text(fat?.totals.uncompressedSize)],
    ['fat-layers', text(fat?.totals.layers)],
  ])
}
