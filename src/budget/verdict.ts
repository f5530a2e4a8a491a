/** The results of judging a footprint and its comparison by budgets. */
import type { Cause } from '../compare/comparison.ts'

/** The outcome of a rule or of all rules. */
export type Outcome = 'pass' | 'warn' | 'fail'

/** A quantity that can be limited. */
export type Measure = 'pull' | 'unpacked' | 'added' | 'layers' | 'metadata-only-steps' | 'savings'

/** The earlier commit that a rule on growth compares with, if it is not the baseline. */
export type Since =
  /** The last commit of the trend that is at least this old. */
  | { readonly kind: 'days'; readonly days: number }
  /** A tag, branch or commit as written, or the last commit of the trend before it. */
  | { readonly kind: 'revision'; readonly revision: string }

/** A parsed rule. */
export interface BudgetRule {
  /** As written. */
  readonly text: string
  /** The file and line, flag or input that contains the rule, for messages. */
  readonly place: string
  /**
   * Null for the final stage. Otherwise the stage's name as written, in any case, or the position of an unnamed stage.
   */
  readonly stage: string | null
  readonly measure: Measure
  /** `ceiling` limits the head's own value, `growth` limits head minus baseline. */
  readonly kind: 'ceiling' | 'growth'
  /** For growth only. Null for growth since the baseline. */
  readonly since: Since | null
  /**
   * `amount` is in bytes or a count. `percent` applies to growth only. At least one is set; if both are set, both must
   * be exceeded.
   */
  readonly limit: { readonly amount: number | null; readonly percent: number | null }
  /** Causes that count for growth in addition to the change. Empty by default. */
  readonly including: readonly Exclude<Cause, 'change' | 'unknown'>[]
  readonly action: 'warn' | 'fail'
}

/** The result of a rule for an image. */
export interface BudgetResult {
  readonly rule: BudgetRule
  /** The image's name, its platform as formatted by `formatPlatform`, and its position in the footprint. */
  readonly image: { readonly name: string; readonly platform: string; readonly position: number }
  /**
   * Name of the measured stage. If the Dockerfile has the stage but the target does not need it, `role` is null. Null
   * if the image has no stage with this name.
   */
  readonly stage: string | null
  readonly role: 'builder' | 'final' | null
  /** The outcome before any override. `not-known`: the rule could not be judged, and warns. */
  readonly outcome: Outcome | 'not-known'
  /** Whether a warning before the build has said why the outcome is not known. Absent if not. */
  readonly isTold?: true
  /** Why the outcome is not known, otherwise null. It contains stage names, which are untrusted text. */
  readonly reason: string | null
  /**
   * Whether this image does not need the stage but another image of the report does. Nothing is missing in that case.
   */
  readonly elsewhere: boolean
  /** Bytes or count: the head's value for a ceiling, or the growth that counts for a growth limit. */
  readonly measured: number | null
  /** For a rule with `since` that could be judged: what the value is compared with. Otherwise null. */
  readonly since: ComparedSince | null
  /** Growth in percent of the baseline's value. Null for ceilings, and if the baseline's value is 0 or not known. */
  readonly measuredPercent: number | null
  /**
   * The threshold of noise in bytes, if the growth exceeds the limit and passes only because it is noise. Otherwise
   * null.
   */
  readonly ignoredUpTo: number | null
  /**
   * For annotations: the Dockerfile line of the layer that contributes most. If no such layer has a line, the line of
   * the stage's FROM. Null if the rule passes.
   */
  readonly line: number | null
  /**
   * For a growth limit: the cause that contributes most. For a ceiling: the cause without whose growth it would hold,
   * or null if there is none. Null if the rule passes.
   */
  readonly cause: Cause | null
  /** Set for a growth limit if another cause that counts grew, too. Absent otherwise. */
  readonly isPart?: true
  /** For a ceiling that is exceeded: by how much the baseline exceeds it, too. Null if it does not, or is not known. */
  readonly overBefore: number | null
  /** Whether the rule failed and a reviewed override turns that into a warning. */
  readonly overridden: boolean
}

/** The earlier commit that a value is compared with. */
export interface ComparedSince {
  /** Null if it is not known. */
  readonly commit: string | null
  /** Time of the commit, in milliseconds since 1970. */
  readonly moment: number
  /** The part of the growth that this change has. Null if it is not known or nothing was compared. */
  readonly ofThisChange: number | null
  /** Whether the rule passes although its limit is exceeded, because this change adds nothing to the growth. */
  readonly isOverBefore: boolean
  /** The part of the growth whose cause is not known. It counts. */
  readonly ofUnknownCause: number
  /**
   * Growth from moved base images and from rebuild drift. It counts only if the rule includes these causes. Null if it
   * is not known.
   */
  readonly ofOthers: Readonly<Record<Exclude<Cause, 'change' | 'unknown'>, number | null>>
}

/** A reviewed override, with the user who set the label for this head commit. */
export interface Override {
  readonly label: string
  readonly by: string
  readonly headSha: string
}

/** Rules that this change adds and removes, as written. */
export interface EditedBudgets {
  readonly file: string
  /** The revision whose text applies. It is the base, or the head if the base has no such file or an invalid one. */
  readonly judgedBy: 'base' | 'head'
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** What is wrong with the head's text, if the base's applies: untrusted text in one line. Null if nothing is. */
  readonly fault: string | null
}

/** The results of all rules. */
export interface Verdict {
  /** The worst outcome. It is `warn` if a rule could not be judged. */
  readonly outcome: Outcome
  /** Worst first. */
  readonly results: readonly BudgetResult[]
  readonly override: Override | null
  readonly edited: EditedBudgets | null
}
