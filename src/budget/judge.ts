/** Judges footprints by budgets. Pure. */
import type { Cause, Comparison, ImageComparison, StageChange } from '../compare/comparison.ts'
import { optionsOf, type Option } from '../errors.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image, Stage } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import { lostTargets } from '../record/lost-targets.ts'
import { blameForCeiling, blameForGrowth } from './blame.ts'
import { judgeSince } from './judge-since.ts'
import { unknownResult, type Judged } from './judged.ts'
import { exceeds, isNoise } from './limit.ts'
import { causeOf, growthByCause, valueOf, whyUnknown } from './measure.ts'
import { withoutTrend, type AskEarlier } from './since.ts'
import { baselineReason, subjectOf, type Subject } from './subject.ts'
import type { BudgetResult, BudgetRule, EditedBudgets, Override, Outcome, Verdict } from './verdict.ts'

/**
 * Judges every rule for every image, sorted by rule and then by image.
 *
 * @param noise in bytes; growth up to this value is ignored
 * @param comparison of `after` with its baseline; null if there is none, so that growth is not known
 * @param setting what rules with `since` ask, and how reasons name options
 */
export function judge(
  rules: readonly BudgetRule[],
  noise: number,
  after: Footprint,
  comparison: Comparison | null,
  { askEarlier, option = optionsOf('command line'), whyNoBaseline }: JudgeSetting = {},
): readonly BudgetResult[] {
  const byImage = new Map(comparison?.images.map((one) => [one.after, one]))
  const judging: Judging = {
    noise,
    comparison,
    whyNoBaseline: whyNoBaseline ?? `there is no baseline to compare with (name one with ${option('baseline')})`,
    askEarlier: askEarlier ?? (() => withoutTrend(option)),
  }
  const lost = lostTargets(after)
  return rules.flatMap((rule) => {
    const judged = after.images.map((image, position) =>
      judgeImage(rule, { image, position, compared: byImage.get(image) ?? null }, judging),
    )
    // A target that was not weighed may have the stage.
    const isNeeded = lost.length > 0 || judged.some(({ needed }) => needed)
    return [
      ...judged.map(({ needed, result }) => ({ ...result, elsewhere: isNeeded && !needed })),
      ...lost.map((name, nth): BudgetResult => ({
        ...unmeasured,
        rule,
        image: { name, platform: '', position: after.images.length + nth },
        reason: `target ${name} was not weighed`,
      })),
    ]
  })
}

/** What judging may be given in addition. */
export interface JudgeSetting {
  /** Answers for rules with `since`. Left out if no trend was named. */
  readonly askEarlier?: AskEarlier | undefined
  /** By default as on the command line. */
  readonly option?: Option | undefined
  /** A clause that says why there is no baseline. Left out if none was asked for. */
  readonly whyNoBaseline?: string | undefined
}

interface JudgedImage {
  readonly result: BudgetResult
  /** Whether the image needs the stage that the rule applies to. */
  readonly needed: boolean
}

/** An image of the footprint that is judged. */
interface ImageToJudge {
  readonly image: Image
  readonly position: number
  /** Null if it was not compared. */
  readonly compared: ImageComparison | null
}

/** What all images are judged with. */
interface Judging {
  readonly noise: number
  readonly comparison: Comparison | null
  readonly askEarlier: AskEarlier
  readonly whyNoBaseline: string
}

function judgeImage(
  rule: BudgetRule,
  { image, position, compared }: ImageToJudge,
  { noise, comparison, askEarlier, whyNoBaseline }: Judging,
): JudgedImage {
  const subject = subjectOf(rule.stage, image, compared)
  const baseline = comparison?.origin.commit ?? null
  const result = {
    ...unmeasured,
    rule,
    image: { name: image.name, platform: formatPlatform(image.platform), position },
    ...(subject.stage
      ? {
          stage: subject.stage.name,
          role: subject.stage.role,
          ...(rule.since === null
            ? judgeStage(
                rule,
                noise,
                subject,
                compared ?? (comparison ? whyNotCompared(image, comparison) : whyNoBaseline),
              )
            : judgeSince(rule, rule.since, noise, { ...subject, image, baseline, askEarlier })),
        }
      : { stage: subject.name, reason: subject.reason }),
  }
  return { result, needed: subject.stage !== null || subject.needed }
}

const unmeasured = {
  stage: null,
  role: null,
  outcome: 'not-known',
  reason: null,
  elsewhere: false,
  measured: null,
  since: null,
  measuredPercent: null,
  ignoredUpTo: null,
  line: null,
  cause: null,
  overBefore: null,
  overridden: false,
} as const

function whyNotCompared(image: Image, comparison: Comparison): string {
  if (comparison.notWeighed?.includes(image)) return 'this image was not weighed for the baseline'
  return comparison.ambiguous.some(({ after }) => after.includes(image))
    ? 'it cannot be determined which image of the baseline it belongs to'
    : 'the baseline has no such image'
}

function judgeStage(
  rule: BudgetRule,
  noise: number,
  { stage, change }: Extract<Subject, { readonly stage: Stage }>,
  compared: ImageComparison | string,
): Judged {
  if (rule.kind === 'ceiling') return judgeCeiling(rule, stage, change)
  if (typeof compared === 'string') return unknownResult(compared)
  const missing = compared.before.unbuiltStages?.find(({ name }) => name.toLowerCase() === stage.name.toLowerCase())
  if (missing) return unknownResult(baselineReason(missing))
  if (!change?.before) return unknownResult('the baseline has no such stage')
  return judgeGrowth(rule, noise, stage, change, change.before)
}

function judgeCeiling(rule: BudgetRule, stage: Stage, change: StageChange | null): Judged {
  const measured = valueOf(stage, rule.measure)
  if (measured === null) return unknownResult(whyUnknown(stage, rule.measure))
  if (exceeds(rule.limit, measured, null) !== true) return { outcome: 'pass', measured }
  const before = change?.before ? valueOf(change.before, rule.measure) : null
  const overBefore = before === null ? null : before - (rule.limit.amount ?? Infinity)
  return {
    ...{ outcome: rule.action, measured, overBefore: overBefore !== null && overBefore > 0 ? overBefore : null },
    ...blameForCeiling(change, stage, rule, measured),
  }
}

function judgeGrowth(rule: BudgetRule, noise: number, stage: Stage, change: StageChange, before: Stage): Judged {
  const causes: readonly Cause[] = ['change', 'unknown', ...rule.including]
  const parts = growthByCause(change, rule.measure)
  const measured = sumOf(causes.map((cause) => parts[cause]))
  if (measured === null) return unknownResult(whyGrowthUnknown(rule, stage, change, before, causes))
  const baseline = valueOf(before, rule.measure)
  const measuredPercent = baseline === null || baseline === 0 ? null : (measured / baseline) * 100
  const exceeded = exceeds(rule.limit, measured, baseline)
  if (isNoise(rule.measure, measured, noise))
    return { outcome: 'pass', measured, measuredPercent, ignoredUpTo: exceeded === true ? noise : null }
  if (exceeded === null)
    return {
      ...unknownResult('the percentage cannot be determined, since the value in the baseline is not known'),
      measured,
    }
  if (!exceeded) return { outcome: 'pass', measured, measuredPercent }
  return { outcome: rule.action, measured, measuredPercent, ...blameForGrowth(change, stage, rule, causes) }
}

function whyGrowthUnknown(
  { measure }: BudgetRule,
  stage: Stage,
  change: StageChange,
  before: Stage,
  causes: readonly Cause[],
): string {
  const codec = change.layers.find((layer) => layer.codec !== null && causes.includes(causeOf(layer)))?.codec
  if (codec && (measure === 'pull' || measure === 'added'))
    return `the compression changed from ${codec.before} to ${codec.after}, and sizes to pull of the two are not compared`
  if (valueOf(stage, measure) === null) return whyUnknown(stage, measure)
  if (valueOf(before, measure) === null) return `of the baseline, ${whyUnknown(before, measure)}`
  return `what this stage grew by is not known`
}

/** Returns whether a rule should apply to this image but could not be judged. */
export const isUnjudged = ({ outcome, elsewhere }: BudgetResult): boolean => outcome === 'not-known' && !elsewhere

/**
 * Returns the verdict, with the worst results first. An override turns every `fail` into a warning. A rule that could
 * not be judged warns too, because otherwise nobody would notice that it has no effect.
 */
export function verdictOf(
  results: readonly BudgetResult[],
  override: Override | null,
  edited: EditedBudgets | null,
): Verdict {
  const judged = results.map((result) => ({ ...result, overridden: override !== null && result.outcome === 'fail' }))
  const outcomes = judged.map((result): Outcome => {
    if (result.outcome === 'not-known') return isUnjudged(result) ? 'warn' : 'pass'
    return result.overridden ? 'warn' : result.outcome
  })
  return {
    outcome: outcomes.includes('fail') ? 'fail' : outcomes.includes('warn') ? 'warn' : 'pass',
    results: judged.toSorted((one, other) => rank(one) - rank(other)),
    override,
    edited,
  }
}

function rank({ outcome, overridden }: BudgetResult): number {
  return overridden ? 1 : { fail: 0, warn: 2, 'not-known': 3, pass: 4 }[outcome]
}
