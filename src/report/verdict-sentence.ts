/**
 * Budget results as sentences. `name` formats an untrusted name or rule for the report, and `text` a sentence with
 * untrusted words. Pure.
 */
import type { BudgetResult, BudgetRule, ComparedSince, EditedBudgets, Measure } from '../budget/verdict.ts'
import { causePhrases } from './cause-phrases.ts'
import { shorten } from './escape.ts'
import { listWords } from './list-words.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatCount, formatShare } from './units.ts'

/**
 * Returns stage, measured value, limit, rule and cause, such as "final stage: 81.6 MB to pull, 1.60 MB over the limit
 * of …".
 */
export function verdictSentence(result: BudgetResult, name: Name, text: Name): string {
  const { rule, reason, measured } = result
  const subject = subjectName(result, name)
  const written = name(shorten(rule.text, maxRuleLength))
  if (result.outcome === 'not-known' || measured === null)
    return `${subject}: ${rule.kind === 'growth' ? 'growth' : 'the value'} is not known, as ${text(reason ?? 'it was not measured')} (${written})`
  const words = rule.kind === 'ceiling' ? ceilingWords(rule, measured, result) : growthWords(rule, measured, result)
  return `${subject}: ${words.measured}, ${words.limit} (${written})${words.cause}`
}

/** Returns `final stage` or `stage NAME`. */
function subjectName({ rule, stage, role }: BudgetResult, name: Name): string {
  const named = stage ?? rule.stage
  return role === 'final' || named === null ? 'final stage' : `stage ${name(named)}`
}

/**
 * Returns how a change edits the budgets that it is judged by.
 *
 * @param text formats a sentence with untrusted words
 */
export function editedSentence(
  { file, judgedBy, added, removed, fault }: EditedBudgets,
  name: Name,
  text: Name,
): string {
  const parts = [
    ...(added.length === 0 ? [] : [`adds ${listed(added, name)}`]),
    ...(removed.length === 0 ? [] : [`removes ${listed(removed, name)}`]),
  ]
  return `This change edits the budgets in ${name(shorten(file, maxRuleLength))}: it ${parts.join(' and ')}. ${judgedSentence(judgedBy)}${fault === null ? '' : ` ${faultSentence(fault, text)}`}`
}

/** Returns what a change does to later runs if it makes a budgets file invalid. */
export const faultSentence = (fault: string, text: Name): string =>
  `If this is merged, later runs fail, since the budgets are invalid: ${text(shorten(fault, maxFaultLength))}.`

/** Returns which revision's budgets apply. */
export function judgedSentence(judgedBy: EditedBudgets['judgedBy']): string {
  return judgedBy === 'base'
    ? 'It is judged by the budgets of the base commit.'
    : 'The base commit has no valid budgets there, so the change is judged by its own.'
}

const maxRuleLength = 120
const maxFaultLength = 300
const maxRules = 5

function listed(rules: readonly string[], name: Name): string {
  const shown = rules.slice(0, maxRules).map((rule) => name(shorten(rule, maxRuleLength)))
  return listWords(shown, rules.length - shown.length, 'rule')
}

interface Words {
  readonly measured: string
  readonly limit: string
  /** The cause with the words before it. Empty if there is nothing to say. */
  readonly cause: string
}

function ceilingWords({ measure, limit }: BudgetRule, measured: number, result: BudgetResult): Words {
  const { outcome, cause, overBefore } = result
  const allowed = limit.amount ?? 0
  const already = overBefore === null ? '' : `; the baseline was already ${amount(measure, overBefore)} over it`
  return {
    measured: quantity(measure, measured),
    limit:
      outcome === 'pass'
        ? `within the limit of ${amount(measure, allowed)}`
        : `${amount(measure, measured - allowed)} over the limit of ${amount(measure, allowed)}`,
    cause: cause === null ? already : `; it would pass without ${causePhrases[cause].without}`,
  }
}

function growthWords({ measure, limit, including }: BudgetRule, measured: number, result: BudgetResult): Words {
  const { outcome, measuredPercent, cause, ignoredUpTo } = result
  const isOverBefore = result.since?.isOverBefore === true
  const over = outcome !== 'pass' || ignoredUpTo !== null || isOverBefore
  const ignored =
    ignoredUpTo !== null
      ? `, which is ignored as growth up to ${formatBytes(ignoredUpTo)} is noise`
      : isOverBefore
        ? ', which earlier commits caused, so the rule passes'
        : ''
  const share =
    measuredPercent === null || measured <= 0
      ? ''
      : ` (${percentOf(measuredPercent, over || measuredPercent > (limit.percent ?? Infinity) ? limit.percent : null)})`
  const since = result.since === null ? '' : ` since ${sinceWords(result.since)}`
  // Only growth that counts for the rule is measured.
  const counted = result.since === null && including.length === 0 ? ' through this change' : ''
  const from =
    cause === null || result.since !== null
      ? ''
      : `, ${including.length === 0 && result.isPart !== true ? '' : 'the largest part '}from ${causePhrases[cause].from}`
  return {
    measured:
      measured === 0
        ? `did not grow${counted}${since}`
        : `${measured > 0 ? 'grew' : 'shrank'} by ${quantity(measure, Math.abs(measured))}${share}${since}`,
    limit: `${growthLimit({ measure, limit }, { measured, measuredPercent }, over)}${ignored}`,
    cause: `${from}${result.since === null ? '' : partsSince(measure, measured, including, result.since)}`,
  }
}

/** Returns words such as `2026-10-27 (1a2b3c4)`. */
function sinceWords({ commit, moment }: ComparedSince): string {
  const day = new Date(moment).toISOString().slice(0, 10)
  return commit === null ? day : `${day} (${commit.slice(0, 7)})`
}

/**
 * Returns how much of the growth earlier commits and this change have, how much has no known cause, and how much comes
 * from moved base images and drift, which count only if the rule includes them.
 */
function partsSince(
  measure: Measure,
  measured: number,
  including: BudgetRule['including'],
  { ofThisChange, ofUnknownCause, ofOthers }: ComparedSince,
): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${amount(measure, Math.abs(value))}`
  const others = (counts: boolean): readonly string[] => {
    const causes = otherCauses.filter((cause) => including.includes(cause) === counts && (ofOthers[cause] ?? 0) !== 0)
    const of = counts ? ' of it' : ''
    const parts = causes.map((cause) => `${signed(ofOthers[cause] ?? 0)}${of} from ${otherCauseWords[cause]}`)
    if (parts.length === 0) return []
    return [`; ${parts.join(' and ')}${counts ? '' : parts.length === 1 ? ' does not count' : ' do not count'}`]
  }
  const counted = others(true)
  const how = counted.length === 0 ? 'from' : 'with'
  return [
    ...(ofThisChange === null ? [] : [`; ${partsOf(measured - ofThisChange, ofThisChange, signed, how)}`]),
    ...(ofUnknownCause === 0 ? [] : [`; ${signed(ofUnknownCause)} of it has no known cause`]),
    ...counted,
    ...others(false),
  ].join('')
}

/**
 * Returns how much of the growth earlier commits have, and how much this change has.
 *
 * @param how what came with a change is not all from it, if a moved base image or drift counts too
 */
function partsOf(
  ofEarlier: number,
  ofThisChange: number,
  signed: (value: number) => string,
  how: 'from' | 'with',
): string {
  if (ofThisChange === 0) return `nothing ${how} this change`
  if (ofEarlier === 0) return `all of it ${how} this change`
  return `${signed(ofEarlier)} ${how} earlier commits and ${signed(ofThisChange)} ${how} this change`
}

const otherCauses = ['base-image', 'drift'] as const
/** In several commits, more than one base image may have moved. */
const otherCauseWords = { 'base-image': 'moved base images', drift: causePhrases.drift.noun } as const

function growthLimit(
  { measure, limit }: Pick<BudgetRule, 'measure' | 'limit'>,
  { measured, measuredPercent }: { readonly measured: number; readonly measuredPercent: number | null },
  over: boolean,
): string {
  const percent = limit.percent === null ? null : `${limit.percent} %`
  const allowed = limit.amount === null ? null : amount(measure, limit.amount)
  if (percent !== null && allowed !== null && limit.amount !== null) {
    if (over) return `over both limits, ${percent} and ${allowed}`
    const isJustOver = amount(measure, measured) === allowed
    if (measured > limit.amount) return `${isJustOver ? 'just ' : ''}over ${allowed} but not over ${percent}`
    // There is no percentage of nothing, or of what is not known.
    if (measuredPercent === null && measured > 0) return `within the limit of ${allowed}`
    return measuredPercent !== null && measuredPercent > (limit.percent ?? Infinity)
      ? `over ${percent} but not over ${allowed}`
      : `within both limits, ${percent} and ${allowed}`
  }
  const excess = over && limit.amount !== null ? `${amount(measure, measured - limit.amount)} ` : ''
  return `${excess}${over ? 'over' : 'within'} the limit of ${percent ?? allowed ?? ''}`
}

/** Returns a percentage that never looks equal to the limit that it exceeds. */
function percentOf(measured: number, exceeded: number | null): string {
  const shown = formatShare(measured / 100)
  return exceeded !== null && shown === formatShare(exceeded / 100) ? `just over ${exceeded} %` : shown
}

/** Returns a value as a limit is written, with only its unit. */
function amount(measure: Measure, value: number): string {
  return measure === 'layers' || measure === 'metadata-only-steps' ? String(value) : formatBytes(value)
}

function quantity(measure: Measure, value: number): string {
  switch (measure) {
    case 'pull':
      return `${formatBytes(value)} to pull`
    case 'unpacked':
      return `${formatBytes(value)} unpacked`
    case 'added':
      return `${formatBytes(value)} to pull above its base image`
    case 'layers':
      return formatCount(value, 'layer')
    case 'metadata-only-steps':
      return formatCount(value, 'metadata-only step')
    case 'savings':
      return `${formatBytes(value)} of file bytes that can surely be saved`
  }
}
