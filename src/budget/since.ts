/** Growth since an earlier commit, for rules with `since`. A trend has the figures; this file says which are needed. */
import type { Cause, StageChange } from '../compare/comparison.ts'
import type { Option } from '../errors.ts'
import type { Image, Stage } from '../record/footprint.ts'
import type { BudgetRule, Measure, Since } from './verdict.ts'

/** Measures that a trend keeps. */
export const measuresOfTrend = ['pull', 'unpacked', 'added', 'layers'] as const satisfies readonly Measure[]
/** A measure that a trend keeps. */
export type MeasureOfTrend = (typeof measuresOfTrend)[number]

/** What a rule asks for: the growth of the final stage of an image. */
export interface EarlierQuestion {
  readonly image: Image
  readonly stage: Stage
  /** Null if nothing was compared. */
  readonly change: StageChange | null
  /** Commit of the baseline. Null if nothing was compared, or the commit is not known. */
  readonly baseline: string | null
  readonly since: Since
  readonly measure: MeasureOfTrend
}

/** The growth from an earlier commit to the head. */
export interface EarlierGrowth {
  /** Whether it is the commit that was weighed, so that this change is not after it. */
  readonly isHead?: true
  readonly commit: string | null
  /** Time of that commit, in milliseconds since 1970. */
  readonly moment: number
  /** Value at that commit, in bytes or as a count. */
  readonly before: number
  /** The parts add up to the head's value minus `before`. Null for a part that is not known. */
  readonly byCause: Readonly<Record<Cause, number | null>>
}

/** Returns the growth since an earlier commit, or a clause that says why it is not known. */
export type AskEarlier = (question: EarlierQuestion) => EarlierGrowth | string

/** Returns a clause that says that there is no trend. Used if no trend was named. */
export const withoutTrend = (option: Option): string =>
  `there is no trend of earlier commits (name one with ${option('trend')})`

/** Returns the revisions that rules name with `since`, each once. */
export function sinceRevisions(rules: readonly BudgetRule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ since }) => (since?.kind === 'revision' ? [since.revision] : [])))]
}
