/** Builder stages that grew or shrank. Pure. */
import { defaultNoise } from '../compare/noise.ts'
import type { ImageComparison, StageChange } from '../compare/comparison.ts'
import { growthAndShare, maxNames } from './change-sentences.ts'
import type { Name } from './sentences.ts'
import { stageTitle } from './stage-words.ts'
import { formatCount } from './units.ts'

/** Returns the builder stages whose unpacked size changed, or null if there are none. */
export function buildersSentence(stages: readonly StageChange[], name: Name): string | null {
  const changed = stages
    .filter(
      ({ kind, after, growth }) =>
        kind === 'matched' && after?.role === 'builder' && growth.total.uncompressedSize !== 0,
    )
    .sort(
      (one, other) =>
        Math.abs(other.growth.total.uncompressedSize ?? 0) - Math.abs(one.growth.total.uncompressedSize ?? 0),
    )
  if (changed.length === 0) return null
  const shown = changed.slice(0, maxNames).map((stage) => {
    const growth = growthAndShare(stage.growth.total.uncompressedSize, stage.before?.totals.uncompressedSize ?? null)
    return `${stage.after === null ? '' : stageTitle(stage.after, name)} ${growth}`
  })
  const rest = changed.length - shown.length
  return `Builder stages, unpacked: ${shown.join('; ')}${rest === 0 ? '' : `; and ${formatCount(rest, 'more stage')}`}.`
}

/** How many builder stages a comment explains, and a page without being asked. */
export const maxBuilders = 3

/** Returns the builder stages that changed, for a page that has room for all. The largest change comes first. */
export function changedBuilders({ stages }: ImageComparison): readonly StageChange[] {
  const changeOf = ({ growth }: StageChange): number => Math.abs(growth.total.uncompressedSize ?? 0)
  return stages
    .filter(({ kind, after }) => kind === 'matched' && after?.role === 'builder')
    .filter((stage) => changeOf(stage) > defaultNoise)
    .toSorted((one, other) => changeOf(other) - changeOf(one))
}

/**
 * Returns all builder stages whose growth needs an explanation, because they grew more than the final stage, or this
 * change made them grow more. Unpacked sizes are compared. The largest growth comes first.
 */
export function buildersToExplain({ stages, final }: ImageComparison): readonly StageChange[] {
  const grown = ({ growth }: StageChange): number => growth.total.uncompressedSize ?? 0
  const grownByChange = ({ growth: { byCause } }: StageChange): number =>
    (byCause.change.uncompressedSize ?? 0) + (byCause.unknown.uncompressedSize ?? 0)
  const isAbove = (of: (stage: StageChange) => number, stage: StageChange): boolean =>
    of(stage) > Math.max(of(final), defaultNoise)
  return stages
    .filter((stage) => stage.kind === 'matched' && stage.after?.role === 'builder')
    .filter((stage) => isAbove(grown, stage) || isAbove(grownByChange, stage))
    .toSorted((one, other) => grown(other) - grown(one))
}
