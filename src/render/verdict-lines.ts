/** What budgets say, in the order in which a reader wants it. Pure. */
import type { BudgetResult, Override, Verdict } from '../budget/verdict.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'
import { verdictSentence } from './verdict-sentence.ts'

export type Mark = 'fail' | 'warn' | 'pass' | 'not-known'

export interface VerdictLine {
  /** An overridden failure is a warning. */
  readonly mark: Mark
  /** `Budget failed`. */
  readonly lead: string
  /** In the form of the report already. */
  readonly sentence: string
}

/** Worst first; what passed is one line where there is more than one of it. */
export function verdictLines(results: readonly BudgetResult[], override: Override | null, name: Name, text: Name): readonly VerdictLine[] {
  const passed = results.filter(({ outcome }) => outcome === 'pass')
  const others = worstFirst(results).filter(({ outcome }) => outcome !== 'pass')
  return [
    ...others.map((result): VerdictLine => ({ mark: markOf(result), lead: leadOf(result, override, name), sentence: verdictSentence(result, name, text) })),
    ...(passed.length === 1 ? passed.map((result): VerdictLine => ({ mark: 'pass', lead: 'Budget passed', sentence: verdictSentence(result, name, text) })) : []),
    ...(passed.length > 1 ? [{ mark: 'pass', lead: `${others.length === 0 ? 'All ' : ''}${passed.length} budgets passed`, sentence: '' } as const] : []),
  ]
}

/** The whole verdict in counts: `1 budget failed, 2 warned, 4 passed`. */
export function verdictCounts(results: readonly BudgetResult[]): string {
  const of = (mark: Mark): number => results.filter((result) => markOf(result) === mark).length
  const overridden = results.filter(({ overridden }) => overridden).length
  const counts = [
    [of('fail'), 'failed'],
    [of('warn') - overridden, 'warned'],
    [overridden, 'overridden'],
    [of('not-known'), 'not known'],
    [of('pass'), 'passed'],
  ] as const
  const [first, ...rest] = counts.filter(([count]) => count > 0)
  if (!first) return 'no budget applies'
  return [`${formatCount(first[0], 'budget')} ${first[1]}`, ...rest.map(([count, word]) => `${count} ${word}`)].join(', ')
}

export function worstMark(results: readonly BudgetResult[]): Mark | null {
  return order.find((mark) => results.some((result) => markOf(result) === mark)) ?? null
}

export function markOf({ outcome, overridden, notBuilt }: BudgetResult): Mark {
  if (outcome === 'not-known' && notBuilt) return 'warn'
  return outcome === 'fail' && overridden ? 'warn' : outcome
}

/** Of the verdict as a whole; null where no budget applied. */
export function markOfVerdict({ outcome, results }: Verdict): Mark | null {
  return results.length === 0 ? null : outcome === 'pass' ? (worstMark(results) ?? 'pass') : outcome
}

const order: readonly Mark[] = ['fail', 'warn', 'not-known', 'pass']

export function worstFirst(results: readonly BudgetResult[]): readonly BudgetResult[] {
  return results.toSorted((one, other) => order.indexOf(markOf(one)) - order.indexOf(markOf(other)))
}

function leadOf(result: BudgetResult, override: Override | null, name: Name): string {
  if (result.overridden && override)
    return `Budget failed, overridden by label ${name(override.label)} that ${name(override.by)} set on ${name(override.headSha.slice(0, 7))}`
  if (result.overridden) return 'Budget failed, overridden'
  switch (result.outcome) {
    case 'fail':
      return 'Budget failed'
    case 'warn':
      return 'Budget exceeded'
    case 'pass':
      return 'Budget passed'
    case 'not-known':
      return result.notBuilt ? 'Budget not judged' : 'Budget not known'
  }
}
