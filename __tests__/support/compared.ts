/** Compares what a test makes, and returns the result as short texts. */
import { compareFootprints } from '../../src/compare/compare.ts'
import type {
  BaselineOrigin,
  Comparison,
  Growth,
  ImageComparison,
  LayerChange,
  StageChange,
} from '../../src/compare/comparison.ts'
import type { Footprint, Image, Stage } from '../../src/record/footprint.ts'
import { footprintOf, imageOf } from './footprints.ts'

export const origin: BaselineOrigin = { kind: 'record', commit: 'a'.repeat(40), reference: 'main' }

export function compare(before: Footprint, after: Footprint, sameBuilder = false): Comparison {
  return compareFootprints(before, after, origin, { sameBuilder })
}

export function compareImages(before: Image, after: Image, sameBuilder = false): ImageComparison {
  const [found] = compare(footprintOf([before]), footprintOf([after]), sameBuilder).images
  if (!found) throw new Error('the images were not matched')
  return found
}

/** The last stage of each side is the final one. */
export function compareStages(before: readonly Stage[], after: readonly Stage[], sameBuilder = false): ImageComparison {
  return compareImages(imageOf(before), imageOf(after), sameBuilder)
}

/** The final stage of images without other stages. */
export function compareFinal(before: Stage, after: Stage, sameBuilder = false): StageChange {
  return compareStages([before], [after], sameBuilder).final
}

export const textOf = ({ before, after }: Pick<LayerChange, 'before' | 'after'>): string =>
  (after ?? before)?.instruction?.text ?? 'base'

/** `kind cause text`, with `edited` and `moved` if they apply. */
export function told(stage: StageChange | undefined): readonly string[] {
  return (stage?.layers ?? []).map((change) =>
    [change.kind, change.cause ?? '', change.edited ? 'edited' : '', change.moved ? 'moved' : '', textOf(change)]
      .filter(Boolean)
      .join(' '),
  )
}

/** Returns the same, but only for layers that differ. */
export const differing = (stage: StageChange | undefined): readonly string[] =>
  told(stage).filter((line) => !line.startsWith('same ') || line.includes('edited') || line.includes('moved'))

export const zero: Growth = { compressedSize: 0, uncompressedSize: 0, fileBytes: 0, layers: 0 }
