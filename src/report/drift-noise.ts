/** Decides whether rebuild drift, or any other difference of a stage, is too small to matter. Pure. */
import { defaultNoise } from '../compare/noise.ts'
import type { StageChange } from '../compare/comparison.ts'
import { hasOnlyDrift, isAlike, isUnchanged } from '../compare/unchanged-stages.ts'
import { unweighedStages } from '../compare/unweighed-stages.ts'
import { sumOf } from '../record/layer-sums.ts'
import { lostTargets } from '../record/lost-targets.ts'
import { nothingChanged, type Report } from './report.ts'

/** Returns whether bytes are known and too few to matter. */
export function isNoise(bytes: number | null): boolean {
  return bytes !== null && Math.abs(bytes) <= defaultNoise
}

/** Returns whether a stage differs only by a few bytes of rebuild drift. The times of files may differ, too. */
export function isDriftNoise({ layers }: StageChange): boolean {
  const differing = layers.filter(({ kind }) => kind !== 'same')
  return (
    differing.length > 0 &&
    differing.every(({ cause }) => cause === 'drift') &&
    isNoise(grossOf(differing, 'compressedSize')) &&
    isNoise(grossOf(differing, 'uncompressedSize'))
  )
}

const grossOf = (layers: StageChange['layers'], size: 'compressedSize' | 'uncompressedSize'): number | null =>
  sumOf(layers.map(({ growth }) => absolute(growth[size])))

/**
 * Returns whether a stage differs only by a few bytes, such as those of a README that it copies. Compressed sizes that are
 * not known are not asked.
 */
function isSmall(stage: StageChange): boolean {
  if (!isAlike(stage)) return false
  // The number of layers that a client pulls is news.
  if (stage.after?.role === 'final' && stage.before?.totals.layers !== stage.after.totals.layers) return false
  const compressed = grossOf(stage.layers, 'compressedSize')
  return (compressed === null || isNoise(compressed)) && isNoise(grossOf(stage.layers, 'uncompressedSize'))
}

const absolute = (bytes: number | null): number | null => (bytes === null ? null : Math.abs(bytes))

/**
 * Returns whether no image differs from the baseline by more than file times and a few bytes. A pull request needs no
 * comment about these.
 */
export function isNoNews(report: Report): boolean {
  const { footprint, comparison } = report
  if (nothingChanged(report)) return true
  return (
    comparison !== null &&
    comparison.images.length === footprint.images.length &&
    comparison.removed.length === 0 &&
    lostTargets(footprint).length === 0 &&
    comparison.images.every(
      ({ before, after, stages }) =>
        unweighedStages(before, after) !== 'differ' &&
        stages.every((stage) => isUnchanged(stage) || (hasOnlyDrift(stage) && isDriftNoise(stage)) || isSmall(stage)),
    )
  )
}
