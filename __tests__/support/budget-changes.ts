/** Comparisons made from pairs of layers, for tests of code that uses a comparison. */
import type {
  Cause,
  Comparison,
  Growth,
  ImageComparison,
  LayerChange,
  SplitGrowth,
  StageChange,
} from '../../src/compare/comparison.ts'
import type { Image, Layer, Stage } from '../../src/record/footprint.ts'
import { comparisonOf as comparisonWith } from './comparisons.ts'
import { image, stage } from './footprints.ts'

export interface Pair {
  readonly before: Layer | null
  readonly after: Layer | null
  readonly cause?: Cause | null
  readonly codec?: LayerChange['codec']
}

export function stageChange(
  pairs: readonly Pair[],
  some: Partial<StageChange> = {},
  stages: Partial<Stage> = {},
): StageChange {
  const layers = pairs.map(layerChange)
  const side = (pick: 'before' | 'after'): Stage =>
    stage({ ...stages, layers: pairs.flatMap((pair) => pair[pick] ?? []) })
  const [before, after] = [side('before'), side('after')]
  return {
    kind: 'matched',
    matchedBy: 'name',
    before,
    after,
    baseImage: { kind: 'same', before: before.base, after: after.base, packages: [], paths: [] },
    layers,
    growth: splitOf(layers),
    metadataOnlySteps: 0,
    ...some,
  }
}

function layerChange({ before, after, cause = 'change', codec = null }: Pair): LayerChange {
  const kind =
    before === null
      ? 'added'
      : after === null
        ? 'removed'
        : JSON.stringify(before) === JSON.stringify(after)
          ? 'same'
          : 'changed'
  const [then, now] = [before?.compressedSize ?? (before ? null : 0), after?.compressedSize ?? (after ? null : 0)]
  return {
    kind,
    before,
    after,
    cause: kind === 'same' ? null : cause,
    edited: false,
    moved: false,
    codec,
    packages: [],
    paths: [],
    growth: {
      compressedSize: kind === 'same' ? 0 : codec || then === null || now === null ? null : now - then,
      uncompressedSize: (after?.uncompressedSize ?? 0) - (before?.uncompressedSize ?? 0),
      fileBytes: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0),
      layers: (after ? 1 : 0) - (before ? 1 : 0),
    },
  }
}

const addOf = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)

function splitOf(layers: readonly LayerChange[]): SplitGrowth {
  const of = (cause: Cause | null): Growth =>
    layers
      .filter((layer) => cause === null || layer.cause === cause)
      .reduce<Growth>(
        (sum, { growth }) => ({
          compressedSize: addOf(sum.compressedSize, growth.compressedSize),
          uncompressedSize: addOf(sum.uncompressedSize, growth.uncompressedSize),
          fileBytes: addOf(sum.fileBytes, growth.fileBytes),
          layers: sum.layers + growth.layers,
        }),
        { compressedSize: 0, uncompressedSize: 0, fileBytes: 0, layers: 0 },
      )
  return {
    total: of(null),
    byCause: { change: of('change'), 'base-image': of('base-image'), drift: of('drift'), unknown: of('unknown') },
  }
}

/** Returns a comparison of one image with these stages, of which the last is the final one. */
export function imageComparison(changes: readonly StageChange[], some: Partial<Image> = {}): ImageComparison {
  const final = changes.at(-1)
  if (!final) throw new Error('an image has a final stage')
  return {
    before: image({ ...some, stages: changes.flatMap((change) => change.before ?? []) }),
    after: image({ ...some, stages: changes.flatMap((change) => change.after ?? []) }),
    final,
    stages: changes,
    pullCost: { fromBaseline: null, fromBaseImage: null },
    unchanged: false,
    hasUnknownStages: false,
  }
}

/** Returns a comparison with a record. */
export function comparisonOf(images: readonly ImageComparison[], some: Partial<Comparison> = {}): Comparison {
  return comparisonWith(images, { origin: { kind: 'record', commit: null, reference: null }, ...some })
}
