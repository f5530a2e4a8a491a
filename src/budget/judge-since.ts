/** Judges a rule on growth since an earlier commit. Pure. */
import type { Cause, StageChange } from '../compare/comparison.ts'
import type { Image, Stage } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import { blameForGrowth } from './blame.ts'
import { unknownResult, type Judged } from './judged.ts'
import { exceeds, isNoise } from './limit.ts'
import { growthByCause, valueOf, whyUnknown } from './measure.ts'
import { measuresOfTrend, type AskEarlier } from './since.ts'
import type { BudgetRule, Since } from './verdict.ts'

/** The final stage of an image, and the source of its earlier figures. */
export interface SinceSubject {
  readonly image: Image
  readonly stage: Stage
  /** Null if nothing was compared. */
  readonly change: StageChange | null
  /** Commit of the baseline, or null. */
  readonly baseline: string | null
  readonly askEarlier: AskEarlier
}

/**
 * Judges a rule. As in other rules on growth, a moved base image and drift do not count where they are known, and
 * growth without a known cause counts. If earlier commits exceeded the limit, a change that adds nothing passes, so
 * that one that makes the image smaller is not refused.
 */
export function judgeSince(
  rule: BudgetRule,
  since: Since,
  noise: number,
  { image, stage, change, baseline, askEarlier }: SinceSubject,
): Judged {
  const measure = measuresOfTrend.find((known) => known === rule.measure)
  if (measure === undefined) return unknownResult(`a trend has no ${rule.measure}`)
  if (valueOf(stage, measure) === null) return unknownResult(whyUnknown(stage, measure))
  const compared = change?.before ? change : null
  const earlier = askEarlier({ image, stage, change: compared, baseline, since, measure })
  if (typeof earlier === 'string') return unknownResult(earlier)
  const causes: readonly Cause[] = ['change', 'unknown', ...rule.including]
  const measured = sumOf(causes.map((cause) => earlier.byCause[cause]))
  if (measured === null) return unknownResult('the trend does not know the causes of all growth since then')
  const parts = compared && growthByCause(compared, measure)
  const ofThisChange = earlier.isHead ? null : parts && sumOf(causes.map((cause) => parts[cause]))
  const isOver = exceeds(rule.limit, measured, earlier.before) === true
  const addsNothing = ofThisChange !== null && (ofThisChange <= 0 || isNoise(measure, ofThisChange, noise))
  const isOverBefore = isOver && !isNoise(measure, measured, noise) && addsNothing
  const figures = {
    measured,
    measuredPercent: earlier.before === 0 ? null : (measured / earlier.before) * 100,
    since: {
      commit: earlier.commit,
      moment: earlier.moment,
      ofThisChange,
      isOverBefore,
      ofUnknownCause: earlier.byCause.unknown ?? 0,
      ofOthers: { 'base-image': earlier.byCause['base-image'], drift: earlier.byCause.drift },
    },
  }
  if (!isOver || isOverBefore) return { outcome: 'pass', ...figures }
  if (isNoise(measure, measured, noise)) return { outcome: 'pass', ...figures, ignoredUpTo: noise }
  return {
    outcome: rule.action,
    ...figures,
    line: compared ? blameForGrowth(compared, stage, rule, causes).line : (stage.line ?? null),
    cause: largestOf(causes, earlier.byCause),
  }
}

function largestOf(causes: readonly Cause[], byCause: Readonly<Record<Cause, number | null>>): Cause | null {
  const sizeOf = (cause: Cause): number => byCause[cause] ?? 0
  return causes.filter((cause) => sizeOf(cause) > 0).toSorted((one, other) => sizeOf(other) - sizeOf(one))[0] ?? null
}
