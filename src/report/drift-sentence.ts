/** The sentence on rebuild drift at the end of a report. Pure. */
import type { Cause, Comparison, ImageComparison, StageChange } from '../compare/comparison.ts'
import { sumOf } from '../record/layer-sums.ts'
import { isNoise } from './drift-noise.ts'
import { driftedBlobNoun } from './other-blobs.ts'
import { formatCount, formatGrowth } from './units.ts'

/**
 * Returns a sentence on the rebuild drift of the final stages. Null if none was compared, or no cause is known. An unknown
 * cause in any stage may be drift.
 */
export function driftSentence({ images }: Comparison): string | null {
  if (images.length === 0) return null
  const finals = images.map(({ final }) => final)
  const stages = images.flatMap((image) => image.stages)
  const has = (changes: readonly StageChange[], cause: Cause): boolean =>
    changes.some(
      ({ layers, growth: { byCause } }) =>
        layers.some((layer) => layer.cause === cause) ||
        // The size to pull of layers with the same contents may not be known, which is no cause. Other file times count
        // as drift, and have words of their own.
        (cause !== 'drift' &&
          ((byCause[cause].compressedSize ?? 0) !== 0 || (byCause[cause].uncompressedSize ?? 0) !== 0)),
    )
  const theFinals = finals.length === 1 ? 'the final stage' : 'the final stages'
  // A note says once that no cause is known.
  if (has(finals, 'unknown'))
    return has(stages, 'change') || has(stages, 'base-image') || has(stages, 'drift')
      ? 'Rebuild drift: not known.'
      : null
  if (has(finals, 'drift')) {
    const growths = finals.map(({ growth }) => growth.byCause.drift)
    const pull = sumOf(growths.map(({ compressedSize }) => compressedSize))
    const unpacked = sumOf(growths.map(({ uncompressedSize }) => uncompressedSize))
    const drifted = finals.flatMap(({ layers }) => layers.filter(({ cause }) => cause === 'drift'))
    if (
      drifted.every(
        ({ growth }) => growth.compressedSize === 0 && growth.uncompressedSize === 0 && (growth.fileBytes ?? 0) === 0,
      )
    )
      return `Rebuild drift: different bytes of the same size in ${formatCount(drifted.length, 'layer')}.`
    if (isNoise(pull) && isNoise(unpacked)) return 'Rebuild drift: at most 1 kB.'
    return `Rebuild drift: ${formatGrowth(pull)} to pull, ${formatGrowth(unpacked)} unpacked.`
  }
  const noun = driftedBlobNoun(finals)
  const others = stages.filter((stage) => !finals.includes(stage))
  const areOthersKnown = !images.some(hasUnbuiltStages) && !has(others, 'drift')
  if (noun !== null) return `Rebuild drift: ${noun} only${areOthersKnown ? '' : `, in ${theFinals}`}.`
  if (has(stages, 'unknown')) return `Rebuild drift: none in ${theFinals}, not known in builder stages.`
  if (finals.some(({ growth }) => growth.byCause.unknown.compressedSize === null))
    return 'Rebuild drift: none unpacked, not known to pull.'
  if (!has(stages, 'drift'))
    return driftedBlobNoun(stages) === null && !images.some(hasUnbuiltStages)
      ? 'Rebuild drift: none.'
      : `Rebuild drift: none in ${theFinals}.`
  const inBuilders = stages.map(({ growth }) => growth.byCause.drift)
  return inBuilders.every(
    ({ compressedSize, uncompressedSize }) => isNoise(compressedSize) && isNoise(uncompressedSize),
  )
    ? `Rebuild drift: none in ${theFinals}.`
    : 'Rebuild drift: in builder stages only.'
}

/** Returns whether a side did not build some builder stages, so that not all stages were compared. */
export const hasUnbuiltStages = ({ before, after }: ImageComparison): boolean =>
  [before, after].some(({ unbuiltStages = [] }) => unbuiltStages.length > 0)
