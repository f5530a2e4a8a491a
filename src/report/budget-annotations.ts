/**
 * Annotations for budgets that are exceeded, at lines of the Dockerfile, and for budgets that could not be judged.
 * Pure; plain text.
 */
import { isUnjudged } from '../budget/judge.ts'
import type { BudgetResult, Verdict } from '../budget/verdict.ts'
import type { Footprint } from '../record/footprint.ts'
import { escapeTerminal } from './escape.ts'
import { unjudgedSentences } from './verdict-lines.ts'
import { verdictSentence } from './verdict-sentence.ts'

/** A message that GitHub shows at a line of a Dockerfile, or for the whole run. */
export interface Annotation {
  /** Path of the Dockerfile in the repository. Null, like the line, if it is not known. */
  readonly file: string | null
  /** Counted from 1. */
  readonly line: number | null
  readonly title: string
  /** Lines of plain text. They may contain untrusted text. */
  readonly message: string
  readonly level: 'error' | 'warning'
}

type Images = Pick<Footprint, 'images'>

/**
 * Returns one annotation for each rule and line, the worst first. What several platforms have in common is said once.
 * Rules that could not be judged come last and have no line.
 */
export function budgetAnnotations(verdict: Verdict, footprint: Images): readonly Annotation[] {
  const fileOf = ({ image }: BudgetResult): string | null => footprint.images[image.position]?.dockerfile ?? null
  const files = new Set(verdict.results.filter(isUnjudged).map(fileOf))
  const unjudged = unjudgedSentences(verdict, plain).map((message): Annotation => ({
    file: files.size === 1 ? ([...files][0] ?? null) : null,
    line: null,
    title: 'Budget not judged',
    message,
    level: 'warning',
  }))
  return [...exceeded(verdict, fileOf), ...unjudged]
}

function exceeded(verdict: Verdict, fileOf: (result: BudgetResult) => string | null): readonly Annotation[] {
  const several = new Set(verdict.results.map(imageOf)).size > 1
  const groups = Map.groupBy(
    verdict.results.filter(({ outcome }) => outcome === 'fail' || outcome === 'warn'),
    (result) => JSON.stringify([result.rule.text, fileOf(result), result.line, result.outcome, result.overridden]),
  )
  return [...groups.values()].flatMap((results): readonly Annotation[] => {
    const [first] = results
    if (!first) return []
    const messages = results.map((result) => {
      // The other reports say so before the sentence.
      const sentence = `${verdictSentence(result, plain, plain)}${result.overridden ? '; accepted by a label' : ''}`
      return several ? `${escapeTerminal(imageOf(result))}: ${sentence}` : sentence
    })
    const file = fileOf(first)
    return [
      {
        file,
        line: file === null ? null : first.line,
        title: titleOf(first),
        message: messages.join('\n'),
        level: levelOf(first),
      },
    ]
  })
}

const plain = (text: string): string => escapeTerminal(text)

const imageOf = ({ image }: BudgetResult): string => `${image.name} ${image.platform}`.trimEnd()

const levelOf = ({ outcome, overridden }: BudgetResult): Annotation['level'] =>
  outcome === 'fail' && !overridden ? 'error' : 'warning'

function titleOf({ rule: { kind, measure } }: BudgetResult): string {
  if (measure === 'savings') return 'More can be saved than its budget allows'
  return kind === 'growth' ? 'Grew more than its budget' : 'Larger than its budget'
}
