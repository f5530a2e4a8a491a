/** What budgets say of a footprint and its comparison. */
import type { Cause } from '../compare/comparison.ts'

export type Outcome = 'pass' | 'warn' | 'fail'

export type Measure = 'pull' | 'unpacked' | 'added' | 'layers' | 'metadata-only-steps' | 'savings'

export interface BudgetRule {
  /** As written. */
  readonly text: string
  /** File and line, or flag or input, where it stands; for messages. */
  readonly place: string
  /** Null: the final stage; else a stage's name as written (case does not matter), or its position for an unnamed one. */
  readonly stage: string | null
  readonly measure: Measure
  /** `ceiling`: the head's own value. `growth`: head minus baseline. */
  readonly kind: 'ceiling' | 'growth'
  /** Bytes or a count. Where both are set both must be exceeded; at least one is set. Percent is of growth only. */
  readonly limit: { readonly amount: number | null; readonly percent: number | null }
  /** Causes that count for growth, besides the change: empty unless asked. */
  readonly including: readonly Exclude<Cause, 'change' | 'unknown'>[]
  readonly action: 'warn' | 'fail'
}

export interface BudgetResult {
  readonly rule: BudgetRule
  /** Of the image: its name, its platform as `formatPlatform` writes it, and its position in the footprint. */
  readonly image: { readonly name: string; readonly platform: string; readonly position: number }
  /**
   * Name of the stage that was measured, or that the Dockerfile has and the target does not need (`role` is null
   * then); null where the image has none of that name.
   */
  readonly stage: string | null
  readonly role: 'builder' | 'final' | null
  /** The outcome before any override; `not-known` where it could not be measured: the rule is not judged, and warns. */
  readonly outcome: Outcome | 'not-known'
  /** Why it is not known, with stage names as they are: foreign text, to be escaped; null otherwise. */
  readonly reason: string | null
  /** This image does not need such a stage, and another image of the report does: nothing is missing here. */
  readonly elsewhere: boolean
  /** Bytes or count: the head's value for a ceiling, the growth that counts for growth. */
  readonly measured: number | null
  /** Growth in percent of the baseline's value; null for ceilings and where the baseline's is 0 or not known. */
  readonly measuredPercent: number | null
  /**
   * Dockerfile line of the layer that contributes most, or of the stage's FROM where no layer with a line does; for
   * annotations. Null where it passes.
   */
  readonly line: number | null
  /**
   * Of growth: the cause of what contributes most. Of a ceiling: the cause without whose growth it would hold; null
   * where there is none such. Null where it passes.
   */
  readonly cause: Cause | null
  /** Failed, and a reviewed override turns that into a warning. */
  readonly overridden: boolean
}

/** A reviewed override: who set the label on this head commit. */
export interface Override {
  readonly label: string
  readonly by: string
  readonly headSha: string
}

/** Rules that this change adds and removes, as written. */
export interface EditedBudgets {
  readonly file: string
  /** Whose text counts: the base revision's; the head's where the base has none, or none that can be read. */
  readonly judgedBy: 'base' | 'head'
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export interface Verdict {
  /** `warn` also where a rule could not be judged. */
  readonly outcome: Outcome
  /** Worst first. */
  readonly results: readonly BudgetResult[]
  readonly override: Override | null
  readonly edited: EditedBudgets | null
}
