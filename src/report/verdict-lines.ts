/** The budget results in the order in which a reader needs them. Pure. */
import { isUnjudged } from '../budget/judge.ts'
import type { BudgetResult, Override, Verdict } from '../budget/verdict.ts'
import { listWords } from './list-words.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'
import { verdictSentence } from './verdict-sentence.ts'

/** `elsewhere`: the rule is about a stage of another image. */
export type Mark = 'fail' | 'warn' | 'not-judged' | 'pass' | 'elsewhere'

/** A budget result as a line of the report. */
export interface VerdictLine {
  /** An overridden failure is marked as a warning. */
  readonly mark: Mark
  /** `Budget failed`. */
  readonly lead: string
  /** Already in the format of the report. */
  readonly sentence: string
}

/** Returns a line for each result, the worst first. If several budgets passed, they share one line. */
export function verdictLines(
  results: readonly BudgetResult[],
  override: Override | null,
  name: Name,
  text: Name,
): readonly VerdictLine[] {
  const passed = results.filter(({ outcome }) => outcome === 'pass')
  const others = worstFirst(results).filter((result) => !['pass', 'elsewhere'].includes(markOf(result)))
  return [
    ...others.map((result): VerdictLine => ({
      mark: markOf(result),
      lead: leadOf(result, override, name),
      sentence: verdictSentence(result, name, text),
    })),
    ...(passed.length === 1
      ? passed.map((result): VerdictLine => ({
          mark: 'pass',
          lead: 'Budget passed',
          sentence: verdictSentence(result, name, text),
        }))
      : []),
    ...(passed.length > 1
      ? [
          {
            mark: 'pass',
            lead: `${others.length > 0 ? passed.length : passed.length === 2 ? 'Both' : `All ${passed.length}`} budgets passed`,
            sentence: '',
          } as const,
        ]
      : []),
  ]
}

/** Returns the whole verdict as counts, such as `1 budget failed, 2 warned, 4 passed`. */
export function verdictCounts(results: readonly BudgetResult[]): string {
  const of = (mark: Mark): number => results.filter((result) => markOf(result) === mark).length
  const overridden = results.filter(({ overridden }) => overridden).length
  const counts = [
    [of('fail'), 'failed'],
    [of('warn') - overridden, 'warned'],
    [overridden, 'accepted by a label'],
    [of('not-judged'), 'not judged'],
    [of('pass'), 'passed'],
  ] as const
  const [first, ...rest] = counts.filter(([count]) => count > 0)
  if (!first) return 'no budget applies'
  return [`${formatCount(first[0], 'budget')} ${first[1]}`, ...rest.map(([count, word]) => `${count} ${word}`)].join(
    ', ',
  )
}

/** Returns the worst mark of these results, or null if there are none. */
export function worstMark(results: readonly BudgetResult[]): Mark | null {
  return order.find((mark) => results.some((result) => markOf(result) === mark)) ?? null
}

/** Returns the mark of a result. */
export function markOf(result: BudgetResult): Mark {
  const { outcome, overridden } = result
  if (outcome === 'not-known') return isUnjudged(result) ? 'not-judged' : 'elsewhere'
  return outcome === 'fail' && overridden ? 'warn' : outcome
}

/** Returns a plain-text sentence for each budget that was exceeded, the worst first. */
export function exceededSentences({ results, override }: Verdict, name: Name): readonly string[] {
  return inSentences(
    worstFirst(results).filter(({ outcome }) => outcome === 'fail' || outcome === 'warn'),
    results,
    name,
    override,
  )
}

/**
 * Returns a plain-text sentence for each rule that could not be judged, unless the run has warned about it already.
 * Images with the same reason share a sentence.
 */
export function unjudgedSentences({ results, override }: Verdict, name: Name): readonly string[] {
  const untold = results.filter((result) => isUnjudged(result) && result.isTold !== true)
  return inSentences(untold, results, name, override)
}

/** Returns sentences for some of the results. If there are several images, each sentence names its own. */
function inSentences(
  some: readonly BudgetResult[],
  all: readonly BudgetResult[],
  name: Name,
  override: Override | null,
): readonly string[] {
  const several = new Set(all.map(({ image }) => `${image.name} ${image.platform}`)).size > 1
  const groups = Map.groupBy(
    some,
    (result) => `${leadOf(result, override, name)} ${verdictSentence(result, name, name)}`,
  )
  return [...groups.values()].map((of) => {
    const images = of.map(({ image }) => name(`${image.name} ${image.platform}`.trimEnd()))
    const shown = images.slice(0, maxImages)
    const [lead, sentence] = of
      .slice(0, 1)
      .flatMap((one) => [leadOf(one, override, name), verdictSentence(one, name, name)])
    return [lead, ...(several ? [listWords(shown, images.length - shown.length, 'image')] : []), sentence].join(': ')
  })
}

/** Limit for the names in one sentence. */
const maxImages = 6

/** Returns whether a budget failed, and a label accepts that. */
export const isAccepted = ({ results }: Pick<Verdict, 'results'>): boolean =>
  results.some(({ overridden }) => overridden)

/** Returns the mark of the whole verdict, or null if no budget applied. */
export function markOfVerdict({ outcome, results }: Verdict): Mark | null {
  return results.length === 0 ? null : outcome === 'warn' ? (worstMark(results) ?? 'warn') : outcome
}

const order: readonly Mark[] = ['fail', 'warn', 'not-judged', 'pass', 'elsewhere']

/** Sorts results by mark, the worst first. */
function worstFirst(results: readonly BudgetResult[]): readonly BudgetResult[] {
  return results.toSorted((one, other) => order.indexOf(markOf(one)) - order.indexOf(markOf(other)))
}

function leadOf(result: BudgetResult, override: Override | null, name: Name): string {
  if (result.overridden && override)
    return `Budget failed, accepted by label ${name(override.label)} that ${name(override.by)} set on ${name(override.headSha.slice(0, 7))}`
  if (result.overridden) return 'Budget failed, accepted by a label'
  switch (result.outcome) {
    case 'fail':
      return 'Budget failed'
    case 'warn':
      return 'Budget exceeded'
    case 'pass':
      return 'Budget passed'
    case 'not-known':
      return 'Budget not judged'
  }
}
