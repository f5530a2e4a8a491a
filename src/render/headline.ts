/** What every report says first: fat against slim. Pure. */
import type { Image, Stage } from '../inspect/footprint.ts'

export interface Headline {
  readonly final: Stage
  /** The heaviest builder stage that the final stage needs, by unpacked bytes; null where there is none. */
  readonly fat: Stage | null
  /** Layers above the external base image, inherited ones included; null where the base is not known. */
  readonly addedLayers: number | null
  /** How much smaller than the fat stage, unpacked; a fraction of 1. */
  readonly smaller: number | null
}

export function headlineOf(image: Image): Headline | null {
  const final = image.stages.find((stage) => stage.role === 'final')
  if (!final) return null
  const fat = image.stages
    .filter((stage) => stage.role === 'builder')
    .reduce<Stage | null>(
      (heaviest, stage) =>
        heaviest && heaviest.totals.uncompressedSize >= stage.totals.uncompressedSize ? heaviest : stage,
      null,
    )
  const { layers, baseLayers } = final.totals
  return {
    final,
    fat,
    addedLayers: baseLayers === null ? null : layers - baseLayers,
    smaller:
      fat && fat.totals.uncompressedSize > 0
        ? 1 - final.totals.uncompressedSize / fat.totals.uncompressedSize
        : null,
  }
}
